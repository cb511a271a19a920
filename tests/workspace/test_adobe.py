"""A target with the profile ``adobe``: a real playground with Adobe's quirks before it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.client import playground_target
from jupyter_faas.commands.arguments import Outcome
from jupyter_faas.commands.table import Call, parse
from jupyter_faas.errors import ActivationNotFound, BundleError, InputError, TargetRefused
from jupyter_faas.workspace import Workspace
from tests.client.helpers.server import FakeHost, closed_port
from tests.workspace.helpers.adobe import like_adobe
from tests.workspace.helpers.cells import GREET, run_cell
from tests.workspace.helpers.requests import function_request


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeHost, str]]:
    """The host and its key."""
    playground = Workspace.open(tmp_path_factory.mktemp("data"), target="playground")
    info = playground.playground.start(port=closed_port())
    key = playground_target(playground.data_dir).auth
    with like_adobe(info.apihost) as host:
        yield host, key
    playground.playground.stop()


@pytest.fixture
def workspace(
    host: tuple[FakeHost, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    """One that uses it, added as a person adds it."""
    monkeypatch.delenv("JUPYTER_FAAS_TARGET", raising=False)
    monkeypatch.setenv("ADOBE_AUTH", host[1])
    workspace = Workspace.open(tmp_path / "faas")
    where = ("--apihost", host[0].url, "--auth-env", "ADOBE_AUTH")
    target(workspace, "add", "cloud", *where, "--profile", "adobe", "--extra-logging")
    target(workspace, "use", "cloud")
    return workspace


def target(workspace: Workspace, *words: str) -> Outcome:
    call = parse("cli", ["target", *words])
    assert isinstance(call, Call)
    return call.run(workspace)


def test_it_is_listed_with_its_profile(workspace: Workspace) -> None:
    (shown,) = (one for one in workspace.target_registry.states() if one.name == "cloud")
    assert (shown.profile, shown.to_json()["profile"]) == ("adobe", "adobe")
    assert "adobe" in target(workspace, "list").lines[-1]
    assert workspace.status()["limits"]["code_bytes"] == 22 * 1024 * 1024


def test_no_profile_of_that_name(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="nvalid choice: 'azure'"):
        target(workspace, "add", "x", "--apihost", "h", "--auth-env", "A", "--profile", "azure")


MANY = 53  # more than one list holds


def test_lists_are_asked_for_in_pieces(workspace: Workspace) -> None:
    made = workspace.package(function_request(GREET, "greet"), run_cell(GREET))
    workspace.deploy(made.record.id)
    ids = {workspace.invoke("greet", {}).id for _ in range(MANY)}
    found = workspace.activations(limit=200, name="greet")
    assert {one.id for one in found} == ids
    assert len(workspace.activations(limit=51)) == 51


def test_a_successful_run_is_recorded(workspace: Workspace) -> None:
    made = workspace.package(function_request(GREET, "greet"), run_cell(GREET))
    workspace.deploy(made.record.id)
    activation = workspace.invoke("greet", {"name": "Ada"})
    assert workspace.activation(activation.id).result == {"hello": "Ada"}


def test_without_extra_logging_a_successful_run_leaves_no_record(
    workspace: Workspace, host: tuple[FakeHost, str]
) -> None:
    where = ("--apihost", host[0].url, "--auth-env", "ADOBE_AUTH")
    target(workspace, "add", "quiet", *where, "--profile", "adobe")
    target(workspace, "use", "quiet")
    made = workspace.package(function_request(GREET, "greet"), run_cell(GREET))
    workspace.deploy(made.record.id)
    activation = workspace.invoke("greet", {"name": "Ada"})
    assert activation.result == {"hello": "Ada"}
    # The client does not look for a record that does not exist.
    assert not any(one.path.endswith(activation.id) for one in host[0].asked)
    with pytest.raises(ActivationNotFound, match="no activation") as caught:
        workspace.activation(activation.id)
    assert "does not keep records of successful blocking calls" in caught.value.hint


def test_too_much_code_is_refused_before_it_is_sent(
    workspace: Workspace, host: tuple[FakeHost, str], tmp_path: Path
) -> None:
    (tmp_path / "noise").write_bytes(random.Random(1).randbytes(17_500_000))
    request = function_request(GREET, "greet", includes=["noise"], root=tmp_path)
    made = workspace.package(request, run_cell(GREET))
    size = next(one for one in made.card["preflight"] if one["check"] == "Package size")
    assert (size["ok"], size["note"]) == (False, "of 22 MB when sent")
    asked = len([one for one in host[0].asked if one.method == "PUT"])
    with pytest.raises(BundleError, match=r"too large for cloud: .* the limit is 22\.0 MB"):
        workspace.deploy(made.record.id)
    assert len([one for one in host[0].asked if one.method == "PUT"]) == asked


def test_without_the_profile_the_host_itself_refuses(
    host: tuple[FakeHost, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADOBE_AUTH", host[1])
    monkeypatch.delenv("JUPYTER_FAAS_TARGET", raising=False)
    plain = Workspace.open(tmp_path / "faas")
    target(plain, "add", "plain", "--apihost", host[0].url, "--auth-env", "ADOBE_AUTH")
    target(plain, "use", "plain")
    with pytest.raises(TargetRefused, match="not in the range of 0 to 50"):
        plain.activations(limit=100)
