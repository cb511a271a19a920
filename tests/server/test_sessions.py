"""Sessions over HTTP, on a real playground."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.workspace import Workspace
from tests.server.conftest import Api
from tests.workspace.helpers.composing import ComposingNotebook
from tests.workspace.helpers.samples import assert_same_shape, sample
from tests.workspace.helpers.sessions import STEP, Place


@pytest.fixture
def place(api: Api, data_dir: Path) -> Iterator[Place]:
    """A composition ``flow`` of two steps, and a sequence ``pair`` of the same, by a kernel."""
    workspace = Workspace.open(data_dir, target="playground")
    place = Place(workspace)
    place.put("step", STEP)
    place.sequence("pair", "step", "step")
    notebook = ComposingNotebook(workspace)
    made = notebook.compose("flow", "sequence('step', map('step'))\n", cell_id="c1")
    workspace.deploy(made.record.id)
    notebook.forget_sources()
    yield place
    place.client.close()


def session(api: Api, activation_id: str) -> Any:
    answer = api("GET", f"faas/api/sessions/{activation_id}")
    assert answer.status == 200, answer.text
    return answer.json


def test_session_of_a_composition(api: Api, place: Place) -> None:
    found = session(api, place.run("flow"))
    wanted = sample("session")
    assert list(found) == list(wanted)
    for key in ("prices", "cost", "steps", "activation"):
        made, asked = found[key], wanted[key]
        if key == "activation":
            made, asked = ({**one, "result": {}, "annotations": {}} for one in (made, asked))
        assert_same_shape(made, asked)
    assert (found["kind"], found["running"], found["calls"]) == ("composition", False, 1)
    assert (found["notebook"], found["cell_id"]) == ("flow.ipynb", "c1")
    assert found["graph_from"] == "playground"
    assert found["nodes"]["[0]"] == {"visits": 1, "failed": 0}


def test_session_of_whatever_ran(api: Api, place: Place) -> None:
    assert session(api, place.run("pair"))["kind"] == "sequence"
    assert session(api, place.run("step"))["kind"] == "function"


def test_a_running_function_is_listed_and_can_be_ended(api: Api, place: Place) -> None:
    place.put("slow", "import time\ndef main(args):\n    time.sleep(300)\n")
    activation = str(place.client.invoke("slow", {}, blocking=False))
    listed = api("GET", "faas/api/activations", query={"top": "true"}).json["activations"]
    running = next(each for each in listed if each["id"] == activation)
    assert (running["status"], running["end"]) == ("running", None)
    assert session(api, activation)["running"] is True
    assert api("DELETE", f"faas/api/sessions/{activation}").status == 204
    while session(api, activation)["running"]:
        pass
    ended = session(api, activation)["activation"]
    assert ended["result"] == {"error": "The activation was cancelled."}
    assert api("DELETE", f"faas/api/sessions/{activation}").status == 404
    place.client.invoke("slow", {}, blocking=False)
    query = {"name": "slow", "since": "0"}
    said = api("DELETE", "faas/api/sessions", query=query).json["message"]
    assert said.startswith("Cancelled: slow, activation ")


def test_stop_of_the_playground_names_the_runs_that_it_ended(api: Api, place: Place) -> None:
    place.put("slow", "import time\ndef main(args):\n    time.sleep(300)\n")
    activation = str(place.client.invoke("slow", {}, blocking=False))
    stopped = api("POST", "faas/api/playground", {"action": "stop"}).json
    assert stopped["ended"] == [{"name": "slow", "activation_id": activation}]


def test_unknown_session(api: Api, place: Place) -> None:
    answer = api("GET", f"faas/api/sessions/{'0' * 32}")
    assert answer.status == 404
    assert answer.error["code"] == "activation_not_found"


def test_sessions_without_a_playground(api: Api) -> None:
    assert api("GET", "faas/api/sessions").status == 502


def test_list_of_sessions(api: Api, place: Place) -> None:
    place.run("step")
    flow, pair = place.run("flow", {"value": []}), place.run("pair")
    answer = api("GET", "faas/api/sessions")
    assert list(answer.json) == ["sessions", "as_of"]
    found = answer.json["sessions"]
    assert [(each["id"], each["calls"]) for each in found] == [(pair, 2), (flow, 1)]
    assert [each.get("composition") for each in found] == [None, True]
    for each in found:
        assert each["cost_per_million_usd"] == session(api, each["id"])["cost"]["per_million_usd"]
    query = {"name": "flow", "limit": "1"}
    (named,) = api("GET", "faas/api/sessions", query=query).json["sessions"]
    assert named == found[1]


def test_a_search_for_cold_starts_finds_a_session(api: Api, place: Place) -> None:
    cold, warm = place.run("flow", {"value": []}), place.run("flow", {"value": []})
    answer = api("GET", "faas/api/activations", query={"status": "cold", "contains": "flow"}).json
    (found,) = answer["activations"]
    assert (found["id"], found["cold"], found["calls"]) == (cold, True, 1)
    assert warm != cold


def test_list_of_what_is_part_of_nothing(api: Api, place: Place) -> None:
    forked = place.workspace.deploy(
        ComposingNotebook(place.workspace).compose("forked", "map('step')\n").record.id
    )
    ids = [place.run("step"), place.run(forked.name, {"value": [{}, {}]}), place.run("step")]
    everything = api("GET", "faas/api/activations", query={"limit": "200"}).json["activations"]
    assert len(everything) > 10
    found = api("GET", "faas/api/activations", query={"top": "true"}).json["activations"]
    assert [each["id"] for each in found] == ids[::-1]
    assert [each.get("calls") for each in found] == [None, 2, None]
    assert [each.get("children") for each in found] == [None, True, None]
    assert found[1]["cost_text"] is not None


def test_graph_of_a_function(api: Api, place: Place) -> None:
    flow = api("GET", "faas/api/functions/flow/graph").json["graph"]
    assert [each["type"] for each in flow["components"]] == ["action", "map"]
    pair = api("GET", "faas/api/functions/pair/graph").json["graph"]
    assert pair["components"] == [{"type": "action", "name": "/guest/step"}] * 2
    assert api("GET", "faas/api/functions/step/graph").json == {"graph": None}
    missing = api("GET", "faas/api/functions/nothing/graph")
    assert (missing.status, missing.error["code"]) == (404, "action_not_found")


def test_functions_tell_what_is_a_composition(api: Api, place: Place) -> None:
    found = api("GET", "faas/api/functions").json["functions"]
    told = {each["name"]: each.get("composition") for each in found}
    assert told == {"flow": True, "pair": None, "step": None}
