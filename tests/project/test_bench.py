"""Each section of ``./dev bench`` runs to its end, in a small form whose figures say nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.cli.conftest import ROOT
from tools.bench.__main__ import SECTIONS

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def printed() -> dict[str, list[str]]:
    """The lines of each section. One process runs all: to import what they use takes long."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tools.bench"],
        cwd=ROOT,
        env={**os.environ, "FAAS_BENCH_SMOKE": "1"},
        capture_output=True,
        text=True,
        timeout=890,
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
    sections = [part.strip("\n").split("\n") for part in done.stdout.split("\n\n")]
    return {title: lines for title, *lines in sections}


@pytest.mark.parametrize("section", SECTIONS)
def test_section_runs(section: str, printed: dict[str, list[str]]) -> None:
    assert any(line.strip() for line in printed[section])
    assert "no sample" not in "\n".join(printed[section])
