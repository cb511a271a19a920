"""``jupyter faas map`` in a terminal: interrupted, and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.hosts.helpers.flaky import FlakyHost


def test_an_interrupted_command_continues_where_it_stopped(tmp_path: Path) -> None:
    host = FlakyHost(lambda n, attempt: "slow")
    rows, out = tmp_path / "rows.csv", tmp_path / "out.csv"
    rows.write_text("n\n" + "\n".join(map(str, range(300))) + "\n")
    command = [sys.executable, "-m", "jupyter_faas.cli", "--target", "flaky", "map", "double"]
    command += [str(rows), "--output", str(out), "--concurrency", "4"]
    environ = {**os.environ, "JUPYTER_FAAS_DATA_DIR": str(tmp_path)}
    with host.serve(tmp_path):
        with subprocess.Popen(
            command,
            env=environ,
            stderr=subprocess.PIPE,
            text=True,
            # A shell that runs the tests in the background leaves the signal ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as child:
            deadline = time.monotonic() + 60
            while len(host.ran) < 20 and time.monotonic() < deadline:
                time.sleep(0.01)
            child.send_signal(signal.SIGINT)
            _, said = child.communicate(timeout=60)
        assert child.returncode == 130
        assert "of 300 calls have been answered." in said
        assert "To continue, run the same command again." in said
        assert not out.exists()
        again = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120)
    assert again.returncode == 0, again.stderr
    assert "300 calls of double" in again.stdout
    assert " answered in an earlier run" in again.stdout
    assert len(out.read_text().splitlines()) == 301
    assert set(host.ran.values()) == {1}
