"""SIGKILL at random moments under load: what was acknowledged is there, once and whole."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tools.soak.kill import run_rounds

# The long form is ./dev soak kill.
ROUNDS = 10


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes that are left")
@pytest.mark.timeout(600)
def test_acknowledged_is_kept(tmp_path: Path) -> None:
    seed = int(os.environ.get("JUPYTER_FAAS_KILL_SEED", "20261126"))
    *_, tally = run_rounds(tmp_path, ROUNDS, seed)
    assert tally.rounds == ROUNDS
    # Else it was no load.
    assert tally.acknowledged > 10 * ROUNDS
    assert tally.activations > 0
