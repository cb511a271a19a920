"""``jupyter faas compose``: compositions in files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.playground import status
from tests.cli.conftest import Done, Program, program, stop_playground
from tests.cli.helpers import notebooks

FLOW = """\
from jupyter_faas.composer import retry
from jupyter_faas.composer import sequence
from jupyter_faas.composer import when

LEAST = 2

def is_often(params):
    return params["greeting"].count("Hello") >= LEAST

often = when(is_often, lambda p: {"often": p["greeting"]}, retry(2, "greet"))
composition = sequence("greet", often)
"""
COMPOSITION = """\
%%composition polite --memory 128
LEAST = 2
sequence('greet', when(lambda p: len(p["greeting"]) > LEAST, "say"))
"""
OUTLINE = """\
sequence
├─ greet
└─ when
   ├─ test: def is_often(params): …
   ├─ then: lambda p: {"often": p["greeting"]}
   └─ else: retry, at most 2 times
      └─ greet

Calls greet.
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_preview_of_a_python_file_asks_no_target(faas: Program, tmp_path: Path) -> None:
    done = faas("compose", write(tmp_path, "flow.py", FLOW))
    assert (done.code, done.out) == (0, OUTLINE)
    assert status(faas.data_dir) is None


def test_preview_of_npms_json(faas: Program, tmp_path: Path) -> None:
    tree = {
        "type": "sequence",
        "components": [
            {"type": "action", "name": "/_/greet"},
            {
                "type": "function",
                "function": {"exec": {"kind": "nodejs:default", "code": "p => ({ n: p.n + 1 })"}},
            },
        ],
    }
    made = {"composition": tree, "ast": tree, "version": "0.12.0"}
    done = faas("compose", write(tmp_path, "flow.json", json.dumps(made)), "--json")
    assert done.json == {
        "file": "flow.json",
        "graph": tree,
        "actions": ["greet"],
        "functions": 0,
        "least_calls": 1,
    }


def test_file_that_fails(faas: Program, tmp_path: Path) -> None:
    done = faas("compose", write(tmp_path, "flow.py", "1 / 0"))
    assert done.code == 2
    assert "flow.py, line 1: ZeroDivisionError: division by zero\n" in done.err
    assert "Traceback" not in done.err


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program after a notebook with a composition was deployed."""
    found = program(tmp_path_factory.mktemp("compose"))
    notebooks.write(
        found.data_dir.parent / "n.ipynb",
        notebooks.LOAD,
        COMPOSITION,
        notebooks.GREET,
        "%%function say\ndef say(greeting: str): return {'said': greeting}",
        "%%function other\ndef other(): return {}",
        "polite.deploy()\nrun = polite.invoke(name='x')",
    )
    yield found
    stop_playground(found.data_dir)


def names(done: Done) -> list[str]:
    return [line.split()[1] for line in done.out.splitlines() if line.startswith("Deployed")]


def test_what_a_composition_calls_is_deployed_with_it_and_first(deployed: Program) -> None:
    path = deployed.data_dir.parent / "n.ipynb"
    one = deployed("deploy", path, "--function", "polite")
    assert one.code == 0, one.err
    assert names(one) == ["greet", "say", "polite"]
    run = deployed("invoke", "polite", "name=Ada", "--result")
    assert run.json == {"said": "Hello Ada"}

    # What is there already stays as it is, unless it is asked for.
    assert "Deploying greet" not in deployed("deploy", path, "--function", "polite").err
    assert names(deployed("deploy", path)) == ["other"]


def test_a_file_is_deployed_under_a_name(deployed: Program, tmp_path: Path) -> None:
    done = deployed(
        "compose", write(tmp_path, "flow.py", FLOW), "--deploy", "flows/often", "--json"
    )
    assert done.json["name"] == "flows/often"
    assert "warning" not in done.json
    run = deployed("invoke", "flows/often", "name=Ada", "times=2", "--result")
    assert run.json == {"often": "Hello Ada, Hello Ada"}


def test_what_a_file_calls_and_nobody_deployed_is_warned_of(
    deployed: Program, tmp_path: Path
) -> None:
    tree = {"type": "action", "name": "/_/nobody"}
    done = deployed("compose", write(tmp_path, "f.json", json.dumps(tree)), "--deploy", "calls")
    assert "nobody (at root) is not on Local playground" in done.out


def test_a_name_that_no_target_takes(faas: Program, tmp_path: Path) -> None:
    done = faas("compose", write(tmp_path, "flow.py", FLOW), "--deploy", "a/b/c")
    assert done.code == 2
    assert "Traceback" not in done.err
