"""The property-based tests with many examples each, others every time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = (
    "tests/contract/test_fuzz_routes.py",
    "tests/contract/test_fuzz_bodies.py",
    "tests/playground/runtimes/test_archive_fuzz.py",
    "tests/bundle/test_archive_fuzz.py",
)


def run_examples(examples: int) -> int:
    """Try so many for each test; give the exit code of pytest, which tells what was found."""
    command = [sys.executable, "-m", "pytest", "-q", "--timeout", "3600", "-p", "no:xdist", *TESTS]
    environ = {**os.environ, "JUPYTER_FAAS_FUZZ": str(examples)}
    root = Path(__file__).parents[2]
    return subprocess.run(command, env=environ, cwd=root, check=False).returncode
