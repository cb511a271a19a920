"""A playground of a test's own, with its own environment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jupyter_faas.playground import PlaygroundInfo, start, status, stop
from tests.contract.helpers.api import Api, Target
from tests.playground.helpers.loop import wait_until


class Private:
    """``api`` talks to it, ``log`` is what it has written."""

    def __init__(self, info: PlaygroundInfo) -> None:
        self.info = info
        self.folder = info.wskprops.parent
        lines = info.wskprops.read_text().splitlines()
        (auth,) = (line.removeprefix("AUTH=") for line in lines if line.startswith("AUTH="))
        self.api = Api(Target(info.apihost, auth, True))

    @property
    def log(self) -> str:
        return (self.folder / "playground.log").read_text()


@contextmanager
def private(data_dir: Path, **environ: str) -> Iterator[Private]:
    """Starts with ``environ`` besides our own environment, and ends."""
    with pytest.MonkeyPatch.context() as patch:
        for key, value in environ.items():
            patch.setenv(key, value)
        info = start(data_dir, port=0, wait_s=30)
    try:
        found = Private(info)
        yield found
        found.api.session.close()
    finally:
        stop(data_dir)


@contextmanager
def with_options(data_dir: Path, *options: str) -> Iterator[Private]:
    """The same with options of the command line."""
    command = [sys.executable, "-m", "jupyter_faas.playground", "--data-dir", str(data_dir)]
    log = data_dir / "terminal"
    with (
        log.open("wb") as file,
        subprocess.Popen(
            [*command, "--port", "0", "--foreground", *options], stdout=file, stderr=file
        ) as process,
    ):
        try:
            wait_until(lambda: status(data_dir) is not None, patience_s=30)
            info = status(data_dir)
            assert info is not None
            found = Private(info)
            yield found
            found.api.session.close()
        finally:
            process.terminate()
            process.wait(20)
