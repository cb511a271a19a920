"""``secret``: set, list and remove, of which no line and no JSON shows a value."""

from __future__ import annotations

import getpass
import io
import json
from pathlib import Path

import pytest

from jupyter_faas.commands.arguments import Outcome, Surface
from jupyter_faas.commands.table import Call, parse
from jupyter_faas.errors import InputError
from jupyter_faas.workspace import Workspace

VALUE = "s3cret-value-of-the-test"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    # The machine's own keyring must not be touched.
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.delenv("TOKEN", raising=False)
    return Workspace.open(data_dir=tmp_path / "faas")


def run(workspace: Workspace, *words: str, surface: Surface = "cli") -> Outcome:
    call = parse(surface, ["secret", *words])
    assert isinstance(call, Call)
    return call.run(workspace)


def put(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{VALUE}\n"))
    return run(workspace, "set", "TOKEN", "--stdin")


def test_set_reads_the_value_and_shows_the_name(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = put(workspace, monkeypatch)
    assert done.lines == (
        "Set TOKEN. Its value is in a private file in the data folder. "
        "To use it in a function, add --secret TOKEN to its cell.",
    )
    assert workspace.secrets.values(["TOKEN"]) == {"TOKEN": VALUE}
    assert VALUE not in json.dumps(done.to_json())


def test_list_shows_names(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(workspace).lines == (
        "No secrets are stored on this machine. To store one: %faas secret set NAME",
    )
    put(workspace, monkeypatch)
    listed = run(workspace, "list", surface="magic")
    assert [line.split()[0] for line in listed.lines] == ["SECRET", "TOKEN"]
    assert VALUE not in "".join(listed.lines) + json.dumps(listed.to_json())


def test_remove(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    put(workspace, monkeypatch)
    assert run(workspace, "remove", "TOKEN").lines[0].startswith("Removed TOKEN from this machine.")
    with pytest.raises(InputError, match=r"There is no secret TOKEN on this machine\."):
        run(workspace, "remove", "TOKEN")


def test_a_value_on_the_line_is_refused_and_not_repeated(workspace: Workspace) -> None:
    with pytest.raises(InputError, match=r"A command line must not contain the value") as refused:
        run(workspace, "set", "TOKEN", VALUE)
    assert VALUE not in str(refused.value)


def test_a_value_in_place_of_the_name_is_not_repeated(workspace: Workspace) -> None:
    with pytest.raises(InputError, match=r"can contain only letters, digits") as refused:
        run(workspace, "set", VALUE)
    assert VALUE not in str(refused.value)


def test_where_nobody_can_answer_the_terminal_is_named(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot_ask(prompt: str) -> str:
        raise NotImplementedError("as ipykernel does where the front end takes no input")

    monkeypatch.setattr(getpass, "getpass", cannot_ask)
    with pytest.raises(
        InputError, match=r"cannot be entered here\.\nRun in a terminal: jupyter faas"
    ):
        run(workspace, "set", "TOKEN", surface="magic")


def test_a_file_is_named_by_its_absolute_path(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text(VALUE)
    (tmp_path / "token").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    done = run(workspace, "set", "TOKEN", "--file", "token")
    assert f"Set TOKEN. Its value is in the file {tmp_path / 'token'}." in done.lines[0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["set"], "secret set needs the name of a secret"),
        (["list", "TOKEN"], "secret list does not take a name"),
        (["remove", "TOKEN", "--file", "f"], "--file can be used only with secret set"),
        (["set", "TOKEN", "--file", "f", "--stdin"], "--file and --stdin cannot be combined"),
        (["set", "PATH", "--stdin"], "PATH cannot be a secret"),
        (["set", "__OW_API_KEY", "--stdin"], "__OW_API_KEY cannot be a secret"),
    ],
    ids=" ".join,
)
def test_refused(workspace: Workspace, words: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        run(workspace, *words)
