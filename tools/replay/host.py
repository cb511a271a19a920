"""A playground in the configuration of the recordings.

As a program it is the process of that playground: ``python -m tools.replay.host OPTIONS…``.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from jupyter_faas.playground import options, server
from jupyter_faas.playground.data_dir import DataDirectory
from tests.ui.helpers.lab import free_port
from tools.replay.send import Sender

START_S = 60
MAX_MEMORY_MB = 512
MAX_CONCURRENCY = 1
# Invocations and fires per minute, and concurrent invocations, as the recorded server told them.
RATES = "999999,1000,999999"


@contextmanager
def playground(folder: Path) -> Iterator[Sender]:
    """Start the playground with its files in ``folder``; yield a sender for its own namespace.

    Raises RuntimeError if it does not start.
    """
    port = free_port()
    arguments = (
        "--data-dir",
        str(folder),
        "--port",
        str(port),
        "--rate-limits",
        RATES,
        "--open-web",
    )
    command = (sys.executable, "-m", "tools.replay.host", "--foreground", *arguments)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait(process, port, folder / "log")
        lines = DataDirectory(folder).wskprops.read_text().splitlines()
        props = dict(line.split("=", 1) for line in lines)
        yield Sender(f"http://127.0.0.1:{port}", props["AUTH"])
    finally:
        process.terminate()
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{port}/ping", timeout=START_S).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"The playground did not start:\n{log.read_text()}")


def run(arguments: list[str]) -> int:
    options.MAX_MEMORY_MB = MAX_MEMORY_MB
    options.MAX_CONCURRENCY = MAX_CONCURRENCY
    return server.main(arguments)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
