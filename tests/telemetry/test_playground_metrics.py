"""The metrics that a playground sends, as a collector receives them."""

from __future__ import annotations

import pytest

from tests.contract.helpers.api import python
from tests.contract.helpers.sequences import FAIL
from tests.telemetry.helpers.collector import Point
from tests.telemetry.helpers.playgrounds import PYTHON, Traced


def of(traced: Traced, metric: str, name: str, count: int) -> Point:
    """Wait until a metric of one function counts so many runs."""
    return traced.collector.point(metric, count, faas__name=name)


@pytest.fixture(scope="module")
def name(traced: Traced) -> str:
    """A function that was called three times."""
    found = traced.playground.actions.action(PYTHON)
    for _ in range(3):
        traced.playground.call(found)
    return found


def test_calls(traced: Traced, name: str) -> None:
    found = of(traced, "faas.invocations", name, 3)
    assert found.attributes["faas.trigger"] == "http"
    assert found.attributes["openwhisk.kind"].startswith("python:3.")
    assert found.unit == "{invocation}"


def test_cold_starts(traced: Traced, name: str) -> None:
    of(traced, "faas.invocations", name, 3)
    assert of(traced, "faas.coldstarts", name, 1).value == 1


@pytest.mark.parametrize(
    ("metric", "unit", "count"),
    [
        ("faas.invoke_duration", "s", 3),
        ("faas.init_duration", "s", 1),
        ("jupyter_faas.wait_duration", "s", 3),
        ("faas.mem_usage", "By", 3),
    ],
)
def test_distributions(traced: Traced, name: str, metric: str, unit: str, count: int) -> None:
    found = of(traced, metric, name, count)
    assert (found.unit, found.count) == (unit, count)
    # Seconds and not ms, bytes and not MB.
    assert found.value < 30 if unit == "s" else found.value > 3 * 2**20


def test_cost(traced: Traced, name: str) -> None:
    """Three calls of 256 MB and at most a few seconds, at 0.0000185 USD per GB-s."""
    of(traced, "faas.invocations", name, 3)
    found = traced.collector.point("jupyter_faas.cost", 0, faas__name=name)
    assert 0 < found.value < 0.001
    assert found.unit == "{USD}"


def test_errors_are_not_invocations(traced: Traced) -> None:
    name = traced.playground.actions.action(FAIL)
    traced.playground.call(name)
    found = of(traced, "faas.errors", name, 1)
    assert found.attributes["error.type"] == "application_error"
    named = [each.attributes["faas.name"] for each in traced.collector.points("faas.invocations")]
    assert name not in named


def test_timeouts(traced: Traced) -> None:
    code = "import time\ndef main(args):\n    time.sleep(20)\n"
    name = traced.playground.actions.put(python(code, limits={"timeout": 100}))
    traced.playground.call(name)
    assert of(traced, "faas.timeouts", name, 1).value == 1


def test_composition_costs_what_its_steps_cost(traced: Traced) -> None:
    step = traced.playground.actions.action(PYTHON)
    name = traced.playground.actions.sequence(step)
    traced.playground.call(name)
    of(traced, "faas.invocations", name, 1)
    of(traced, "faas.invocations", step, 1)
    costs = [each.attributes["faas.name"] for each in traced.collector.points("jupyter_faas.cost")]
    assert step in costs
    assert name not in costs
