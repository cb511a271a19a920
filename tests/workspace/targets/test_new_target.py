"""Targets that are added with the form, against a host that checks the key."""

from __future__ import annotations

import base64
import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.errors import FieldRejected, TargetTestFailed
from jupyter_faas.whisk import SystemLimits
from jupyter_faas.whisk.kinds import RUNTIMES, runtimes_json
from jupyter_faas.whisk.profiles import PROFILES
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.targets.key_files import delete_key
from jupyter_faas.workspace.targets.new_target import TargetForm, add_from_form, profiles
from jupyter_faas.workspace.targets.target_settings import TargetSettings
from tests.client.helpers.server import Answer, Asked, FakeHost, closed_port, serving
from tests.workspace.helpers.samples import assert_same_shape, sample

KEY = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9l"
LINE = "lab responds: namespace produ, python 3.10 3.11, 256-512 MB"


def answer(asked: Asked) -> Answer:
    if asked.path == "/":
        limits = SystemLimits(min_memory=256).info_json()
        return Answer(body={"limits": limits, "runtimes": runtimes_json(RUNTIMES)})
    expected = base64.b64encode(KEY.encode()).decode()
    if asked.headers.get("authorization") != f"Basic {expected}":
        # Some proxies repeat what they refuse.
        words = f"The supplied authentication is invalid: {asked.headers['authorization']}"
        return Answer(401, {"error": words, "code": "f" * 32})
    return Answer(body=["produ"])


