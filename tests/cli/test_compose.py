"""``jupyter faas compose``: compositions in files."""

from __future__ import annotations

import json
from pathlib import Path

from jupyter_faas.playground import status
from tests.cli.conftest import Program

FLOW = """\
from jupyter_faas.composer import retry, sequence, when

LEAST = 2

def is_often(params):
    return params["times"] >= LEAST

composition = sequence("greet", when(is_often, lambda p: {"often": p["greeting"]}, retry(2, "greet")))
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
