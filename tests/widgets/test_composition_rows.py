from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas import composer
from jupyter_faas.widgets.card_render import card_details, card_html
from tests.widgets.helpers.html_reader import Reader, check_stands_alone


def is_good(params: dict[str, Any]) -> bool:
    return bool(params["score"] > 0.5)


@pytest.fixture
def composed(card: dict[str, Any]) -> dict[str, Any]:
    """The card of a composition; its graph is one of ours, as JSON."""
    node = composer.sequence("quality", composer.when(is_good, "crop", composer.retry(2, "upload")))
    actions = [
        {"name": "quality", "paths": ["[0]"], "state": "deployed"},
        {"name": "crop", "paths": ["[1].consequent"], "state": "notebook"},
        {"name": "upload", "paths": ["[1].alternate[0]", "[2]"], "state": "missing"},
    ]
    composition = {
        "graph": node.to_json(),
        "functions": 1,
        "least_calls": composer.least_calls(node),
        "actions": actions,
    }
    return {**card, "name": "asset", "models": [], "composition": composition}


def test_text_draws_the_graph_and_tells_what_is_called(composed: dict[str, Any]) -> None:
    lines = card_details(composed).splitlines()
    begin = lines.index("Flow            sequence")
    assert lines[begin + 1 : begin + 6] == [
        "                ├─ quality",
        "                └─ when",
        "                   ├─ test: def is_good(params: dict[str, Any]) -> bool: …",
        "                   ├─ then: crop",
        "                   └─ else: retry, at most 2 times",
    ]
    begin = lines.index("Calls           ✓ quality  on Local playground")
    assert lines[begin + 1].endswith(
        "crop     not deployed yet. Deploying the composition also deploys it."
    )
    assert lines[begin + 2].strip().startswith("! upload   not deployed on Local playground. Calls")
    assert lines[begin + 2].endswith("at 2 places")
    assert "Own steps       1 inline function · makes at least 2 calls" in lines


def test_a_functions_card_has_none_of_it(card: dict[str, Any]) -> None:
    text = card_details(card)
    assert not [line for line in text.splitlines() if line.startswith(("Flow", "Calls", "Own"))]


def test_html_stands_alone_and_keeps_the_branches(composed: dict[str, Any]) -> None:
    html = card_html(composed)
    reader = Reader(html)
    check_stands_alone(reader)
    assert "   ├─ then: crop" in reader.text
    assert "white-space:pre" in html


def test_html_escapes_what_the_graph_says(composed: dict[str, Any]) -> None:
    evil = "<script>alert(1)</script>"
    code = {"kind": "python:3", "code": evil}
    graph = {"type": "sequence", "components": [{"type": "function", "function": {"exec": code}}]}
    composed["composition"] |= {
        "graph": graph,
        "actions": [{"name": evil, "paths": [evil], "state": evil}],
    }
    reader = Reader(card_html(composed))
    check_stands_alone(reader)
    assert reader.text.count(evil) == 3


def test_a_large_graph_is_cut(composed: dict[str, Any]) -> None:
    composed["composition"]["graph"] = composer.sequence(*["crop"] * 200).to_json()
    lines = card_details(composed).splitlines()
    assert len([line for line in lines if line.endswith("─ crop")]) == 38
    assert f"{'':16}162 more steps" in lines


def test_a_graph_that_we_cannot_read_says_so(composed: dict[str, Any]) -> None:
    composed["composition"]["graph"] = {"type": "sequence", "components": [{"type": "switch"}]}
    assert "! root[0], composition: 'switch' is not a combinator." in card_details(composed)


def test_an_unasked_target_is_named(composed: dict[str, Any]) -> None:
    actions = [{"name": "crop", "paths": ["[0]"], "state": "unknown"}]
    composed["composition"] |= {"actions": actions, "functions": 0, "least_calls": 1}
    text = card_details(composed)
    assert "Calls           crop  Local playground has not been checked" in text
    assert "no inline functions · makes at least 1 call\n" in text


def test_card_as_packaging_makes_it(card_composition: dict[str, Any]) -> None:
    reader = Reader(card_html(card_composition))
    check_stands_alone(reader)
    text = card_details(card_composition)
    for one in card_composition["composition"]["actions"]:
        assert one["name"] in reader.text
        assert f"─ {one['name']}" in text or f": {one['name']}" in text
    assert "Cold start" not in text


def test_one_that_may_end_without_a_call_says_so(composed: dict[str, Any]) -> None:
    composed["composition"] |= {"least_calls": 0}
    assert "1 inline function · does not always call an action\n" in card_details(composed)


def test_one_that_calls_nothing_says_so(composed: dict[str, Any]) -> None:
    composed["composition"] |= {"actions": [], "functions": 2, "least_calls": 0}
    assert "2 inline functions · calls no actions\n" in card_details(composed)
