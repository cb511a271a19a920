"""Sessions where the host is no playground: it keeps what OpenWhisk keeps, and tells no more.

Behind it is a playground all the same, whose own additions are not to be reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests

from jupyter_faas.client import Client
from jupyter_faas.errors import ActivationNotFound
from jupyter_faas.playground import start, stop
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.costs.service import CostQuery
from tests.client.helpers.server import Answer, Asked, FakeHost, serving
from tests.workspace.helpers.composing import ComposingNotebook
from tests.workspace.helpers.sessions import STEP, Place, action


class Host(Place):
    """Another OpenWhisk, as far as the workspace knows."""

    def __init__(self, workspace: Workspace, wire: FakeHost) -> None:
        self.workspace = workspace
        self.client: Client = workspace._services.connect().client
        self.wire = wire


@contextmanager
def plain(apihost: str) -> Iterator[FakeHost]:
    """``apihost`` as any OpenWhisk is: without what only the playground has."""
    session = requests.Session()
    session.trust_env = False

    def script(asked: Asked) -> Answer:
        url = urlsplit(asked.path)
        if url.path.startswith("/faas/"):
            return Answer(404, {"error": "The requested resource could not be found."})
        query = urlencode([each for each in parse_qsl(url.query) if each[0] != "cause"])
        found = session.request(
            asked.method,
            f"{apihost}{url.path}?{query}",
            data=asked.body,
            headers={
                name: asked.headers[name]
                for name in ("authorization", "content-type")
                if name in asked.headers
            },
            timeout=60,
        )
        return Answer(found.status_code, found.json() if found.content else {})

    with serving(script) as host:
        yield host
    session.close()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Its data folder is not that of the workspace."""
    theirs: Path = tmp_path_factory.mktemp("host")
    info = start(theirs, port=0, wait_s=30)
    with pytest.MonkeyPatch.context() as patch, plain(info.apihost) as openwhisk:
        wskprops = theirs / "plain"
        key = info.wskprops.read_text("utf-8")
        wskprops.write_text(key.replace(info.apihost, openwhisk.url), "utf-8")
        patch.setenv("WSK_CONFIG_FILE", str(wskprops))
        host = Host(Workspace.open(tmp_path_factory.mktemp("faas"), target="wskprops"), openwhisk)
        host.put("step", STEP)
        yield host
    stop(theirs)


@pytest.fixture
def notebook(host: Host) -> Iterator[ComposingNotebook]:
    notebook = ComposingNotebook(host.workspace)
    yield notebook
    notebook.forget_sources()


def composed(notebook: ComposingNotebook, name: str, body: str) -> str:
    """Its functions need nothing that the host has not."""
    notebook.workspace.deploy(notebook.compose(name, body).record.id)
    return name


def paths(found: Any) -> list[str]:
    return [each["name"] for each in found["components"]]


def test_session_is_put_together_from_ids(host: Host, notebook: ComposingNotebook) -> None:
    name = composed(notebook, "many", "repeat(8, 'step')\n")
    activation_id = host.run(name)
    # What ran at the same time is none of its parts.
    for _ in range(3):
        host.run("step")
    found = host.workspace.sessions.session(activation_id)
    assert (found.calls, len(found.steps)) == (8, 17)
    assert found.nodes["[0]"].visits == 8
    assert {each.parent for each in found.steps} == {activation_id}
    starts = [each.summary.start for each in found.steps]
    assert starts == sorted(starts)


def test_branches_are_found_by_the_conductors_logs(host: Host, notebook: ComposingNotebook) -> None:
    composed(notebook, "forked", "map('step')\n")
    activation_id = host.run("forked", {"value": [{"n": number} for number in range(7)]})
    found = host.workspace.sessions.session(activation_id)
    assert (found.calls, found.nodes["[0]"].visits) == (7, 7)
    assert sum(each.role == "branch" for each in found.steps) == 7


def test_graph_of_what_is_deployed(host: Host) -> None:
    host.conductor("now", {"type": "sequence", "components": [action("step")]})
    found = host.workspace.sessions.session(host.run("now"))
    assert found.graph_from == "deployed"
    assert found.graph is not None
    assert paths(found.graph) == ["/_/step"]


def test_graph_is_kept_of_what_was_seen_in_a_list(host: Host) -> None:
    host.conductor("seen", {"type": "sequence", "components": [action("step")]})
    first = host.run("seen")
    host.workspace.functions()
    # As npm Composer deploys with -w: what was there goes, and versions begin again.
    host.client.delete_action("seen")
    host.conductor("seen", {"type": "sequence", "components": [action("other")]})
    second = host.run("seen")
    old, new = map(host.workspace.sessions.session, (first, second))
    assert (old.activation.version, new.activation.version) == ("0.0.1", "0.0.1")
    assert (old.graph_from, new.graph_from) == ("kept", "deployed")
    assert old.graph is not None
    assert paths(old.graph) == ["/_/step"]


