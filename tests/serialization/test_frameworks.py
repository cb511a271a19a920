"""Frameworks too large for every environment, in one of their own that later runs find again."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.clients.helpers.cache import installed
from tests.clients.helpers.terminal import tool

ROOT = Path(__file__).parents[2]
# With protobuf 7, which onnxscript would bring, skl2onnx converts less.
TORCH = ("torch", "keras", "onnxscript", "protobuf<7")


def environment_with(name: str, *requirements: str) -> Path:
    """The interpreter of an environment that also sees all that this one has."""

    def install(folder: Path) -> None:
        tool(sys.executable, "-m", "venv", folder, cwd=folder.parent)
        # pip, not uv: which builds of torch there are is pip's configuration.
        pip = (folder / "bin" / "python", "-m", "pip", "install", "-q")
        tool(*pip, *requirements, cwd=folder, patience_s=900)
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "besides.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")

    contents = "\n".join((sys.version, sysconfig.get_path("purelib"), *requirements))
    return installed(name, contents, install) / "bin" / "python"


@pytest.mark.heavy
@pytest.mark.timeout(1200)
def test_networks_where_their_frameworks_are_installed() -> None:
    python = environment_with("torch", *TORCH)
    files = [f"tests/serialization/networks/test_{name}.py" for name in ("torch", "keras")]
    environment = {**os.environ, "JUPYTER_FAAS_PLAIN_PYTHON": sys.executable}
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout
