"""A kernel in an environment of its own, with another Python, set up by following the hints."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from jupyter_faas.installation import pip_arguments
from jupyter_faas.playground import record_host_python
from jupyter_faas.workspace.cleanroom.target_python import find_python
from tests.magics.helpers.kernels import NotebookKernel, notebook_kernel

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]

UV = (sys.executable, "-m", "uv")
AREA = """%%function area
def area(width: float):
    return {"area": width * width}"""
MODEL = """from sklearn.linear_model import LogisticRegression
model = LogisticRegression().fit([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0]], [0, 1, 1])"""
GUESS = """%%function guess --sample [[0.0,1.0]]
def guess(a: float, b: float):
    return {"class": int(model.predict([[a, b]])[0])}"""


def other_python() -> str:
    """An interpreter of another version than the one that runs this test, or this one's."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    versions = [f"3.{minor}" for minor in (13, 12, 10, 14) if f"3.{minor}" != own]
    return next(filter(None, map(find_python, versions)), sys.executable)


def shell(command: str) -> None:
    """Run a command as somebody would who copies it into a terminal; uv is on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env={**os.environ, "PATH": path}
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A uv environment with a kernel and nothing of ours."""
    folder = tmp_path_factory.mktemp("kernel") / "venv"
    subprocess.run([*UV, "venv", "--quiet", "--python", other_python(), folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([*UV, "pip", "install", "--quiet", "--python", python, "ipykernel"], check=True)
    return folder


@contextmanager
def kernel_of(
    environment: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[NotebookKernel]:
    """A kernel of the environment, whose folder a Jupyter server has used."""
    spec = folder / "kernels" / "kernels" / "python3"
    spec.mkdir(parents=True, exist_ok=True)
    argv = [str(environment / "bin" / "python"), "-m", "ipykernel_launcher", "-f"]
    (spec / "kernel.json").write_text(
        json.dumps(
            {"argv": [*argv, "{connection_file}"], "display_name": "k", "language": "python"}
        )
    )
    monkeypatch.setattr(KernelSpecManager, "ensure_native_kernel", False)
    monkeypatch.setenv("JUPYTER_PATH", str(folder / "kernels"))
    record_host_python(folder / "faas")
    with notebook_kernel(folder, PYTHONPATH="") as kernel:
        yield kernel


def installed(environment: Path) -> set[str]:
    found = (environment / "lib").glob("python3*/site-packages/*.dist-info")
    return {path.name.partition("-")[0].lower() for path in found}


def test_hints_lead_from_a_bare_kernel_to_a_deployed_model(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = environment / "bin" / "python"
    with kernel_of(environment, tmp_path, monkeypatch) as kernel:
        failed = kernel.run("%load_ext jupyter_faas", fails=True)
        assert "ModuleNotFoundError" in failed.traceback
    # The sidebar's command, for an environment without pip (installCommand in kernelpython.ts).
    shell(f"uv pip install --python {python} {pip_arguments()}")
    assert installed(environment).isdisjoint(
        ["jupyterlab", "jupyter_server", "numpy", "scikit_learn", "onnx", "starlette"]
    )
    assert len(installed(environment)) < 60

    # An editable installation is found by kernels that start after it.
    with kernel_of(environment, tmp_path, monkeypatch) as kernel:
        kernel.run("%load_ext jupyter_faas")
        (card,) = kernel.run(AREA).cards
        assert card["name"] == "area"
        # The playground runs in the environment that the server recorded, the action in this one.
        kernel.run("%faas deploy area")
        (run,) = kernel.run("area.invoke(width=3)").cards
        assert run["result"] == {"area": 9.0}

        shell(f"uv pip install --python {python} scikit-learn")
        kernel.run(MODEL)
        refused = kernel.run(GUESS, fails=True)
        assert "Converting the model 'model' needs onnx, onnxruntime" in refused.traceback
        command = re.search(r"Run in a terminal: (.+)", refused.traceback)
        assert command is not None
        shell(command[1])
        kernel.run(GUESS)
        kernel.run("%faas deploy guess")
        (run,) = kernel.run("guess.invoke(a=0.0, b=1.0)").cards
        assert run["result"] == {"class": 0}
        assert shutil.which("uv", path=str(environment / "bin")) is None