@pytest.fixture
def host() -> Iterator[FakeHost]:
    with serving(answer) as host:
        yield host


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace of a user who has not logged in with any tool."""
    monkeypatch.setenv("HOME", str(tmp_path))
    names = ("JUPYTER_FAAS_TARGET", "WSK_CONFIG_FILE", "XDG_CONFIG_HOME", "CLOUD_AUTH")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    return Workspace.open(tmp_path / "faas")


def add(workspace: Workspace, **form: Any) -> tuple[str, ...]:
    force = form.pop("force", False)
    read = TargetForm.from_json({"name": "lab", **form})
    return add_from_form(workspace.target_registry, read, force=force).lines


def keys(workspace: Workspace) -> list[Path]:
    folder = workspace.data_dir / "keys"
    return list(folder.iterdir()) if folder.exists() else []


def stored(workspace: Workspace) -> dict[str, object]:
    return workspace.target_registry.settings.named_targets()


def test_a_typed_key_is_stored_in_a_file_of_the_user_alone(
    workspace: Workspace, host: FakeHost
) -> None:
    assert add(workspace, source="typed", apihost=f" {host.url} ", key=f"{KEY}\n") == (LINE,)
    (path,) = keys(workspace)
    assert stored(workspace)["lab"] == {"apihost": host.url, "auth_file": str(path)}
    assert path.name.startswith("lab-")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert workspace.target_registry.check("lab").ok


def test_a_removed_target_leaves_no_key(workspace: Workspace, host: FakeHost) -> None:
    add(workspace, source="typed", apihost=host.url, key=KEY)
    workspace.target_registry.remove("lab")
    assert keys(workspace) == []


def test_no_other_file_is_deleted_as_a_key(tmp_path: Path) -> None:
    other = tmp_path / "notes"
    other.write_text("mine")
    (tmp_path / "faas" / "keys").mkdir(parents=True)
    for path in (other, tmp_path / "faas" / "keys" / ".." / ".." / "notes", Path()):
        delete_key(tmp_path / "faas", path)
    assert other.read_text() == "mine"


def test_a_variable_is_stored_by_its_name(
    workspace: Workspace, host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUD_AUTH", KEY)
    form = {"source": "variable", "apihost": host.url, "variable": "CLOUD_AUTH"}
    assert add(workspace, **form) == (LINE,)
    assert stored(workspace)["lab"] == {"apihost": host.url, "auth_variable": "CLOUD_AUTH"}


def test_the_login_of_a_tool_is_used_by_reference(
    workspace: Workspace, host: FakeHost, tmp_path: Path
) -> None:
    props = tmp_path / ".wskprops"
    props.write_text(f"APIHOST={host.url}\nAUTH={KEY}\n")
    assert add(workspace, profile="openserverless")[0].startswith("lab responds: namespace produ")
    assert stored(workspace)["lab"] == {"profile": "openserverless", "wskprops": str(props)}


@pytest.mark.parametrize(
    ("form", "field", "message"),
    [
        ({"name": ""}, "name", "needs a name"),
        ({"name": "a b"}, "name", "'a b' is not a valid target name"),
        ({"name": "playground"}, "name", "A target named 'playground' already"),
        ({"profile": "moon"}, "profile", "Unknown type of host"),
        ({"source": "post"}, "source", "Unknown source of the key"),
        ({"profile": "digitalocean"}, "source", "No key for DigitalOcean Functions"),
        ({"profile": "openserverless"}, "source", "in which ops stores the key"),
        ({"source": "variable"}, "apihost", "needs an API host"),
        ({"source": "typed", "apihost": "ftp://host"}, "apihost", "not an http or https address"),
        ({"source": "variable", "apihost": "host"}, "variable", "environment variable"),
        (
            {"source": "variable", "apihost": "host", "variable": "CLOUD_AUTH"},
            "variable",
            "the variable CLOUD_AUTH is not set",
        ),
        (
            {"source": "variable", "apihost": "host", "variable": KEY},
            "variable",
            "not a valid name",
        ),
        ({"source": "typed", "apihost": "host"}, "key", "needs a key"),
        ({"source": "typed", "apihost": "host", "key": "abc"}, "key", "This is not a valid key"),
    ],
    ids=lambda each: "" if isinstance(each, dict) else each,
)
def test_the_error_names_the_field(
    workspace: Workspace, form: dict[str, str], field: str, message: str
) -> None:
    with pytest.raises(FieldRejected, match=message) as caught:
        add(workspace, **form)
    assert caught.value.to_json()["field"] == field
    assert KEY not in str(caught.value)
    assert "--" not in caught.value.hint.replace("--apihost HOST --auth KEY", "")
    assert stored(workspace) == {}


def test_a_name_is_taken_only_once(workspace: Workspace, host: FakeHost) -> None:
    add(workspace, source="typed", apihost=host.url, key=KEY)
    with pytest.raises(FieldRejected, match="A target named 'lab' already"):
        add(workspace, source="typed", apihost=host.url, key="other:key")
    # The key of the first target is untouched.
    assert workspace.target_registry.check("lab").ok


def test_a_refused_key_is_not_kept_and_not_repeated(workspace: Workspace, host: FakeHost) -> None:
    wrong = "5a5a5a5a-71f6-4ed5-8c54-816aa4f8c502:wrong"
    with pytest.raises(TargetTestFailed, match="lab does not accept the key") as caught:
        add(workspace, source="typed", apihost=host.url, key=wrong)
    assert caught.value.to_json()["field"] == "key"
    assert caught.value.hint == "Check the key and the API host."
    said = json.dumps(caught.value.to_json())
    assert all(each not in said for each in (wrong, base64.b64encode(wrong.encode()).decode()))
    assert stored(workspace) == {}
    assert keys(workspace) == []


def test_a_host_that_does_not_answer_is_added_only_on_demand(workspace: Workspace) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    form = {"source": "typed", "apihost": url, "key": KEY}
    with pytest.raises(TargetTestFailed, match=f"lab is not reachable at {url}") as caught:
        add(workspace, **form)
    assert caught.value.to_json()["field"] == "apihost"
    assert stored(workspace) == {}
    assert add(workspace, force=True, **form)[0].startswith(f"lab: lab is not reachable at {url}")
    assert list(stored(workspace)) == ["lab"]


def test_profiles_say_which_tool_has_a_key(workspace: Workspace, tmp_path: Path) -> None:
    registry = workspace.target_registry
    assert [each["name"] for each in profiles(registry)] == list(PROFILES)
    assert not any(each["keeps_key"] for each in profiles(registry))
    (tmp_path / ".wskprops").write_text("APIHOST=host\nAUTH=a:b\n")
    keeps = {each["name"]: each["keeps_key"] for each in profiles(registry)}
    assert keeps == {name: name != "digitalocean" for name in PROFILES}
    assert_same_shape({"profiles": profiles(registry)}, sample("profiles"))


def log_in_with_doctl(home: Path, account: str, namespace: str) -> Path:
    path = home / ".config" / "doctl" / "sandbox" / "creds" / account / "credentials.json"
    path.parent.mkdir(parents=True)
    host = "https://faas-nyc1.doserverless.invalid"
    keys = {host: {namespace: {"api_key": KEY}}}
    entry = {"currentHost": host, "currentNamespace": namespace, "credentials": keys}
    path.write_text(json.dumps(entry))
    path.chmod(0o600)
    return path


@pytest.mark.skipif(sys.platform != "linux", reason="the folder of doctl is that of Linux")
def test_one_of_several_accounts_of_a_tool_is_chosen(workspace: Workspace, tmp_path: Path) -> None:
    log_in_with_doctl(tmp_path, "00112233", "fn-1")
    second = log_in_with_doctl(tmp_path, "44556677", "fn-2")
    found = next(
        each for each in profiles(workspace.target_registry) if each["name"] == "digitalocean"
    )
    assert found["keeps_key"] is True
    assert [(each["id"], each["namespace"]) for each in found["accounts"]] == [
        ("00112233", "fn-1"),
        ("44556677", "fn-2"),
    ]
    form = {"profile": "digitalocean", "source": "tool", "force": True}
    for account in ("", "../44556677"):
        with pytest.raises(FieldRejected, match="doctl has the keys of 2 accounts") as caught:
            add(workspace, account=account, **form)
        assert caught.value.to_json()["field"] == "account"
    add(workspace, account="44556677", **form)
    assert stored(workspace)["lab"] == {
        "apihost": found["accounts"][1]["apihost"],
        "doctl": str(second),
        "namespace": "fn-2",
        "profile": "digitalocean",
    }


def test_advanced_settings_are_checked_and_stored(
    workspace: Workspace, host: FakeHost, tmp_path: Path
) -> None:
    form = {"source": "typed", "apihost": host.url, "key": KEY}
    for wrong, field in (
        ({"ca": str(tmp_path / "no.pem")}, "ca"),
        ({"model_store": "models"}, "model_store"),
        ({"model_store_url": "https://models.example.com"}, "model_store"),
    ):
        with pytest.raises(FieldRejected) as caught:
            add(workspace, **form, **wrong)
        assert caught.value.to_json()["field"] == field
    assert keys(workspace) == []
    add(workspace, namespace="produ", model_store=f"file://{tmp_path}", **form)
    kept = {"namespace": "produ", "model_store": f"file://{tmp_path}"}
    assert kept.items() <= dict(stored(workspace)["lab"]).items()  # type: ignore[call-overload]


def test_a_target_of_the_command_line_has_no_key_file(workspace: Workspace) -> None:
    named = TargetSettings("cloud", apihost="host", auth_variable="CLOUD_AUTH")
    assert "key" not in named.to_json()
    assert "key" not in repr(TargetForm("lab", key=KEY)).partition("variable")[2]
