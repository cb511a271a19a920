"""The script ``dev``: what it makes of a test that fails."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]

FLAKY = """
from pathlib import Path

def test_flaky():
    seen = Path(__file__).with_name("seen")
    if not seen.exists():
        seen.touch()
        assert False
"""
BROKEN = """
def test_broken():
    assert False
"""
MANY = """
import pytest

@pytest.mark.parametrize("number", range(4))
def test_broken(number):
    assert False
"""


def heavy_tests(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    """Run ``./dev test --heavy`` on one file with this source."""
    test = folder / "test_it.py"
    test.write_text(source, encoding="utf-8")
    ours = ["-c", "pyproject.toml", "-o", f"cache_dir={folder / 'cache'}"]
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    return subprocess.run(
        ["./dev", "test", "--heavy", str(test), *ours],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_a_test_that_failed_by_chance_passes_when_it_is_repeated(tmp_path: Path) -> None:
    done = heavy_tests(tmp_path, FLAKY)
    assert done.returncode == 0, done.stdout
    assert "FAILED" in done.stdout
    assert "PASSED" in done.stdout
    assert "repeating what failed" in done.stderr


def test_a_test_that_fails_again_fails(tmp_path: Path) -> None:
    done = heavy_tests(tmp_path, BROKEN)
    assert done.returncode == 1
    assert "repeating what failed" in done.stderr


def test_many_failures_are_not_repeated(tmp_path: Path) -> None:
    done = heavy_tests(tmp_path, MANY)
    assert done.returncode == 1
    assert "repeating" not in done.stderr
