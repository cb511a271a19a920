"""Every combinator of Composer, composed, deployed and run (contract §3.6, §7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.composer.helpers.workbench import Composer
from tests.contract.helpers.api import annotated

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]

LITERAL = {"message": "always", "parts": [1, {"two": 2}, None]}

# The file of the composition, what goes in, what comes out. An error is an application error.
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("action", {"n": 1}, {"n": 2}),
    ("actions", {"n": 4}, {"n": 6}),
    ("made", {"n": 5}, {"n": 20}),
    ("function", {"x": 6, "y": 7}, {"product": 42}),
    ("function_boxed", {"n": 1}, {"value": [2, 2]}),
    ("function_unreturned", {"n": 1, "m": 5}, {"n": 2, "m": 5}),
    ("function_text", {"n": 2}, {"n": 6}),
    ("function_promised", {"n": 2}, {"n": 3}),
    ("literal", {"n": 1}, LITERAL),
    ("value", {"n": 1}, {"value": "alone"}),
    ("sequence", {"n": 1}, {"n": 3}),
    ("seq", {"n": 1}, {"n": 3}),
    ("seq_fails", {"n": 1}, {"error": "no luck"}),
    ("empty", {"n": 1, "m": 2}, {"n": 1, "m": 2}),
    ("empty", {"error": "brought along", "m": 2}, {"error": "brought along"}),
    ("let", {}, {"n": 43, "seen": ["n"]}),
    ("mask", {}, {"value": 12}),
    ("if", {"n": 8}, {"n": 4}),
    ("if", {"n": 7}, {"n": 8}),
    ("if_alone", {"n": 11}, {"much": True}),
    ("if_alone", {"n": 10}, {"n": 10}),
    ("if_nosave", {"n": 8}, {"n": 4, "value": True}),
    ("if_nosave", {"n": 7}, {"n": 7, "value": False}),
    ("while", {"n": 28}, {"n": 7}),
    ("while", {"n": 7}, {"n": 7}),
    ("while_nosave", {"n": 28}, {"n": 7, "value": False}),
    ("dowhile", {"n": 2}, {"n": 5}),
    ("dowhile", {"n": 5}, {"n": 10}),
    ("dowhile_nosave", {"n": 0}, {"n": 3, "value": False}),
    ("repeat", {"n": 1}, {"n": 22}),
    ("try", {"n": 1}, {"n": 2}),
    ("try", {"n": 0}, {"caught": "no luck"}),
    ("try_nested", {}, {"caught": "no luck, again"}),
    ("finally", {"n": 1}, {"at_last": {"n": 2}}),
    ("finally", {"n": 0}, {"at_last": {"error": "no luck"}}),
    ("retry", {"n": 1}, {"n": 2, "failures": -1}),
    ("retry_in_vain", {"n": 1}, {"error": "no luck"}),
    ("retain", {"n": 1}, {"params": {"n": 1}, "result": {"n": 4}}),
    ("retain_fails", {"n": 1}, {"error": "no luck"}),
    ("retain_catch", {"n": 1}, {"params": {"n": 1}, "result": {"error": "no luck"}}),
    ("merge", {"n": 1, "m": 5}, {"n": 2, "m": 5, "more": 20}),
    ("dynamic", {"type": "action", "name": "tools/half", "params": {"n": 6}}, {"n": 3}),
    (
        "dynamic",
        {"type": "action"},
        {"error": "Incorrect use of the dynamic combinator at AST node root"},
    ),
]


@pytest.mark.parametrize(
    ("name", "params", "result"),
    CASES,
    ids=[f"{name}-{number}" for number, (name, *_) in enumerate(CASES)],
)
def test_combinator(
    composer: Composer, name: str, params: dict[str, Any], result: dict[str, Any]
) -> None:
    action = composer.deployed(name)
    record = composer.run(action, params, "application error" if "error" in result else "success")
    assert record["response"]["result"] == result


def test_actions_of_a_composition_are_made_with_it(composer: Composer) -> None:
    composer.deployed("made")
    kinds = {
        name: composer.api.get(name).json()["exec"]["kind"].partition(":")[0]
        for name in ("of-function", "of-text", "of-python", "of-file", "of-others")
    }
    assert kinds == {
        "of-function": "nodejs",
        "of-text": "nodejs",
        "of-python": "python",
        "of-file": "nodejs",
        "of-others": "sequence",
    }
    limits = composer.api.get("of-text").json()["limits"]
    assert limits == {"timeout": 5000, "memory": 128, "logs": 1, "concurrency": 1}
    components = composer.api.get("of-others").json()["exec"]["components"]
    assert components == [f"/{composer.namespace}/increment"] * 2


def test_function_that_throws_is_an_error_with_its_place(composer: Composer) -> None:
    record = composer.run(composer.deployed("function_throws"), {"n": 1}, "application error")
    message = "Function combinator threw an exception at AST node root[1] (see log for details)"
    assert record["response"]["result"] == {"error": message}
    last = composer.parts(record)[-1]
    assert any("stderr: Error: out of order" in line for line in last["logs"]), last["logs"]


def test_function_of_a_function_is_an_error(composer: Composer) -> None:
    record = composer.run(composer.deployed("function_of_function"), {}, "application error")
    message = "Function combinator evaluated to a function type at AST node root"
    assert record["response"]["result"] == {"error": message}


def test_action_beside_the_composition_is_found(composer: Composer) -> None:
    action = composer.deployed("dynamic_neighbour", into="tools/")
    record = composer.run(action, {"n": 6})
    assert record["response"]["result"] == {"n": 3}
    (half,) = (each for each in composer.parts(record) if each["name"] == "half")
    assert annotated(half)["path"] == f"{composer.namespace}/tools/half"


def test_compositions_and_sequences_are_components(composer: Composer) -> None:
    composer.deployed("inner")
    record = composer.run(composer.deployed("nested"), {"n": 1})
    assert record["response"]["result"] == {"n": 11}
    parts = composer.parts(record)
    assert [part["name"] for part in parts] == [
        *("nested", "inner", "nested", "both", "nested", "increment", "nested")
    ]
    inner = annotated(parts[1])
    assert (inner["conductor"], inner["topmost"], inner["kind"]) == (True, False, "sequence")
    assert len(parts[1]["logs"]) == 5
    assert {each["cause"] for each in composer.parts(parts[1])} == {parts[1]["activationId"]}


def test_async_goes_on_by_itself(composer: Composer) -> None:
    record = composer.run(composer.deployed("async"), {"n": 1})
    result = record["response"]["result"]
    assert result["by"] == 10
    started = result["started"]
    assert started["method"] == "async"
    # The session is the first run of the conductor.
    assert started["sessionId"] == record["logs"][0]
    child = composer.api.record(started["activationId"])
    assert child["response"]["result"] == {"n": 12}
    assert [part["name"] for part in composer.parts(child)] == ["async", "increment", "async"]
    assert "cause" not in child
