"""``playground namespace`` as a notebook and a terminal give it."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.commands.table import Call, Outcome, parse
from jupyter_faas.errors import InputError
from jupyter_faas.workspace import Workspace


def run(data_dir: Path, line: str) -> Outcome:
    call = parse("magic", f"playground {line}".split())
    assert isinstance(call, Call)
    return call.run(Workspace.open(data_dir=data_dir))


def test_add_tells_the_file_and_not_the_key(tmp_path: Path) -> None:
    outcome = run(tmp_path, "namespace add other")
    path = tmp_path / "playground" / "namespaces" / "other.wskprops"
    assert outcome.lines == ("Added the namespace other.", f"wskprops: {path}")
    assert outcome.to_json() == {"namespace": "other", "wskprops": str(path)}
    assert "AUTH=" in path.read_text()


@pytest.mark.parametrize("line", ["namespace", "namespace list"])
def test_list(tmp_path: Path, line: str) -> None:
    run(tmp_path, "namespace add other")
    outcome = run(tmp_path, line)
    folder = tmp_path / "playground"
    assert outcome.value == ["guest", "other"]
    assert outcome.lines == (
        f"guest  {folder / 'wskprops'}",
        f"other  {folder / 'namespaces' / 'other.wskprops'}",
    )


def test_remove(tmp_path: Path) -> None:
    run(tmp_path, "namespace add other")
    assert run(tmp_path, "namespace remove other").to_json() == {"removed": "other"}
    assert run(tmp_path, "namespace").value == ["guest"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("namespace add", "playground namespace add needs the name of a namespace"),
        ("namespace remove", "playground namespace remove needs the name of a namespace"),
        ("namespace list x", "playground namespace list does not take a name"),
        ("namespace add x --port 1", "--port can be used only with playground start"),
        ("start add", "playground start does not take the argument add"),
    ],
)
def test_words_that_do_not_fit(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        run(tmp_path, line)
