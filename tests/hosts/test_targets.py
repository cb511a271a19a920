"""Targets with the credentials of the hosts' own tools, as a person adds and tests them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_faas.commands.arguments import Outcome
from jupyter_faas.commands.table import Call, parse
from jupyter_faas.errors import InputError, NotAuthorized, TargetNotConfigured
from jupyter_faas.workspace import Workspace
from tests.client.helpers.server import closed_port
from tests.hosts.helpers.digitalocean import KEY, DigitalOcean
from tests.hosts.helpers.openserverless import OpenServerless


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without any login."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("JUPYTER_FAAS_TARGET", "WSK_CONFIG_FILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("DIGITALOCEAN_ACCESS_TOKEN", raising=False)
    return tmp_path


@pytest.fixture
def workspace(home: Path) -> Workspace:
    return Workspace.open(home / "faas")


def target(workspace: Workspace, *words: str) -> Outcome:
    call = parse("cli", ["target", *words])
    assert isinstance(call, Call)
    return call.run(workspace)


def settings(workspace: Workspace) -> str:
    return (workspace.data_dir / "settings.json").read_text()


def test_doctls_key_is_taken_over_by_reference(
    workspace: Workspace, home: Path, digitalocean: DigitalOcean
) -> None:
    path = digitalocean.write_doctl(home / ".config")
    added = target(workspace, "add", "do", "--profile", "digitalocean")
    assert added.lines[:2] == (
        "Added target do. To use it: %faas target use do",
        f"do responds: namespace {digitalocean.namespace}, python 3.9 3.11 3.12 3.13, 128-1024 MB",
    )
    assert json.loads(settings(workspace))["targets"]["do"] == {
        "apihost": digitalocean.url,
        "doctl": str(path),
        "namespace": digitalocean.namespace,
        "profile": "digitalocean",
    }
    assert KEY.partition(":")[2] not in settings(workspace) + json.dumps(added.to_json())


def test_the_key_of_ops_is_taken_over_by_reference(
    workspace: Workspace, home: Path, openserverless: OpenServerless
) -> None:
    path = openserverless.write_wskprops(home / ".wskprops")
    added = target(workspace, "add", "ops", "--profile", "openserverless")
    assert added.lines[1] == (
        "ops responds: namespace produ, python 3.10 3.11 3.12 3.13, 128-2048 MB"
    )
    kept = json.loads(settings(workspace))["targets"]["ops"]
    assert kept == {"profile": "openserverless", "wskprops": str(path)}


def test_the_file_may_be_named_by_the_variable(
    workspace: Workspace,
    home: Path,
    openserverless: OpenServerless,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = openserverless.write_wskprops(home / "elsewhere" / "props")
    monkeypatch.setenv("WSK_CONFIG_FILE", str(path))
    target(workspace, "add", "ops", "--profile", "openserverless")
    assert json.loads(settings(workspace))["targets"]["ops"]["wskprops"] == str(path)


def test_doctls_file_may_be_named(
    workspace: Workspace, home: Path, digitalocean: DigitalOcean
) -> None:
    path = digitalocean.write_doctl(home / "snap")
    added = target(workspace, "add", "do", "--doctl", str(path))
    assert added.lines[1].startswith("do responds: namespace fn-")
    assert json.loads(settings(workspace))["targets"]["do"]["profile"] == "digitalocean"


@pytest.mark.parametrize(
    ("profile", "words", "login"),
    [
        ("digitalocean", "No key for DigitalOcean Functions", "doctl serverless connect"),
        ("openserverless", "in which ops stores the key", "ops -login HOST USER"),
        ("openwhisk", "in which wsk stores the key", "wsk property set --apihost HOST --auth KEY"),
    ],
)
def test_without_a_login_the_command_is_named(
    workspace: Workspace, profile: str, words: str, login: str
) -> None:
    with pytest.raises(TargetNotConfigured, match=words) as caught:
        target(workspace, "add", "new", "--profile", profile)
    assert login in caught.value.hint


def test_a_key_that_others_can_read_is_refused(
    workspace: Workspace, home: Path, digitalocean: DigitalOcean
) -> None:
    path = digitalocean.write_doctl(home / ".config")
    path.chmod(0o644)
    with pytest.raises(TargetNotConfigured, match="other users can read") as caught:
        target(workspace, "add", "do", "--profile", "digitalocean")
    assert caught.value.hint == f"Restrict the permissions: chmod 600 {path}"


def test_an_expired_key_names_its_file_and_the_tool(
    workspace: Workspace,
    home: Path,
    digitalocean: DigitalOcean,
    openserverless: OpenServerless,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    doctl = digitalocean.write_doctl(home / ".config")
    props = openserverless.write_wskprops(home / ".wskprops")
    target(workspace, "add", "do", "--profile", "digitalocean")
    target(workspace, "add", "ops", "--profile", "openserverless")
    monkeypatch.setattr(digitalocean, "key", "dof_v1_new:key")
    monkeypatch.setattr(openserverless, "key", "new:key")
    found = target(workspace, "test", "do")
    assert found.absent
    assert found.lines[1] == (
        f"Its key is in {doctl}. Create a valid one with: doctl serverless connect"
    )
    # A login writes the file again, which is read for each request.
    digitalocean.write_doctl(home / ".config")
    assert target(workspace, "test", "do").lines[0].startswith("do responds: ")
    hint = target(workspace, "test", "ops").lines[1]
    assert hint == (
        f"The key is stored as AUTH in {props}. Replace it with a valid key: ops -login HOST USER"
    )


def test_a_key_of_a_variable_names_the_variable(
    workspace: Workspace, digitalocean: DigitalOcean, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUD_AUTH", "wrong:key")
    where = ("--apihost", digitalocean.url, "--auth-env", "CLOUD_AUTH")
    added = target(workspace, "add", "cloud", *where, "--profile", "digitalocean")
    assert "does not accept the key" in added.lines[1]
    assert "the variable CLOUD_AUTH" in added.lines[2]
    target(workspace, "use", "cloud")
    with pytest.raises(NotAuthorized) as caught:
        workspace.functions()
    assert "the variable CLOUD_AUTH" in caught.value.hint


def test_a_target_that_does_not_answer_is_added_and_said(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUD_AUTH", "a:key")
    url = f"http://127.0.0.1:{closed_port()}"
    added = target(workspace, "add", "cloud", "--apihost", url, "--auth-env", "CLOUD_AUTH")
    assert added.lines[1].startswith(f"cloud: cloud is not reachable at {url}")
    used = target(workspace, "use", "cloud")
    assert used.lines[0].startswith("cloud: cloud is not reachable")
    assert "unreachable" in used.lines[-1]


def test_use_and_list_say_what_answers(
    workspace: Workspace, home: Path, openserverless: OpenServerless
) -> None:
    openserverless.write_wskprops(home / ".wskprops")
    target(workspace, "add", "ops", "--profile", "openserverless")
    assert target(workspace, "use", "ops").lines[0].startswith("ops responds: namespace produ")
    assert "reachable, openserverless" in target(workspace, "list").lines[-1]


def test_the_outcome_for_programs(
    workspace: Workspace, home: Path, digitalocean: DigitalOcean
) -> None:
    digitalocean.write_doctl(home / ".config")
    target(workspace, "add", "do", "--profile", "digitalocean")
    assert target(workspace, "test", "do").to_json() == {
        "name": "do",
        "ok": True,
        "state": "reachable",
        "namespace": digitalocean.namespace,
        "python": ["3.9", "3.11", "3.12", "3.13"],
        "memory_mb": {"min": 128, "max": 1024},
        "kinds_listed": True,
        "message": "",
        "hint": "",
        "warnings": [],
    }


def test_an_unknown_name_cannot_be_tested(workspace: Workspace) -> None:
    with pytest.raises(TargetNotConfigured, match="Unknown target 'moon'"):
        target(workspace, "test", "moon")


def test_a_stopped_playground_is_not_started_for_a_test(workspace: Workspace) -> None:
    found = target(workspace, "test")
    assert found.lines == ("playground is stopped. It starts automatically when it is needed.",)
    assert not found.absent


def test_options_of_add_do_not_go_with_test(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="--doctl can be used only with target add"):
        target(workspace, "test", "playground", "--doctl", "x")
