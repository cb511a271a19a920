"""The program without a target: words, help, errors, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_faas import __version__
from jupyter_faas.cli import main
from tests.cli.conftest import ROOT, Program

HEAVY = {"onnx", "onnxruntime", "sklearn", "skl2onnx", "pandas", "numpy", "requests", "nbclient"}


def test_help_names_the_verbs_and_the_exit_codes(faas: Program) -> None:
    done = faas("--help")
    assert done.code == 0
    assert "  deploy       Deploy functions of a notebook to the target." in done.out
    meaning = "the function, package, model, activation, trigger or rule does not exist"
    assert f"    4  {meaning}" in done.out
    assert done.error == ""


def test_no_words_show_the_help(faas: Program) -> None:
    assert faas().out == faas("--help").out


def test_help_imports_nothing_heavy() -> None:
    program = "import sys\nfrom jupyter_faas.cli import main\nmain(['--help'])\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    modules = done.stdout.splitlines()[-1].split()
    assert not HEAVY & {name.split(".")[0] for name in modules}
    assert "jupyter_faas.capture" not in modules


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"jupyter_faas {__version__}\n"


def test_words_that_do_not_fit(faas: Program) -> None:
    done = faas("activations", "--limit", "many")
    assert done.code == 2
    assert done.out == ""
    assert done.error.startswith(
        "Error: Argument --limit: must be a whole number, not 'many'.\nUsage: jupyter"
    )


def test_error_as_json_goes_to_stderr(faas: Program) -> None:
    done = faas("deplyo", "--json")
    assert done.code == 2
    assert done.out == ""
    error = json.loads(done.error)["error"]
    assert set(error) == {"code", "message", "hint"}
    assert error["code"] == "bad_input"
    assert error["hint"].startswith("Did you mean deploy?")


def test_list_with_the_playground_stopped(faas: Program) -> None:
    done = faas("activations")
    assert done.code == 3
    assert done.error == (
        "Error: The local playground is not running.\n"
        "Start it with: jupyter faas playground start\n"
    )


def test_playground_status_when_it_is_stopped(faas: Program) -> None:
    done = faas("playground", "status")
    assert (done.code, done.out) == (3, "The playground is not running.\n")


def test_playground_stop_when_it_is_stopped(faas: Program) -> None:
    done = faas("playground", "stop", "--json")
    assert (done.code, done.json) == (0, {"state": "stopped", "was_running": False, "ended": []})


@pytest.mark.parametrize("action", ["status", "stop"])
@pytest.mark.parametrize("option", [["--port", "4000"], ["--foreground"]])
def test_playground_option_that_goes_with_start_only(
    faas: Program, action: str, option: list[str]
) -> None:
    done = faas("playground", action, *option)
    assert done.code == 2
    assert f"{option[0]} can be used only with playground start" in done.err


def test_target_that_there_is_not(faas: Program) -> None:
    done = faas("target", "use", "lab")
    assert done.code == 3
    assert done.error.startswith("Error: Unknown target 'lab'.\n")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["target", "use"], "To list the names: jupyter faas target list"),
        (["target", "list", "x"], "To use one: jupyter faas target use NAME"),
    ],
)
def test_target_with_a_name_where_none_belongs(faas: Program, words: list[str], hint: str) -> None:
    done = faas(*words)
    assert done.code == 2
    assert hint in done.err


def test_lines_name_commands_as_a_terminal_needs_them(faas: Program) -> None:
    done = faas("secret", "list")
    assert "To store one: jupyter faas secret set NAME" in done.out


def test_targets_are_listed_and_the_used_one_is_marked(faas: Program) -> None:
    wskprops = Path(faas.environ["WSK_CONFIG_FILE"])
    wskprops.write_text("APIHOST=https://whisk.example\nAUTH=user:key\n", "utf-8")
    assert faas("target", "use", "wskprops").code == 0
    done = faas("target")
    marked = [line.split()[:2] for line in done.out.splitlines() if line.startswith("*")]
    assert marked == [["*", "wskprops"]]
    assert "whisk.example" in done.out
    assert "user:key" not in done.out
    assert faas("target", "--json").json["target"] == "wskprops"


def test_data_dir_option_wins_over_the_environment(faas: Program, tmp_path: Path) -> None:
    assert faas("target", "use", "playground", "--data-dir", tmp_path / "other").code == 0
    assert (tmp_path / "other" / "settings.json").exists()
    assert not faas.data_dir.exists()


def test_target_option_counts_for_one_call(faas: Program) -> None:
    Path(faas.environ["WSK_CONFIG_FILE"]).write_text(
        "APIHOST=http://127.0.0.1:9\nAUTH=user:key\n", "utf-8"
    )
    done = faas("--target", "wskprops", "activations")
    assert done.code == 3
    assert "127.0.0.1:9" in done.err
    assert faas("target", "--json").json["target"] == "playground"


@pytest.mark.parametrize("limit", ["0", "-3"])
def test_limit_that_is_too_small(faas: Program, limit: str) -> None:
    done = faas("activations", f"--limit={limit}")
    assert done.code == 2
    assert "--limit must be at least 1" in done.err


def test_params_json_that_is_none(faas: Program) -> None:
    done = faas("invoke", "iris", "--params-json", "[1]")
    assert done.code == 2
    assert done.error.startswith("Error: --params-json must be a JSON object.")


def test_bug_shows_a_traceback_and_has_a_code_of_its_own(faas: Program) -> None:
    # A workspace without its class is a bug that no input can cause.
    program = (
        "import sys, jupyter_faas.workspace as package; del package.Workspace; "
        "from jupyter_faas.cli.app import main; sys.exit(main())"
    )
    done = replace(faas, options=("-c", program))("playground")
    assert done.code == 70
    assert "Traceback" in done.err


def test_reader_that_goes_away(faas: Program) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as gone:
        done = subprocess.run(
            [*faas.command, "--help"],
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            env=faas.environ,
        )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("link", [False, True], ids=["file", "link to itself"])
def test_data_folder_that_cannot_be(faas: Program, tmp_path: Path, link: bool) -> None:
    path = tmp_path / "data"
    if link:
        path.symlink_to(path)
    else:
        path.write_text("in the way")
    done = faas("show", "iris", "--data-dir", path)
    assert done.code == 2
    assert done.err == f"Error: {path} cannot be used: File exists.\nChoose another path.\n"
