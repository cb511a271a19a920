"""The rows of a batch: the inputs and the results in one table."""

from __future__ import annotations

import json
from typing import Any

from jupyter_faas.workspace.batches.results import Answer, BatchResults


def batch(*calls: tuple[dict[str, Any], Any]) -> BatchResults:
    inputs = [json.dumps(given).encode() for given, _ in calls]
    answers = [Answer(row, result=result) for row, (_, result) in enumerate(calls)]
    return BatchResults("f", inputs, answers)


def test_a_key_of_some_inputs_has_the_same_column_in_every_row() -> None:
    found = batch(({"a": 1, "b": 2}, {"b": 20}), ({"a": 1}, {"b": 30}))
    assert found.columns() == ["a", "b", "b_result", "error", "activation"]
    assert [row.get("b") for row in found.rows()] == [2, None]
    assert [row["b_result"] for row in found.rows()] == [20, 30]


def test_a_column_of_a_result_never_replaces_another_column() -> None:
    found = batch(({"b": 1, "b_result": 2}, {"b": 3}), ({"b": 4}, {"b": 5, "b_result": 6}))
    rows = [{key: row.get(key) for key in found.columns()[:-2]} for row in found.rows()]
    assert sorted(rows[0]) == [
        "b", "b_result", "b_result_result", "b_result_result_result",
    ]  # fmt: skip
    assert (rows[0]["b"], rows[0]["b_result"]) == (1, 2)
    assert rows[1]["b_result_result"] == 5
    assert rows[1]["b_result_result_result"] == 6


def test_the_table_shows_quotes_as_they_are_and_control_characters_escaped() -> None:
    found = batch(({"a": 1}, {"b": 'an "x"\x1b[31m'}))
    assert found.first_rows()[-1].split(maxsplit=1)[1] == 'an "x"\\u001b[31m'


def test_a_run_that_made_no_call_has_no_rate() -> None:
    answers = [Answer(0, result=1), Answer(1, error="lost", known=False)]
    found = BatchResults("f", [b"{}", b"{}"], answers, seconds=0.1, resumed=1)
    assert found.lines()[0] == ("2 calls of f · 1 failed · 1 answered in an earlier run · 0.1 s")
