"""Each section of ``./dev bench`` runs to its end, in a small form whose figures say nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from tests.cli.conftest import ROOT
from tools.bench.__main__ import SECTIONS

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Run:
    """The lines of the sections that began, and what ended the run of all if something did."""

    sections: dict[str, list[str]]
    error: str


@pytest.fixture(scope="module")
def run() -> Run:
    """One process for all sections: to import what they use takes longer than most of them."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tools.bench"],
        cwd=ROOT,
        env={**os.environ, "FAAS_BENCH_SMOKE": "1"},
        capture_output=True,
        text=True,
        timeout=890,
    )
    parts = [part.strip("\n").split("\n") for part in done.stdout.split("\n\n")]
    error = done.stderr[-3000:] if done.returncode else ""
    return Run({title: lines for title, *lines in parts}, error)


@pytest.mark.parametrize("section", SECTIONS)
def test_section_runs(section: str, run: Run) -> None:
    assert section in run.sections, run.error
    assert not (run.error and section == list(run.sections)[-1]), run.error
    assert any(line.strip() for line in run.sections[section])
    assert "no sample" not in "\n".join(run.sections[section])
