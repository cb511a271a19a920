"""``jupyter faas deploy NOTEBOOK.ipynb``: notebooks that do not come through."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_faas.playground import status
from tests.cli.conftest import Program
from tests.cli.helpers import notebooks
from tests.client.helpers.server import closed_port


def test_failing_cell_deploys_nothing(faas: Program, tmp_path: Path) -> None:
    path = notebooks.write(tmp_path / "n.ipynb", notebooks.LOAD, notebooks.GREET, "1 / 0")
    done = faas("deploy", path)
    assert done.code == 1
    assert done.out == ""
    assert "Cell 3 of n.ipynb failed, so nothing was deployed or exported." in done.err
    assert ">   1 | 1 / 0" in done.err
    assert "ZeroDivisionError: division by zero" in done.err
    assert status(faas.data_dir) is None


def test_cell_that_cannot_be_packaged_shows_our_words(faas: Program, tmp_path: Path) -> None:
    cell = "%%function reader\ndef reader(): return {'text': file.read()}"
    path = notebooks.write(tmp_path / "n.ipynb", notebooks.LOAD, "file = open('n.ipynb')", cell)
    done = faas("deploy", path, "--json")
    assert done.code == 1
    error = json.loads(done.err[done.err.index("{") :])["error"]
    assert error["code"] == "notebook_failed"
    assert "CaptureError: " in error["message"]
    assert "file" in error["message"]


def test_notebook_that_does_not_load_the_extension(faas: Program, tmp_path: Path) -> None:
    done = faas("deploy", notebooks.write(tmp_path / "n.ipynb", notebooks.GREET))
    assert done.code == 1
    assert done.err.endswith("Add a cell with %load_ext jupyter_faas before this cell.\n")


@pytest.mark.parametrize("name", ["absent.ipynb", "."])
def test_file_that_is_no_notebook(faas: Program, name: str) -> None:
    done = faas("deploy", name)
    assert done.code == 2
    assert done.error.startswith(f"Error: Cannot read {name}: ")


def test_a_target_that_is_down_is_found_before_the_notebook_runs(
    faas: Program, tmp_path: Path
) -> None:
    away = replace(faas, environ={**faas.environ, "AWAY_AUTH": "a:key"})
    host = ("--apihost", f"http://127.0.0.1:{closed_port()}", "--auth-env", "AWAY_AUTH")
    assert away("target", "add", "away", *host).code == 0
    cell = f"open({str(tmp_path / 'ran')!r}, 'w').close()"
    path = notebooks.write(tmp_path / "n.ipynb", notebooks.LOAD, cell, notebooks.GREET)
    done = away("deploy", path, "--target", "away")
    assert done.code == 3
    assert "away is not reachable" in done.err
    assert not (tmp_path / "ran").exists()


def test_another_notebooks_function_wants_force_or_another_name(
    faas: Program, tmp_path: Path
) -> None:
    first = notebooks.write(tmp_path / "a.ipynb", notebooks.LOAD, notebooks.GREET)
    other = notebooks.GREET.replace("Hello", "Bye")
    second = notebooks.write(tmp_path / "b.ipynb", notebooks.LOAD, other)
    assert faas("deploy", first).code == 0
    refused = faas("deploy", second)
    assert refused.code == 2
    assert "greet on Local playground was deployed from a.ipynb by " in refused.err
    assert "add --package " in refused.err
    assert "jupyter faas deploy NOTEBOOK.ipynb --force" in refused.err


def test_the_recorded_target_is_used_without_a_flag(faas: Program, tmp_path: Path) -> None:
    away = replace(faas, environ={**faas.environ, "AWAY_AUTH": "a:key"})
    host = ("--apihost", f"http://127.0.0.1:{closed_port()}", "--auth-env", "AWAY_AUTH")
    assert away("target", "add", "away", *host).code == 0
    path = notebooks.write(tmp_path / "n.ipynb", notebooks.LOAD, notebooks.GREET)

    def record(target: str) -> None:
        written = json.loads(path.read_text())
        path.write_text(json.dumps({**written, "metadata": {"faas": {"target": target}}}))

    record("away")
    done = away("deploy", path)
    assert done.code == 3
    assert "away is not reachable" in done.err
    # A target that there is not is said before the notebook runs, and nothing goes elsewhere.
    record("moon")
    done = away("deploy", path)
    assert done.code == 3
    assert "n.ipynb uses the target 'moon', which is not configured on this machine." in done.err
    assert "jupyter faas target add moon" in done.err
    assert "--target NAME" in done.err
    assert "away is not reachable" in away("deploy", path, "--target", "away").err
    assert status(faas.data_dir) is None


def test_functions_in_packages(faas: Program, tmp_path: Path) -> None:
    def shout(word: str, options: str) -> str:
        return f"%%function shout {options}\ndef shout(): return {{'word': {word!r}}}"

    cells = (shout("a", "--package a"), shout("b", "--package b --web"), shout("plain", ""))
    path = notebooks.write(tmp_path / "n.ipynb", notebooks.LOAD, *cells)
    done = faas("deploy", path)
    assert done.code == 0, done.err
    assert [line.split()[1] for line in done.out.splitlines() if line.startswith("Deployed")] == [
        "a/shout",
        "b/shout",
        "shout",
    ]
    assert "/api/v1/web/guest/b/shout.json\n" in done.out
    assert faas("invoke", "a/shout", "--result").json == {"word": "a"}
    assert faas("invoke", "shout", "--result").json == {"word": "plain"}
    (run,) = faas("activations", "--name", "a/shout", "--json").json["activations"]
    assert run["name"] == "a/shout"
    assert faas("remove", "a/shout").out == "Removed a/shout.\n"
    assert faas("invoke", "b/shout", "--result").json == {"word": "b"}
    assert "There is no action 'a/shout'" in faas("invoke", "a/shout").err
    one = faas("deploy", path, "--function", "b/shout", "--json")
    assert [each["name"] for each in one.json["deployments"]] == ["b/shout"]


def test_a_package_that_answers_otherwise_deploys_nothing(faas: Program, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    fine = "%%function fine\ndef fine(): return {}"
    reader = (
        "%%function reader --test '{}'\nfrom pathlib import Path\n"
        # Packaging refuses a path that the code spells out, so this one is put together.
        f"def reader(): return {{'text': Path(''.join([{str(tmp_path / 'notes')!r}, '.txt']))"
        ".read_text()}"
    )
    path = notebooks.write(tmp_path / "n.ipynb", notebooks.LOAD, fine, reader)
    done = faas("deploy", path)
    assert done.code == 1
    assert done.out == ""
    assert "which is not in the package." in done.err
    assert 'Notebook  {"text": "hello"}\nPackage   {"error": ' in done.err
    assert status(faas.data_dir) is None


def test_an_expectation_that_does_not_hold_deploys_nothing(faas: Program, tmp_path: Path) -> None:
    cell = "%%function f --test '{}' --expect '{\"n\": 2}'\ndef f(): return {'n': 1}"
    done = faas("deploy", notebooks.write(tmp_path / "n.ipynb", notebooks.LOAD, cell))
    assert done.code == 1
    assert "f does not return the result that --expect states: n is 1, not 2." in done.err
    assert 'Expected  {"n": 2}\n' in done.err


def test_interrupt_leaves_no_kernel(faas: Program, tmp_path: Path) -> None:
    mark = tmp_path / "running"
    cell = f"from pathlib import Path\nPath({str(mark)!r}).touch()\nimport time\ntime.sleep(600)"
    command = [*faas.command, "deploy", str(notebooks.write(tmp_path / "n.ipynb", cell))]
    with subprocess.Popen(
        command,
        env=faas.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job, which we may be, heeds none.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        deadline = time.monotonic() + 30
        while not mark.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert err.endswith("Interrupted.\n")
    assert "Traceback" not in err
