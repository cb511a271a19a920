from __future__ import annotations

from jupyter_faas.playground.entities.actions import DeployedAction
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.resolved_action import resolve_action
from jupyter_faas.playground.invocation.conductors import Composite
from jupyter_faas.playground.invocation.in_flight import InFlightRuns
from jupyter_faas.playground.invocation.run import Run
from tests.playground.invocation.test_run import ACTION


def a_run(activation_id: str, namespace: str = "guest", cause: str | None = None) -> Run:
    caller, plan = Caller(namespace, namespace, "key"), resolve_action(DeployedAction(ACTION, 1))
    return Run(activation_id, "t" * 32, caller, {}, 0.0, plan, cause=cause)


def test_what_is_in_flight_for_a_namespace() -> None:
    runs = InFlightRuns()
    runs.add(a_run("a"))
    runs.add(a_run("b", "other"))
    runs.add(Composite.begin(a_run("c"), 0))
    assert runs.count("guest") == 1
    runs.remove("a")
    assert runs.count("guest") == 0
    assert runs
    runs.clear()
    assert not runs


def test_composite_takes_the_place_of_its_run() -> None:
    runs, run = InFlightRuns(), a_run("a")
    runs.add(run)
    composite = Composite.begin(run, 0)
    runs.add(composite)
    assert runs.find("a", "guest") is composite
    assert runs.sessions("guest") == [composite]
    assert runs.sessions("other") == []
    runs.remove("a")
    assert not runs


def test_found_by_its_namespace_only() -> None:
    runs, run = InFlightRuns(), a_run("a")
    runs.add(run)
    assert runs.find("a", "guest") is run
    assert runs.find("a", "other") is None
    assert runs.find("b", "guest") is None


def test_components_of_a_composite() -> None:
    runs, component = InFlightRuns(), a_run("b", cause="a")
    runs.add(Composite.begin(a_run("a"), 0))
    runs.add(component)
    assert runs.caused_by("a") == [component]
