"""What the playground tells of a run beside its record: the graph of then, and that it runs."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.contract.helpers.api import TIMEOUT_S, Api, annotated, python
from tests.contract.helpers.conductors import SCRIPTED, scripted
from tests.contract.helpers.private import private
from tests.contract.helpers.sequences import ECHO, Sequences

pytestmark = pytest.mark.usefixtures("ours")

TREE = {"type": "sequence", "components": [{"type": "action", "name": "/_/a"}]}


def ask(api: Api, activation: str) -> requests.Response:
    """``activation`` empty: those that run now."""
    url = f"{api.target.apihost}/faas/sessions/{activation}".rstrip("/")
    return api.session.get(url, timeout=TIMEOUT_S)


def told(api: Api, activation: str) -> Any:
    answer = ask(api, activation)
    assert answer.status_code == 200, answer.text
    return answer.json()


def composed(*rounds: dict[str, Any], tree: object = TREE) -> dict[str, Any]:
    """The body of a PUT of a conductor with a graph."""
    return python(
        SCRIPTED,
        parameters=[{"key": "script", "value": list(rounds)}],
        annotations=[{"key": "conductor", "value": tree}],
    )


def test_graph_of_a_composition_survives_its_redeploy_and_its_delete(api: Api, name: str) -> None:
    assert api.put(name, composed()).status_code == 200
    first = api.invoke(name).json()["activationId"]
    other = {"type": "empty"}
    assert api.put(name, composed(tree=other), overwrite=True).status_code == 200
    second = api.invoke(name).json()["activationId"]
    api.delete(name)
    assert told(api, first) == {"activation": first, "running": None, "graph": TREE}
    assert told(api, second)["graph"] == other
    # The record itself is OpenWhisk's.
    assert "graph" not in api.record(first)
    assert annotated(api.record(first))["conductor"] is True


def test_graph_of_a_sequence_are_its_components(sequences: Sequences, api: Api) -> None:
    part = sequences.action(ECHO)
    record = sequences.run(sequences.sequence(part, part))
    whole = {"type": "action", "name": f"/{sequences.namespace}/{part}"}
    expected = {"type": "sequence", "components": [whole, whole]}
    assert told(api, record["activationId"])["graph"] == expected


def test_nested_composition_has_its_own_graph(sequences: Sequences, api: Api) -> None:
    inner = sequences.put(composed())
    record = sequences.run(scripted(sequences, {"action": inner}))
    assert told(api, record["activationId"])["graph"] is None
    assert told(api, record["logs"][1])["graph"] == TREE


def test_plain_run_has_no_graph(api: Api, name: str) -> None:
    api.put(name, python(ECHO))
    activation = api.invoke(name).json()["activationId"]
    assert told(api, activation) == {"activation": activation, "running": None, "graph": None}


def test_unknown_run(api: Api) -> None:
    assert ask(api, "0" * 32).status_code == 404
    assert ask(api, "nonsense").status_code == 404


def test_run_that_goes_on_is_told_with_its_parts(
    sequences: Sequences, api: Api, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    waits = sequences.action(
        "import os, time\ndef main(args):\n"
        f"    while not os.path.exists({str(gate)!r}): time.sleep(0.02)\n    return {{}}\n"
    )
    name = sequences.put(composed({"action": waits}))
    activation = api.invoke(name, blocking=False).json()["activationId"]
    # At once, and for as long as it lasts.
    found = told(api, activation)["running"]
    assert (found["path"], found["version"]) == (f"{sequences.namespace}/{name}", "0.0.1")
    assert (found["kind"], found["cause"]) == ("composition", None)
    assert told(api, activation)["graph"] == TREE
    while len(found["parts"]) < 1:
        found = told(api, activation)["running"]
    assert api.activation(activation).status_code == 404
    (going,) = found["going"]
    assert (going["path"], going["cause"]) == (f"{sequences.namespace}/{waits}", activation)
    (part,) = api.activations(cause=activation).json()
    assert part["activationId"] == found["parts"][0]
    (listed,) = [each for each in told(api, "") if each["activation"] == activation]
    assert listed == {key: value for key, value in found.items() if key != "going"}
    gate.touch()
    record = api.record(activation)
    assert record["start"] == found["started"]
    assert told(api, activation)["running"] is None
    assert activation not in str(told(api, ""))


def test_plain_function_that_runs(api: Api, name: str) -> None:
    api.put(name, python("import time\ndef main(args):\n    time.sleep(1)\n    return {}\n"))
    activation = api.invoke(name, blocking=False).json()["activationId"]
    found = told(api, activation)["running"]
    assert (found["kind"], found["parts"]) == ("function", [])
    assert abs(found["started"] - api.record(activation)["start"]) < 900


SLOW = """
import time
def main(args):
    print("begun", flush=True)
    time.sleep(300)
