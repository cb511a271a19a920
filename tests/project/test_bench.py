"""Each section of ``./dev bench`` runs to its end, in a small form whose figures say nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.cli.conftest import ROOT
from tools.bench.__main__ import SECTIONS


@pytest.mark.heavy
@pytest.mark.timeout(300)
@pytest.mark.parametrize("section", SECTIONS)
def test_section_runs(section: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tools.bench", section],
        cwd=ROOT,
        env={**os.environ, "FAAS_BENCH_SMOKE": "1"},
        capture_output=True,
        text=True,
        timeout=290,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert len(done.stdout.splitlines()) > 2
    assert "no sample" not in done.stdout
