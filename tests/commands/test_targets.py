"""``%faas target``: adding, using and removing targets of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_faas.commands.arguments import Outcome
from jupyter_faas.commands.table import Call, parse
from jupyter_faas.errors import InputError, TargetNotConfigured
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.targets.model_store_setting import ModelStoreSetting

# Nothing listens there, so a check of the target ends at once.
CLOSED = "127.0.0.1:1"
AUTH = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "k" * 64


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """One with no target but the playground, and no playground yet."""
    monkeypatch.delenv("JUPYTER_FAAS_TARGET", raising=False)
    monkeypatch.setenv("WSK_CONFIG_FILE", str(tmp_path / "none"))
    return Workspace.open(data_dir=tmp_path / "faas")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "lab.key"
    path.write_text(AUTH)
    path.chmod(0o600)
    return path


def run(workspace: Workspace, *words: str) -> Outcome:
    call = parse("magic", ["target", *words])
    assert isinstance(call, Call)
    return call.run(workspace)


def test_add_use_and_remove(workspace: Workspace, key_file: Path) -> None:
    host = ("--apihost", CLOSED, "--auth-file", str(key_file), "--insecure")
    added = run(workspace, "add", "lab", *host)
    assert added.lines[0] == "Added target lab. To use it: %faas target use lab"
    assert added.lines[-1].split() == [
        "lab",
        "lab",
        f"https://{CLOSED}",
        "unreachable,",
        "insecure",
    ]
    used = run(workspace, "use", "lab")
    assert used.lines[-1].split()[:2] == ["*", "lab"]
    removed = run(workspace, "remove", "lab")
    assert removed.lines[0] == "Removed target lab."
    assert removed.lines[-1].split()[:2] == ["*", "playground"]


def test_no_key_reaches_the_settings_or_the_output(workspace: Workspace, key_file: Path) -> None:
    added = run(workspace, "add", "lab", "--apihost", CLOSED, "--auth-file", str(key_file))
    settings = (workspace.data_dir / "settings.json").read_text()
    assert json.loads(settings)["targets"]["lab"]["auth_file"] == str(key_file)
    assert "kkkk" not in settings + json.dumps(added.to_json()) + "\n".join(added.lines)


def test_relative_paths_are_kept_absolute(
    workspace: Workspace, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(key_file.parent)
    run(workspace, "add", "lab", "--apihost", CLOSED, "--auth-file", key_file.name)
    kept = json.loads((workspace.data_dir / "settings.json").read_text())["targets"]["lab"]
    assert kept == {"apihost": CLOSED, "auth_file": str(key_file)}


def test_a_wskprops_file_is_enough(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "props"
    path.write_text(f"APIHOST={CLOSED}\nAUTH={AUTH}\n")
    run(workspace, "add", "lab", "--wskprops", str(path), "--namespace", "team")
    (_, lab) = workspace.target_registry.states()
    assert (lab.name, lab.apihost, lab.namespace) == ("lab", f"https://{CLOSED}", "team")


def test_a_target_that_cannot_work_is_not_added(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(TargetNotConfigured, match="cannot be read"):
        run(workspace, "add", "lab", "--apihost", CLOSED, "--auth-file", str(tmp_path / "none"))
    assert [one.name for one in workspace.target_registry.states()] == ["playground"]


@pytest.mark.parametrize("action", ["use", "add", "remove"])
def test_a_name_is_needed(workspace: Workspace, action: str) -> None:
    with pytest.raises(InputError, match=f"target {action} needs the name of a target"):
        run(workspace, action)


@pytest.mark.parametrize("words", [["list"], ["use", "playground"], ["remove", "lab"]])
def test_what_describes_a_target_goes_with_add_only(workspace: Workspace, words: list[str]) -> None:
    with pytest.raises(InputError, match="--apihost can be used only with target add"):
        run(workspace, *words, "--apihost", CLOSED)


def test_a_target_has_a_model_store_of_its_own(
    workspace: Workspace, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = ("--apihost", CLOSED, "--auth-file", str(key_file))
    store = ("--model-store", "s3://bucket/models", "--model-store-url", "https://cdn.example.com")
    run(workspace, "add", "lab", *host, *store)
    run(workspace, "add", "bare", *host)
    monkeypatch.setenv("JUPYTER_FAAS_MODEL_STORE", "gs://other")
    found = {}
    for name in ("lab", "bare", "playground"):
        run(workspace, "use", name)
        found[name] = workspace.models.setting()
    assert found["lab"] == ModelStoreSetting("s3://bucket/models", "https://cdn.example.com")
    assert found["bare"] == found["playground"] == ModelStoreSetting("gs://other")
    monkeypatch.delenv("JUPYTER_FAAS_MODEL_STORE")
    assert workspace.models.setting() == ModelStoreSetting()
    run(workspace, "use", "bare")
    assert workspace.models.setting() is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--model-store-url", "https://cdn.example.com"), "an address for reading models"),
        (("--model-store", "bucket"), "must be a URL"),
        (("--model-store", "s3://key:s3cr3t@bucket"), "contains a user name, a password"),
    ],
)
def test_a_model_store_that_cannot_be_is_refused(
    workspace: Workspace, key_file: Path, words: tuple[str, ...], said: str
) -> None:
    host = ("--apihost", CLOSED, "--auth-file", str(key_file))
    with pytest.raises(InputError, match=said):
        run(workspace, "add", "lab", *host, *words)
