"""A playground of one's own, as a client needs to know it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jupyter_faas.playground import start, stop


@dataclass(frozen=True)
class Target:
    """``apihost`` has its scheme; ``auth`` is ``uuid:key``; ``wskprops`` is a file of both."""

    apihost: str
    auth: str
    wskprops: Path
    data_dir: Path

    @property
    def host(self) -> str:
        """``127.0.0.1:3233``"""
        return self.apihost.partition("://")[2]


@contextmanager
def own_playground(data_dir: Path) -> Iterator[Target]:
    """A playground on a free port, which ends with the block."""
    info = start(data_dir, port=0, wait_s=60)
    try:
        (auth,) = (
            line.removeprefix("AUTH=")
            for line in info.wskprops.read_text("utf-8").splitlines()
            if line.startswith("AUTH=")
        )
        yield Target(info.apihost, auth, info.wskprops, data_dir)
    finally:
        stop(data_dir)
