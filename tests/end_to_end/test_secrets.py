"""A secret from the question for its value to the action's answer, and where its value is then.

One notebook, one playground and the command line do what a user does. Afterwards every file, output
and record of the run is searched for the value.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.helpers.user import User
from tests.magics.helpers.kernels import Cell, NotebookKernel, notebook_kernel

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(700)]

VALUE = "correct-horse-battery-staple-71"
DIGEST = hashlib.sha256(VALUE.encode()).hexdigest()
CELL = """\
%%function sign --secret SIGNING_KEY --web --keep-inputs --test '{"text": "a"}'
import hashlib
import os

def sign(text: str, whole: bool = False):
    key = os.environ["SIGNING_KEY"]
    print("signing", text)
    return {"digest": hashlib.sha256(key.encode()).hexdigest(), "echo": key if whole else ""}
"""


@dataclass(frozen=True)
class Run:
    """What a user did, and everything that was printed on the way."""

    folder: Path
    data_dir: Path
    said: str
    deployed: Any


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("secrets")
    # The machine's own keyring must not be touched.
    null_keyring = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    with pytest.MonkeyPatch.context() as patch, notebook_kernel(folder, **null_keyring) as kernel:
        patch.setenv(*next(iter(null_keyring.items())))
        use(kernel)
        user = User(folder / "faas")
        printed = [
            user.faas(*words)
            for words in (
                ("activations", "--json"),
                ("history", "sign", "--json"),
                ("diff", "sign", "--json"),
                ("show", "sign", "--json"),
                ("explain", "sign", "--json"),
                ("openapi",),
                ("secret", "list", "--json"),
                ("rollback", "sign", "--to", "0.0.1", "--json"),
                ("models", "--json"),
            )
        ]
        for done in printed:
            assert done.returncode == 0, done.stderr
        web = user.curl("web/guest/default/sign.json", {"text": "web"})
        records = user.curl("namespaces/_/activations?docs=true&limit=50")
        deployed = user.curl("namespaces/_/actions/sign")
        said = json.dumps([kernel.said, [[one.stdout, one.stderr] for one in printed]], default=str)
        said += json.dumps([web, records])
        assert web["digest"] == DIGEST
        yield Run(folder, folder / "faas", said, deployed)


def use(kernel: NotebookKernel) -> None:
    """Ask for the value, package, call here, deploy twice, invoke, replay and export."""
    kernel.run("%load_ext jupyter_faas\nimport os")
    asked = kernel.run("%faas secret set SIGNING_KEY", typed=VALUE)
    assert shown(asked).startswith(
        "Set SIGNING_KEY. Its value is in a private file in the data folder."
    )
    kernel.run(CELL)
    assert DIGEST in str(kernel.run("sign('b')").results[0])
    kernel.run("assert os.environ['SIGNING_KEY']")
    assert "Deployed sign 0.0.1" in shown(kernel.run("%faas deploy sign"))
    assert "Nothing to deploy" in shown(kernel.run("%faas deploy sign"))
    kernel.run(CELL.replace("print(", "print(1, "))
    for line in ("deploy sign", "invoke sign text=c", "diff sign", "replay sign", "history sign"):
        kernel.run(f"%faas {line}")
    kernel.run("run = sign.invoke('d')\nassert run.result['digest'], run\nrun")
    kernel.run("%faas export project")


def shown(cell: Cell) -> str:
    """What a cell printed, in its place or in that of a progress display."""
    return cell.stream + str(cell.displays)


def holding(folder: Path) -> set[str]:
    """The files below a folder that hold the value, plain or in one of its usual forms."""
    words = (VALUE, VALUE[::-1], VALUE.encode().hex())
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and any(word.encode() in path.read_bytes() for word in words)
    }


def test_the_value_is_stored_where_it_must_be_and_nowhere_else(run: Run) -> None:
    found = holding(run.folder)
    kept = "faas/secrets/SIGNING_KEY.json"
    database = {path for path in found if path.startswith("faas/playground/records.db")}
    assert found - database == {kept}
    for path in found:
        file = run.folder / path
        private = file.parent if path != kept else file
        assert not stat.S_IMODE(private.stat().st_mode) & 0o077, path


def test_in_the_playgrounds_database_it_is_in_the_action_alone(run: Run) -> None:
    with sqlite3.connect(run.data_dir / "playground" / "records.db") as database:
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        holders = {
            table
            for table in tables
            for row in database.execute(f'SELECT * FROM "{table}"')
            if any(
                VALUE.encode() in (cell if isinstance(cell, bytes) else str(cell).encode())
                for cell in row
            )
        }
    assert holders == {"actions"}


def test_no_output_log_or_record_shows_it(run: Run) -> None:
    assert "SIGNING_KEY" in run.said
    assert VALUE not in run.said


def test_the_action_has_it_as_an_environment_variable(run: Run) -> None:
    (bound,) = (one for one in run.deployed["parameters"] if one["key"] == "SIGNING_KEY")
    assert (bound["value"], bound["init"]) == (VALUE, True)
