"""The W3C trace context of a request, on its way into functions. Nothing is recorded here."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.helpers.api import node, python
from tests.contract.helpers.conductors import scripted
from tests.contract.helpers.web import exported
from tests.telemetry.helpers.playgrounds import PARENT, PYTHON, TRACE, Served

HEADERS = {"traceparent": PARENT, "tracestate": "vendor=1"}
NOTHING = {"traceparent": None, "tracestate": None}
NODE = """
function main() {
  const { traceparent = null, tracestate = null } = process.env;
  return { traceparent, tracestate };
}
"""
INVALID = [
    "",
    "nonsense",
    PARENT.upper(),
    f"ff-{TRACE}-00f067aa0ba902b7-01",
    f"00-{'0' * 32}-00f067aa0ba902b7-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"{PARENT}-more",
]


@pytest.mark.parametrize("body", [python(PYTHON), node(NODE)], ids=["python", "node"])
def test_function_finds_the_context_of_its_request_only(
    plain: Served, body: dict[str, Any]
) -> None:
    name = plain.actions.put(body)
    assert plain.call(name, HEADERS) == HEADERS  # a cold start
    assert plain.call(name) == NOTHING
    assert plain.call(name, {"traceparent": PARENT}) == {**NOTHING, "traceparent": PARENT}
    assert plain.call(name, HEADERS) == HEADERS


def test_child_processes_find_the_context(plain: Served) -> None:
    code = "import subprocess\ndef main(args):\n    return {'env': subprocess.getoutput('env')}\n"
    name = plain.actions.action(code)
    assert f"traceparent={PARENT}" in plain.call(name, HEADERS)["env"].splitlines()
    assert "traceparent" not in plain.call(name)["env"]


@pytest.mark.parametrize("value", INVALID)
def test_invalid_context_is_ignored(plain: Served, value: str) -> None:
    name = plain.actions.action(PYTHON)
    assert plain.call(name, {"traceparent": value}) == NOTHING


def test_request_that_does_not_take_the_fast_way(plain: Served) -> None:
    name = plain.actions.action(PYTHON)
    assert plain.call(name, {**HEADERS, "X-Request-ID": "mine"}) == HEADERS


def test_components_of_a_sequence_and_a_composition(plain: Served) -> None:
    step = plain.actions.action(PYTHON)
    assert plain.call(plain.actions.sequence(step, step), HEADERS) == HEADERS
    composed = scripted(plain.actions, {"action": step})
    assert plain.call(composed, HEADERS) == {"given": HEADERS}


def test_actions_of_a_trigger(plain: Served) -> None:
    trigger = plain.triggers.trigger()
    plain.triggers.rule(trigger, plain.actions.action(PYTHON))
    (line,) = plain.triggers.lines(plain.triggers.fire(trigger, headers=HEADERS))
    assert plain.api.record(line["activationId"])["response"]["result"] == HEADERS


def test_web_action(plain: Served) -> None:
    name = plain.actions.action(PYTHON, **exported())
    assert plain.web.get(f"{name}.json", headers=HEADERS).json() == HEADERS
