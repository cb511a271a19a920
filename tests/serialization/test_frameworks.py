"""Frameworks too large for every environment, in one of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serialization.helpers.frameworks import TORCH, environment_with

ROOT = Path(__file__).parents[2]


@pytest.mark.heavy
@pytest.mark.timeout(1200)
def test_networks_where_their_frameworks_are_installed(tmp_path: Path) -> None:
    python = environment_with("torch", *TORCH)
    files = [f"tests/serialization/networks/test_{name}.py" for name in ("torch", "keras")]
    environment = {**os.environ, "JUPYTER_FAAS_PLAIN_PYTHON": sys.executable}
    done = subprocess.run(
        # With a cache of its own: ./dev test reads from the other which tests failed.
        [python, "-m", "pytest", "-q", "-o", f"cache_dir={tmp_path}", *files],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout
