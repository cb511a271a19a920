"""The wheel of this checkout in an environment that is kept, with other versions of its needs."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
UNREACHABLE = re.compile(r"error sending request|dns error|failed to fetch|connect", re.IGNORECASE)


def install(python: Path, *requirements: str, extra: str = "lab") -> None:
    """Install this checkout with an extra and other requirements into the environment of `python`.

    Only the wheel is installed again if the environment already satisfies the requirements. Skips
    the test if the package index cannot be reached.
    """
    with tempfile.TemporaryDirectory() as folder:
        _uv("build", "--wheel", "--out-dir", folder, ROOT)
        (wheel,) = Path(folder).glob("*.whl")
        wanted = (f"jupyter_faas[{extra}] @ {wheel.as_uri()}", *requirements)
        _uv("pip", "install", "--python", python, "--reinstall-package", "jupyter_faas", *wanted)


def _uv(*words: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "uv", *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    if done.returncode and UNREACHABLE.search(done.stderr):
        pytest.skip("the package index cannot be reached, and the environment is not complete")
    assert done.returncode == 0, done.stderr[-3000:]
