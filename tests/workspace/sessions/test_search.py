"""Searches for runs on a real playground, which is also searched as another host would be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from jupyter_faas.client import Client
from jupyter_faas.playground import stop
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.sessions.search import RunFilter, search_runs
from tests.workspace.helpers.composing import ComposingNotebook
from tests.workspace.helpers.sessions import STEP, Place

COLD = RunFilter(status="cold")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A playground with a function, a sequence, and compositions that call the function."""
    place = Place(Workspace.open(tmp_path_factory.mktemp("faas"), target="playground"))
    place.put("step", STEP)
    place.sequence("pair", "step", "step")
    notebook = ComposingNotebook(place.workspace)
    for name, body in (
        ("flow", "action('step')"),
        ("outer", "sequence('flow', 'flow')"),
        ("spread", "map('step')"),
        ("bare", "sequence(lambda params: {'n': 1})"),
    ):
        place.workspace.deploy(notebook.compose(name, f"{body}\n").record.id)
    notebook.forget_sources()
    yield place
    place.client.close()
    stop(place.workspace.data_dir)


def run_cold(place: Place, name: str, params: dict[str, Any] | None = None) -> str:
    """Return the id of a run whose function starts cold, because it was just updated."""
    place.put("step", STEP)
    return place.run(name, params)


def found(place: Place, wanted: RunFilter = COLD, **filters: Any) -> dict[str, bool]:
    runs, _ = place.workspace.sessions.search(wanted, limit=100, **filters)
    return {one.to_json()["id"]: one.to_json()["cold"] for one in runs}


@pytest.mark.parametrize(
    ("name", "params"),
    [("flow", None), ("outer", None), ("pair", None), ("spread", {"value": [{}, {}]})],
    ids=["composition", "nested", "sequence", "branches"],
)
def test_a_session_with_a_cold_function_is_found(
    place: Place, name: str, params: dict[str, Any] | None
) -> None:
    cold = run_cold(place, name, params)
    warm = place.run(name, params)
    ids = found(place)
    assert ids[cold]
    assert warm not in ids


def test_the_start_of_a_conductor_does_not_count(place: Place) -> None:
    assert place.run("bare") not in found(place)


def test_a_function_that_started_cold_is_found(place: Place) -> None:
    cold, warm = run_cold(place, "step"), place.run("step")
    ids = found(place, name="step")
    assert ids[cold]
    assert warm not in ids


@pytest.mark.parametrize("filters", [{}, {"name": "flow"}], ids=["any", "named"])
def test_another_host_shows_cold_starts_by_the_parts_of_a_session(
    place: Place, filters: dict[str, Any]
) -> None:
    cold = [run_cold(place, "flow"), run_cold(place, "outer")]
    warm = [place.run("flow"), place.run("outer")]
    bare = place.run("bare")
    with closing(Client(replace(place.client.target, kind="openwhisk"))) as elsewhere:
        runs = search_runs(elsewhere, COLD, 100, lambda run: pytest.fail("asked"), **filters).runs
    ids = {one.activation_id for one in runs}
    expected = cold[:1] if filters else cold
    assert ids >= set(expected)
    assert not ids & {*warm, bare}
    assert not filters or cold[1] not in ids


def test_a_search_that_has_read_many_sessions_can_be_continued(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_faas.workspace.sessions.search._SESSIONS_READ", 2)
    cold = run_cold(place, "flow")
    for _ in range(3):
        place.run("flow")
    runs, upto = place.workspace.sessions.search(COLD, limit=100)
    assert runs == []
    ids: set[str] = set()
    while upto is not None and cold not in ids:
        runs, upto = place.workspace.sessions.search(COLD, limit=100, upto=upto)
        ids |= {one.to_json()["id"] for one in runs}
    assert cold in ids
