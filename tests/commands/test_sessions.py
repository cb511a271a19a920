"""The verbs sessions and session, and their text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.commands.sessions import session_lines
from jupyter_faas.commands.table import Call, Outcome, parse
from jupyter_faas.errors import ActivationNotFound, InputError
from jupyter_faas.playground import stop
from jupyter_faas.workspace import Workspace
from tests.workspace.helpers.composing import ComposingNotebook
from tests.workspace.helpers.samples import sample
from tests.workspace.helpers.sessions import IN_THE_END, STEP, Place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("faas")
    place = Place(Workspace.open(folder, target="playground"))
    place.put("step", STEP)
    count = [{"key": "file", "value": str(folder / "n")}, {"key": "after", "value": 2}]
    place.put("second", IN_THE_END, parameters=count)
    notebook = ComposingNotebook(place.workspace)
    made = notebook.compose("flow", "sequence(retry(3, 'second'), lambda params: {'n': 1})\n")
    place.workspace.deploy(made.record.id)
    notebook.forget_sources()
    yield place
    stop(folder)


@pytest.fixture(scope="module")
def ran(place: Place) -> str:
    """The id of a session."""
    return place.run("flow")


def run(place: Place, line: str) -> Outcome:
    call = parse("magic", line.split())
    assert isinstance(call, Call)
    return call.run(place.workspace)


def test_session_as_text(place: Place, ran: str) -> None:
    outcome = run(place, f"session {ran}")
    first, second, empty, *rest = outcome.lines
    words = first.split(" · ")
    assert words[:3] == ["flow 0.0.1", "composition", "success"]
    assert words[-1] == ran
    assert words[-2].endswith(" per million")
    assert "2 calls, 1 retried, 1 failed" in second
    assert second.endswith("flow.ipynb")
    assert empty == ""
    path = [" ".join(line.split()) for line in rest[:4]]
    assert path == [
        "sequence ×1",
        "├─ retry, at most 3 times ×1",
        "│ └─ second ×2, 1 failed",
        "└─ lambda params: {'n': 1} ×1",
    ]
    head, *steps = rest[5:]
    assert head.split() == [
        *("STEP", "ROLE", "NODE", "START", "WAIT", "INIT"),
        *("RUN", "COST", "STATUS", "ACTIVATION"),
    ]
    assert [line.split()[:2] for line in steps[:3]] == [
        ["flow", "conductor"],
        ["second", "action"],
        ["second", "action"],
    ]
    assert steps[0].split()[2] == "×3"
    assert "not there yet" in steps[1]
    assert "root[0][0] ×2" in steps[2]


def test_session_with_each_run(place: Place, ran: str) -> None:
    lines = run(place, f"session {ran} --all").lines
    assert [line.split()[:2] for line in lines[-6:-1]] == [
        ["flow", "conductor"],
        ["second", "action"],
        ["flow", "conductor"],
        ["second", "action"],
        ["flow", "conductor"],
    ]


def test_session_as_json_is_the_sample(place: Place, ran: str) -> None:
    shown: Any = run(place, f"session {ran}").to_json()
    assert list(shown) == list(sample("session"))


def test_sessions(place: Place, ran: str) -> None:
    place.run("step")
    outcome = run(place, "sessions")
    head, line = outcome.lines
    assert head.split() == ["NAME", "STATUS", "CALLS", "DURATION", "COST", "WHEN", "ID"]
    assert line.split()[:3] == ["flow", "success", "2"]
    listed: Any = outcome.to_json()
    (entry,) = listed["sessions"]
    assert entry["cost_text"] in line
    assert entry["id"] == ran
    assert entry["cold"]
    assert run(place, "sessions --name other").lines == ("No sessions yet.",)


def test_session_without_an_id_is_the_latest(place: Place, ran: str) -> None:
    place.run("step")
    shown: Any = run(place, "session").to_json()
    assert shown["id"] == ran


def test_session_that_there_is_not(place: Place) -> None:
    with pytest.raises(ActivationNotFound):
        run(place, f"session {'0' * 32}")


def test_limit_of_nothing(place: Place) -> None:
    with pytest.raises(InputError, match="--limit"):
        run(place, "sessions --limit 0")


def test_sample_as_text() -> None:
    lines = "\n".join(session_lines(sample("session")))
    assert (
        "asset_created 0.0.4 · composition · success · 760 ms including waiting · $6.38 per million"
        in lines
    )
    assert "fetch_asset" in lines


def test_the_runs_of_a_conductor_are_not_calls() -> None:
    note = "Runs with the role conductor or wait are charged, but they are not calls."
    shown = sample("session")
    assert note in session_lines(shown)
    calls = [one for one in shown["steps"] if one["role"] == "action"]
    assert note not in session_lines({**shown, "steps": calls})


def changed(**more: Any) -> dict[str, Any]:
    return {**sample("session"), **more}


def test_graph_that_was_not_kept() -> None:
    lines = session_lines(changed(graph=None, graph_from=None))
    assert "The graph of this version is not available, so only the steps are shown." in lines


def test_graph_that_cannot_be_read() -> None:
    lines = session_lines(changed(graph={"type": "nonsense"}))
    assert any("nonsense" in line for line in lines)


def test_price_of_waiting() -> None:
    cost = {**sample("session")["cost"], "waiting_usd": "1.5", "waiting_text": "$1.50"}
    lines = session_lines(changed(cost=cost))
    assert "The cost includes $1.50 per million sessions for waiting for branches." in lines


def test_failed_and_cut_session() -> None:
    activation = {**sample("session")["activation"], "ok": False, "result": {"error": {"a": 1}}}
    lines = session_lines(changed(activation=activation, truncated=True))
    assert 'Error: {"a": 1}' in lines
    assert lines[-1] == "The session has more runs than are shown here."


def test_invoking_a_session_tells_of_it(place: Place) -> None:
    outcome = run(place, "invoke flow")
    record: Any = outcome.to_json()
    assert record["calls"] == 1
    assert record["cost_per_million_usd"] == exact_cost(place, record["id"])
    assert record["cost_text"] in outcome.lines[-2]
    assert outcome.lines[-1] == f"Session of 1 call · jupyter faas session {record['id']}"


def test_record_of_a_session_has_its_cost(place: Place, ran: str) -> None:
    record = place.workspace.activation(ran).to_json()
    assert record["calls"] == 2
    assert record["cost_per_million_usd"] == exact_cost(place, ran)


def exact_cost(place: Place, activation_id: str) -> object:
    return place.workspace.sessions.session(activation_id).to_json()["cost"]["per_million_usd"]


def test_logs_of_a_session_are_those_of_its_steps(place: Place) -> None:
    place.sequence("chain", "step", "step")
    lines = run(place, f"logs {place.run('chain')}").lines
    assert [line.split(" ", 1)[1] for line in lines] == ["step stdout: in step"] * 2
