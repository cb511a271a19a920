from __future__ import annotations

import pickle
import sys
from collections import namedtuple
from typing import Any

import pytest

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.helper.notebook_code import (
    MODULE,
    NotebookCode,
    dump_model,
    dump_sample,
    executed,
)


def defined(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(source, namespace)
    return namespace


def test_objects_are_stored_by_name_and_read_from_the_executed_source() -> None:
    source = "class Step:\n    pass\n\n\nadd = lambda x: x + 1\n"
    live = defined(source)
    step = live["Step"]()
    step.function = live["add"]
    data = dump_model(step, {"Step": live["Step"], "model_add": live["add"]})
    code = NotebookCode(f"{source}\nmodel_add = add\n", ("Step", "model_add"))
    with executed("model", code):
        copy = pickle.loads(data)
        assert copy.function(1) == 2
        assert (type(copy).__module__, copy.function.__module__) == (MODULE, MODULE)
        assert copy.function.__name__ == "model_add"
    assert MODULE not in sys.modules


def test_source_reads_its_files() -> None:
    source = "from pathlib import Path\nx = (Path(__file__).parent / 'data' / 'x').read_text()\n"
    with executed("model", NotebookCode(source, ("x",), {"data/x": b"one"})):
        assert sys.modules[MODULE].x == "one"


def test_code_that_fails_is_told_with_the_cells_to_run() -> None:
    code = NotebookCode("raise ValueError('no')", ("Step",))
    with (
        pytest.raises(
            ConversionError, match=r"code in 'model' does not run .*: ValueError: no"
        ) as no,
        executed("model", code),
    ):
        pass
    assert no.value.hint.startswith("Run the cells that define Step again")
    assert MODULE not in sys.modules


def test_rows_of_the_notebook_s_classes_are_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    row_of = namedtuple("row_of", "a b")
    words = type("Words", (list,), {})
    fields = type("Fields", (dict,), {})
    for kind in (row_of, words, fields):
        monkeypatch.setattr(kind, "__module__", "__main__")
    rows = [row_of(1, words([2])), fields(c=row_of(3, 4))]
    found = pickle.loads(dump_sample(rows, {}))
    assert found == [(1, [2]), {"c": (3, 4)}]
    assert [type(one) for one in (found[0], found[0][1], found[1])] == [tuple, list, dict]
