"""Data objects in packages, loaded as OpenWhisk's runtime loads them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.capture.helpers.notebook import Notebook
from tests.shipped.helpers.packages import launch, package, write_package

FRAME = """\
import pandas as pd
prices = pd.DataFrame({"price": [1.5, 2.5]}, index=pd.Index(["tea", "rum"], name="drink"))
"""


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


def answers(folder: Path, notebook: Notebook, body: str, *calls: object) -> list[object]:
    write_package(folder, body, notebook=notebook)
    found, logs = launch(folder, calls)
    assert found, logs
    return found


def test_a_lookup_table_answers(tmp_path: Path, notebook: Notebook) -> None:
    notebook.run(FRAME)
    body = "def iris(drink: str):\n    return {'price': float(prices.loc[drink, 'price'])}"
    assert answers(tmp_path, notebook, body, {"drink": "rum"}) == [{"price": 2.5}]


def test_objects_inside_containers_and_closures_answer(tmp_path: Path, notebook: Notebook) -> None:
    notebook.run(
        f"{FRAME}tables = {{'main': prices, 'half': prices / 2}}\n"
        "def maker(table):\n    def look(drink):\n        return float(table.price[drink])\n"
        "    return look\nlook = maker(prices)"
    )
    body = (
        "def iris(drink: str):\n    half = tables['half']\n"
        "    return {'x': [look(drink), float(half.price[drink]), tables['main'] is prices]}"
    )
    assert answers(tmp_path, notebook, body, {"drink": "tea"}) == [{"x": [1.5, 0.75, True]}]


def test_two_names_of_one_frame_stay_one_object(tmp_path: Path, notebook: Notebook) -> None:
    notebook.run(f"{FRAME}same = prices")
    body = "def iris():\n    return {'x': same is prices, 'y': len(same.head(1))}"
    assert answers(tmp_path, notebook, body, {}) == [{"x": True, "y": 1}]


def test_only_the_columns_answer_without_pandas_rows(tmp_path: Path, notebook: Notebook) -> None:
    notebook.run(FRAME)
    body = "def iris():\n    return {'x': list(prices.columns), 'n': len(prices)}"
    assert answers(tmp_path, notebook, body, {}) == [{"x": ["price"], "n": 2}]


def test_only_the_length_needs_no_library(tmp_path: Path, notebook: Notebook) -> None:
    notebook.run(FRAME)
    body = (
        "def iris():\n    import sys\n    return {'n': len(prices), 'x': 'pandas' in sys.modules}"
    )
    assert answers(tmp_path, notebook, body, {}) == [{"n": 2, "x": False}]


def test_an_attribute_that_is_not_in_the_package_is_named(notebook: Notebook) -> None:
    notebook.run(FRAME)
    members = package("def iris():\n    return {'x': len(prices)}", notebook=notebook)
    namespace: dict[str, object] = {}
    exec(members.read("faas_data.py"), namespace)
    made = namespace["only_attributes"]("prices", columns=["a"])  # type: ignore[operator]
    with pytest.raises(
        AttributeError,
        match=r"^prices.loc is not in the package, which contains only these attributes of "
        r"prices: columns",
    ):
        _ = made.loc


def test_the_same_values_give_the_same_package(notebook: Notebook) -> None:
    notebook.run(FRAME)
    body = "def iris():\n    return {'x': str(prices)}"
    first = package(body, notebook=notebook).sha256
    notebook.run(FRAME)
    assert package(body, notebook=notebook).sha256 == first


def test_an_attribute_may_be_called_name(tmp_path: Path, notebook: Notebook) -> None:
    notebook.run("import pandas as pd\ndf = pd.DataFrame({'a': [1]}).rename_axis('k', axis=1)")
    folder = write_package(tmp_path, "def iris():\n    return df.columns.name", notebook=notebook)
    assert launch(folder, [{}])[0] == [{"value": "k"}]


def test_the_loader_imports_only_what_an_object_needs(tmp_path: Path, notebook: Notebook) -> None:
    notebook.run("from collections import Counter\nimport numpy\nv = numpy.array(['a', None])")
    write_package(tmp_path, "def iris():\n    return {'x': len(v.tolist())}", notebook=notebook)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, captured, json; print(json.dumps(sorted(sys.modules)))",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(json.loads(done.stdout))
    assert "numpy" in loaded
    assert not loaded & {"pandas", "scipy", "faas_data_libraries"}


def test_a_library_that_cannot_create_the_object_is_named(tmp_path: Path) -> None:
    source = Path(__file__).parents[3] / "jupyter_faas" / "shipped" / "action" / "data.py"
    (tmp_path / "faas_data.py").write_text(source.read_text())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "v.json").write_text('{"is": "found", "path": "math:gone"}')
    done = subprocess.run(
        [sys.executable, "-c", "import faas_data; faas_data.load_data('v')"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "RuntimeError: v cannot be created with the libraries that are installed here" in (
        done.stderr
    )
