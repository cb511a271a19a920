from __future__ import annotations

import pickle
import sys
from collections import namedtuple
from typing import Any

import pytest

from jupyter_faas.serialization.helper.notebook_code import (
    MODULE,
    CodeFailed,
    NotebookCode,
    dump_model,
    dump_sample,
    executed,
    value_hint,
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


def test_code_that_fails_is_told_with_its_line() -> None:
    source = "class Step:\n    limit = {}.pop('limit')"
    with (
        pytest.raises(
            CodeFailed, match=r"Code .* that 'model' uses fails .*: KeyError: 'limit'"
        ) as no,
        executed("model", NotebookCode(source, ("Step",))),
    ):
        pass
    assert no.value.line == "limit = {}.pop('limit')"
    assert MODULE not in sys.modules


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("limit = {}.pop('limit')", "Write limit = 1.5 instead of limit = {}.pop('limit')"),
        ("lock = make()", ""),
        ("assert limit", ""),
    ],
    ids=["a number", "no literal", "no assignment"],
)
def test_value_of_a_line_that_fails_can_be_written(line: str, hint: str) -> None:
    step = type("Step", (), {"limit": 1.5, "lock": object()})
    assert value_hint(line, {"Step": step, "add": len}) == hint


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
