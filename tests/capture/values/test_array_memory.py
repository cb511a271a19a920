from __future__ import annotations

from typing import Any

import numpy
import pytest

from jupyter_faas.capture import CapturedFunction
from jupyter_faas.capture.values import array_memory
from tests.capture.helpers.notebook import Notebook

pytest.importorskip("pandas")


def notes(captured: CapturedFunction) -> dict[str, str]:
    return {item.name: item.why.partition("; ")[2] for item in captured.items}


def test_views_are_written_as_views_of_one_memory(notebook: Notebook) -> None:
    notebook.run("import numpy as np\na = np.arange(6.0)\nb = a[2:5]")
    captured = notebook.capture("def f():\n    b[0] = 9\n    return a.sum()")
    assert list(captured.arrays) == ["a_memory"]
    assert "a = numpy.ndarray((6,), '<f8', a_memory, 0, (8,))" in captured.captured_source
    assert "b = numpy.ndarray((3,), '<f8', a_memory, 16, (8,))" in captured.captured_source


def test_the_card_says_which_arrays_share_memory_and_are_changed(notebook: Notebook) -> None:
    notebook.run("import numpy as np\na = np.arange(6.0)\nb = a[2:5]")
    captured = notebook.capture("def f():\n    b[0] = 9\n    return a.sum()")
    start = "each worker starts with the notebook's value"
    assert notes(captured)["a"] == f"shares memory with b; {start}"
    assert notes(captured)["b"] == f"shares memory with a; {start}"
    (memory,) = [item for item in captured.items if item.name == "a_memory"]
    assert memory.why.endswith("the memory of b and a")


def test_the_memory_between_distant_items_is_not_packaged(notebook: Notebook) -> None:
    notebook.run("import numpy as np\nt = np.zeros(10**8, 'u1')\na, b = t[::1000], t[::2000]")
    captured = notebook.capture("def f():\n    b[0] = 9\n    return a.sum()")
    assert list(captured.arrays) == ["b", "a"]
    assert notes(captured)["a"].startswith("shares memory with b only in the notebook")
    assert notes(captured)["b"].startswith("shares memory with a only in the notebook")


def test_columns_of_one_table_are_separate_files(notebook: Notebook) -> None:
    notebook.run("import numpy as np\nt = np.ones((3, 2))\na, b = t[:, 0], t[:, 1]")
    captured = notebook.capture("def f():\n    return a.sum() + b.sum()")
    assert list(captured.arrays) == ["a", "b"]


def test_what_no_array_uses_is_not_in_the_package(notebook: Notebook) -> None:
    notebook.run("import numpy as np\nt = np.full((3, 4), 7)\na, b = t[:, 2:], t[:, 3]")
    captured = notebook.capture("def f():\n    return a.sum() + b.sum()")
    (memory,) = captured.arrays.values()
    held: Any = memory
    assert numpy.count_nonzero(held) == 6


def test_fields_of_a_structured_array_share_its_memory(notebook: Notebook) -> None:
    notebook.run(
        "import numpy as np\n"
        "kind = np.dtype([('n', 'i4'), ('x', 'f8')], align=True)\n"
        "t = np.array([(1, 2.5), (3, 4.5)], dtype=kind)\n"
        "x = t['x']"
    )
    captured = notebook.capture("def f():\n    x[0] = 9\n    return float(t['x'][0])")
    arrays = captured.arrays
    namespace: dict[str, Any] = {"numpy": numpy, **arrays}
    lines = [line for line in captured.captured_source.splitlines() if "numpy.ndarray(" in line]
    exec("\n".join(lines), namespace)
    namespace["x"][0] = 9
    assert namespace["t"].tolist() == [(1, 9.0), (3, 4.5)]
    assert namespace["t"].dtype == notebook.namespace["t"].dtype


def test_a_table_that_shares_memory_with_an_array_has_a_note(notebook: Notebook) -> None:
    notebook.run(
        "import numpy as np, pandas as pd\n"
        "a = np.arange(6.0).reshape(3, 2)\n"
        "df = pd.DataFrame(a, columns=['x', 'y'], copy=False)"
    )
    captured = notebook.capture("def f():\n    a[0] = 9\n    return float(df.sum().sum())")
    assert notes(captured)["df"] == "shares memory with a only in the notebook"


def test_an_array_over_a_bytearray_has_a_note(notebook: Notebook) -> None:
    notebook.run("import numpy as np\nraw = bytearray(8)\na = np.frombuffer(raw, np.uint8)")
    captured = notebook.capture("def f():\n    a[0] = 9\n    return raw[0]")
    assert "shares memory with raw only in the notebook" in notes(captured)["a"]


def test_separate_objects_have_no_notes(notebook: Notebook) -> None:
    notebook.run(
        "import numpy as np, pandas as pd\n"
        "df = pd.DataFrame({'x': [1.0, 2.0], 'y': ['a', 'b']})\n"
        "a = df[['x']].to_numpy().copy()"
    )
    captured = notebook.capture("def f():\n    return float(df['x'].sum() + a.sum())")
    assert notes(captured) == {"df": "", "a": ""}


def test_objects_with_interleaved_arrays_share_none() -> None:
    memory = numpy.zeros(60)
    arrays, others = memory[::2], memory[1::2]
    assert not array_memory._any_shared([arrays[:5], memory[:0]], [others[:5], others[9:]])
    assert array_memory._any_shared([arrays[:5], arrays[9:]], [others[:5], memory[20:21]])
