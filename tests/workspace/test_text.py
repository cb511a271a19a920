"""Numbers and records as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.workspace import text

API = Path(__file__).parents[1] / "data" / "api"


def sample(name: str) -> Any:
    """One of the JSON faces that both halves test against."""
    return json.loads((API / name).read_text("utf-8"))


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 ms"),
        (212, "212 ms"),
        (999, "999 ms"),
        (1000, "1.000 s"),
        (1603, "1.603 s"),
        (9999, "9.999 s"),
        (10_000, "10.00 s"),
        (49_090, "49.09 s"),
        (None, "—"),
    ],
)
def test_duration(ms: int | None, words: str) -> None:
    assert text.duration(ms) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 kB"), (62_792, "61.3 kB"), (2_000_000, "1.9 MB")],
)
def test_size(count: int, words: str) -> None:
    assert text.size(count) == words


def test_per_million_when_the_cost_is_unknown() -> None:
    assert text.per_million(None) == "—"


def test_result_when_it_is_short() -> None:
    assert text.result({"species": "setosa"}) == '{"species": "setosa"}'


def test_result_when_it_is_long() -> None:
    shown = text.result({"words": ["größer"] * 20})
    assert shown.startswith('{\n  "words": [\n    "größer",\n')


def test_command_keeps_braces_inside_strings_from_being_expanded() -> None:
    assert text.pairs({"a": "x {n}", "b": {}}) == (
        """--params-json '{"a": "x \\u007bn}", "b": {}}'"""
    )


def test_status_line_of_a_warm_run() -> None:
    assert text.status_line(sample("activation.json")) == (
        "success · 3 ms · warm · wait 4 ms · $0.43 per million · c41e09ab6f1e4f0d9e09ab6f1e1f0d22"
    )


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({}, "warm"),
        ({"cold": True}, "cold"),
        ({"kind": "sequence"}, "sequence"),
        ({"kind": None}, "trigger"),
    ],
)
def test_how_a_run_began(facts: dict[str, Any], word: str) -> None:
    assert text.start({**sample("activation.json"), "cold": False, **facts}) == word


def test_status_line_of_a_cold_run() -> None:
    cold = sample("activations.json")["activations"][1]
    assert text.status_line(cold) == (
        "success · 49.09 s · cold · init 46.88 s · wait 1.210 s · $3,171.70 per million"
        " · 3b90e7c5d3f54d2a90e7c5d3f5ad2a01"
    )


def test_activations_table() -> None:
    lines = text.activations_table(sample("activations.json")["activations"])
    heads = ["NAME", "STATUS", "START", "DURATION", "COST", "WHEN", "ID"]
    assert lines[0].split() == heads
    assert "  cold    49.09 s  $3,171.70 per million  " in lines[2]
    assert "  application error  warm      14 ms      $0.85 per million  " in lines[3]
    assert [line.split()[-1][:8] for line in lines[1:]] == ["c41e09ab", "3b90e7c5", "e05b7713"]


def test_activations_table_when_of_a_foreign_host_the_cost_is_missing() -> None:
    foreign = {**sample("activations.json")["activations"][0], "cost_text": None}
    assert "  —  " in text.activations_table([foreign])[1]


def test_names_are_shown_as_the_cell_has_them() -> None:
    one = {**sample("activation.json"), "name": "xn--6nqx92d7rdtw8c"}
    head, line = text.activations_table([one])[:2]
    assert line.startswith("预测价格  success  ")
    # Each of the four characters takes two columns.
    assert head.startswith("NAME      STATUS   ")


def test_table_columns_begin_at_the_same_place() -> None:
    lines = text.table(("A", "B"), [("long word", "x"), ("y", "z")])
    assert lines == ("A          B", "long word  x", "y          z")