def test_graph_is_kept_of_what_was_deployed_from_here(
    host: Host, notebook: ComposingNotebook
) -> None:
    name = composed(notebook, "ours", "sequence('step')\n")
    activation_id = host.run(name)
    composed(notebook, name, "sequence('step', 'step')\n")
    host.client.delete_action(name)
    found = host.workspace.sessions.session(activation_id)
    assert (found.graph_from, found.deployed) == ("kept", False)
    assert found.notebook == "flow.ipynb"
    assert found.nodes["[0]"].visits == 1


def test_graph_that_nobody_saw(host: Host) -> None:
    host.conductor("unseen", {"type": "sequence", "components": []}, {"action": "step"})
    activation_id = host.run("unseen")
    host.client.delete_action("unseen")
    found = host.workspace.sessions.session(activation_id)
    assert (found.graph, found.graph_from) == (None, None)
    assert [each.role for each in found.steps] == ["conductor", "action", "conductor"]


def test_graph_of_a_sequence(host: Host) -> None:
    host.sequence("pair", "step", "step")
    found = host.workspace.sessions.session(host.run("pair"))
    assert found.graph_from == "deployed"
    assert {path: each.visits for path, each in found.nodes.items()} == {"": 1, "[0]": 1, "[1]": 1}


def test_session_that_runs_is_known_by_its_conductor(
    host: Host, notebook: ComposingNotebook, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    waits = f"import os, time\ndef main(args):\n    while not os.path.exists({str(gate)!r}):\n"
    host.put("waits", f"{waits}        time.sleep(0.02)\n    return args\n")
    name = composed(notebook, "going", "sequence('step', 'waits')\n")
    activation_id = host.start(name)
    found = None
    while found is None or found.calls < 1:
        try:
            found = host.workspace.sessions.session(activation_id)
        except ActivationNotFound:
            # Before its first part is done nothing tells of it here.
            assert found is None
    assert (found.running, found.activation.name, found.kind) == (True, "going", "composition")
    assert found.graph_from == "deployed"
    gate.touch()
    host.record(activation_id)
    assert not host.workspace.sessions.session(activation_id).running


def test_unknown_session(host: Host) -> None:
    with pytest.raises(ActivationNotFound):
        host.workspace.sessions.session("0" * 32)


def test_lists_leave_parts_out(host: Host, notebook: ComposingNotebook) -> None:
    composed(notebook, "listed", "map('step')\n")
    activation_id = host.run("listed", {"value": [{}, {}, {}]})
    first, second = host.workspace.sessions.latest(limit=2)
    assert (first.summary.id, first.calls) == (activation_id, 3)
    assert second.summary.name != "listed"
    top = host.workspace.sessions.top(limit=5)
    assert {each.to_json()["cause"] for each in top} == {None}


def test_totals_are_worked_out_once(host: Host, notebook: ComposingNotebook) -> None:
    composed(notebook, "counted", "repeat(3, 'step')\n")
    host.run("counted")
    first = host.workspace.sessions.latest(limit=1)
    before = len(host.wire.asked)
    assert host.workspace.sessions.latest(limit=1) == first
    assert [each.method for each in host.wire.asked[before:]] == ["GET"]
    assert first[0].calls == 3


def test_long_session_takes_few_requests(host: Host, notebook: ComposingNotebook) -> None:
    composed(notebook, "long", "repeat(30, 'step')\n")
    activation_id = host.run("long")
    before = len(host.wire.asked)
    assert len(host.workspace.sessions.session(activation_id).steps) == 61
    assert len(host.wire.asked) - before < 6


def test_costs_come_from_the_list_of_runs(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        host.run("step")
    whole = host.workspace.costs.report(CostQuery(name="step"))
    (step,) = whole.to_json()["functions"]
    assert (whole.seen.complete, whole.seen.added_up) == (True, False)
    assert step["calls"] == whole.seen.runs >= 3
    monkeypatch.setattr("jupyter_faas.workspace.costs.service.MOST_LISTED", 2)
    some = host.workspace.costs.report(CostQuery(name="step"))
    assert (some.seen.runs, some.seen.complete, some.seen.added_up) == (2, False, False)
    # What was not seen is in no pace.
    assert some.pace_since == some.seen.begin == host.workspace.activations(name="step")[1].start
    assert (whole.days[-1].charge.calls, some.days) == (whole.seen.runs, ())
