"""Replay on a real playground, beyond what a notebook's verbs show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.errors import ActionNotFound, ActivationNotFound, InputError
from jupyter_faas.playground import stop
from jupyter_faas.whisk.inputs import KeepInputs
from jupyter_faas.workspace import Workspace
from tests.workspace.helpers.cells import run_cell
from tests.workspace.helpers.requests import function_request

GREET = "def greet(name: str):\n    return {'hello': name}\n"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    found = Workspace.open(data_dir=tmp_path_factory.mktemp("faas"))
    deploy(found, "greet", KeepInputs(3))
    for name in ("Ada", "Bob"):
        found.invoke("greet", {"name": name})
    yield found
    stop(found.data_dir)


def deploy(workspace: Workspace, name: str, keep: KeepInputs | None) -> None:
    text = GREET.replace("greet", name)
    request = function_request(cell_text=text, name=name, keep_inputs=keep)
    workspace.deploy(workspace.package(request, run_cell(text)).record.id)


def test_replay_runs_in_the_order_of_the_inputs(workspace: Workspace) -> None:
    seen = []

    def call(params: Any) -> tuple[Any, bool, int]:
        seen.append(params["name"])
        return {"hello": params["name"].upper()}, True, 250

    found = workspace.inputs.replay("greet", last=20, call=call)
    assert seen == ["Ada", "Bob"]
    assert [each.input.params for each in found.rows] == [{"name": "Bob"}, {"name": "Ada"}]
    assert found.differing == 2
    assert found.rows[0].answer() == 'differs: hello: "Bob" → "BOB"'
    # 256 MB for 250 ms at $0.0000185 per GB-s.
    assert found.rows[0].now.to_json()["cost_per_million_usd"] == "1.15625"
    assert found.rows[0].then is not None and found.rows[0].then.ok


def test_replay_of_the_latest_only(workspace: Workspace) -> None:
    found = workspace.inputs.replay("greet", last=1)
    assert [each.input.params for each in found.rows] == [{"name": "Bob"}]
    assert found.differing == 0
    assert found.rows[0].now.activation != found.rows[0].input.activation


def test_a_function_that_is_not_there_is_told(workspace: Workspace) -> None:
    with pytest.raises(ActionNotFound, match="There is no action 'gone'"):
        workspace.inputs.replay("gone", last=1)


def test_on_other_targets_the_inputs_of_calls_from_here_are_kept(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(workspace, "elsewhere", None)
    wskprops = workspace.data_dir / "playground" / "wskprops"
    monkeypatch.setenv("WSK_CONFIG_FILE", str(wskprops))
    other = Workspace.open(data_dir=tmp_path, target="wskprops")
    ids = [other.invoke("elsewhere", {"name": name}).id for name in ("Ada", "Bob")]
    assert other.inputs.of(ids[0]).params == {"name": "Ada"}
    assert (tmp_path / "inputs.db").stat().st_mode & 0o077 == 0
    replayed = other.inputs.replay("elsewhere", last=1)
    assert [row.input.params for row in replayed.rows] == [{"name": "Bob"}]
    assert other.inputs.again(ids[0]).result == other.activation(ids[0]).result
    # What others sent is not known.
    foreign = workspace.invoke("elsewhere", {"name": "Eve"}).id
    assert other.inputs.kept(foreign) is None
    with pytest.raises(ActivationNotFound, match="is not known"):
        other.inputs.of(foreign)
    deploy(workspace, "elsewhere", KeepInputs(0))
    off = other.invoke("elsewhere", {"name": "Ada"}).id
    assert other.inputs.kept(off) is None


def test_a_deploy_elsewhere_warns_that_nothing_is_kept(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wskprops = workspace.data_dir / "playground" / "wskprops"
    monkeypatch.setenv("WSK_CONFIG_FILE", str(wskprops))
    other = Workspace.open(data_dir=tmp_path, target="wskprops")
    request = function_request(cell_text=GREET, name="greet2", keep_inputs=KeepInputs())
    made = other.deploy(other.package(request, run_cell(GREET)).record.id)
    assert "Only the playground keeps the inputs of all calls" in made.warning


def test_a_cell_that_asks_no_more_forgets(workspace: Workspace) -> None:
    deploy(workspace, "brief", KeepInputs())
    activation = workspace.invoke("brief", {"name": "Ada"}).id
    assert workspace.inputs.of(activation).params == {"name": "Ada"}
    deploy(workspace, "brief", KeepInputs(0))
    with pytest.raises(InputError, match="No inputs of brief are kept"):
        workspace.inputs.replay("brief", last=1)
