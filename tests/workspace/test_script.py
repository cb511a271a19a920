"""``composition("name", …)`` in a Python script, without IPython."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.playground import stop
from jupyter_faas.workspace.script import run_failed

ROOT = Path(__file__).parents[2]
SCRIPT = """\
import json, sys
from jupyter_faas.composer import composition
from jupyter_faas.composer import when

LEAST = 2

def is_many(params):
    return params["n"] > LEAST

flow = composition(
    "flows/many", when(is_many, lambda p: {"many": p["n"] + LEAST}, lambda p: {"error": "few"})
)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    stop(tmp_path / "faas")


def run(folder: Path, lines: str) -> subprocess.CompletedProcess[str]:
    path = folder / "script.py"
    path.write_text(SCRIPT + lines, "utf-8")
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_FAAS_DATA_DIR": str(folder / "faas")}
    return subprocess.run(
        [sys.executable, path], capture_output=True, text=True, env=environ, timeout=50
    )


def test_it_deploys_runs_and_tells_its_runs(folder: Path) -> None:
    done = run(
        folder,
        """
deployment = flow.deploy()
result = flow.invoke(n=5).result
runs = [(one.name, one.status) for one in flow.activations()]
again = flow.deploy()
json.dump([deployment.name, result, runs, again.unchanged, "IPython" in sys.modules], sys.stdout)
""",
    )
    assert done.returncode == 0, done.stderr
    name, result, runs, unchanged, has_ipython = json.loads(done.stdout)
    assert (name, result, unchanged, has_ipython) == ("flows/many", {"many": 7}, True, False)
    assert set(map(tuple, runs)) == {("flows/many", "success")}


def test_a_run_that_fails_raises_with_its_reason(folder: Path) -> None:
    done = run(folder, "flow.deploy()\nflow.invoke(n=1)\n")
    assert done.stderr.rstrip().endswith("ActivationFailed: flows/many failed: few")


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ({"error": "no picture\nat all"}, "flow failed: no picture"),
        ({"error": {"code": 3}}, "flow failed: application error"),
        (None, "flow failed: application error"),
    ],
)
def test_reason_of_a_failed_run(result: Any, says: str) -> None:
    record = {"name": "flow", "status": "application error", "result": result}
    assert run_failed(record).message == says