"""


def test_a_running_function_shows_its_log_so_far_and_can_be_cancelled(api: Api, name: str) -> None:
    api.put(name, python(SLOW))
    activation = api.invoke(name, blocking=False).json()["activationId"]
    while not told(api, activation)["running"]["logs"]:
        pass
    (line,) = told(api, activation)["running"]["logs"]
    assert line.endswith("stdout: begun")
    url = f"{api.target.apihost}/faas/sessions"
    listed = api.session.get(url, params={"all": "true"}, timeout=TIMEOUT_S).json()
    assert activation in [each["activation"] for each in listed]
    # Without ``all`` only sequences and compositions are listed.
    assert activation not in str(told(api, ""))
    assert requests.delete(f"{url}/{activation}", timeout=TIMEOUT_S).status_code == 401
    assert api.session.delete(f"{url}/{activation}", timeout=TIMEOUT_S).status_code == 200
    record = api.record(activation)
    assert record["response"]["result"] == {"error": "The activation was cancelled."}
    assert record["response"]["status"] == "action developer error"
    assert any(line.endswith("stdout: begun") for line in record["logs"])
    assert record["end"] - record["start"] < 60_000
    assert api.session.delete(f"{url}/{activation}", timeout=TIMEOUT_S).status_code == 404
    # The next run has a worker of its own.
    api.put(name, python(ECHO), overwrite=True)
    assert api.invoke(name).status_code == 200


def test_cancelled_composition_ends_its_step_and_starts_no_other(
    sequences: Sequences, api: Api
) -> None:
    slow = sequences.action(SLOW)
    name = sequences.put(composed({"action": slow}, {"action": slow}))
    activation = api.invoke(name, blocking=False).json()["activationId"]
    while slow not in str(told(api, activation)["running"]["going"]):
        pass
    url = f"{api.target.apihost}/faas/sessions/{activation}"
    assert api.session.delete(url, timeout=TIMEOUT_S).status_code == 200
    record = api.record(activation)
    assert record["response"]["result"] == {"error": "The activation was cancelled."}
    parts = api.activations(cause=activation).json()
    assert sum(each["name"] == slow for each in parts) == 1


def test_list_of_the_parts_of_runs(sequences: Sequences, api: Api) -> None:
    inner = sequences.sequence(sequences.action(ECHO))
    record = sequences.run(scripted(sequences, {"action": inner}))
    own = record["activationId"]
    parts = api.activations(cause=own, docs=True).json()
    assert sorted(each["activationId"] for each in parts) == sorted(record["logs"])
    assert all("logs" in each for each in parts)
    nested = record["logs"][1]
    both = api.activations(cause=f"{own},{nested}").json()
    assert len(both) == 4
    assert api.activations(cause=own, count=True).json() == {"activations": 3}


def test_list_of_what_is_part_of_no_other_run(sequences: Sequences, api: Api) -> None:
    record = sequences.run(scripted(sequences))
    since = record["start"]
    found = api.activations(cause="", since=since).json()
    assert [each["activationId"] for each in found] == [record["activationId"]]
    assert len(api.activations(since=since).json()) == 2


def test_branch_of_a_conductor_is_part_of_its_session(sequences: Sequences, api: Api) -> None:
    name = sequences.put(composed())
    branch = {"$composer": {"state": 3, "stack": [{"marker": True}, {"catch": 7}]}}
    records = [sequences.run(name, payload) for payload in ({}, branch, {"$composer": "mine"})]
    found = api.activations(cause="", since=records[0]["start"]).json()
    assert {each["activationId"] for each in found} == {
        records[0]["activationId"],
        records[2]["activationId"],
    }


def test_cause_that_is_no_id(api: Api) -> None:
    answer = api.activations(cause="x")
    assert answer.status_code == 400
    assert "'cause'" in answer.json()["error"]


def test_without_a_key(api: Api) -> None:
    for path in ("", f"/{'0' * 32}"):
        url = f"{api.target.apihost}/faas/sessions{path}"
        assert requests.get(url, timeout=TIMEOUT_S).status_code == 401


def test_neighbour_sees_nothing(sequences: Sequences, neighbour: Api) -> None:
    record = sequences.run(sequences.put(composed()))
    assert ask(neighbour, record["activationId"]).status_code == 404
    assert neighbour.activations(cause=record["activationId"]).json() == []


def test_graph_is_there_after_kill_9(tmp_path: Path) -> None:
    with private(tmp_path) as playground:
        api = playground.api
        api.put("a", composed())
        activation = api.invoke("a").json()["activationId"]
        os.kill(playground.info.pid, signal.SIGKILL)
    with private(tmp_path) as playground:
        assert told(playground.api, activation)["graph"] == TREE
