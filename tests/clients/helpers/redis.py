"""A real redis-server, for the clients that keep something in one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clients.helpers.terminal import tool
from tests.ui.helpers.lab import free_port

_PATIENCE_S = 30
_TRIES = 3


@dataclass(frozen=True)
class Redis:
    """One that answers on the loopback address, to anybody on this machine, without a password."""

    port: int

    host = "127.0.0.1"

    @property
    def uri(self) -> str:
        return f"redis://{self.host}:{self.port}"

    def command(self, *words: str) -> bytes:
        """The answer, as the protocol has it (``+PONG``, ``:3``, ``*2…``)."""
        with socket.create_connection((self.host, self.port), timeout=_PATIENCE_S) as connection:
            connection.sendall(" ".join(words).encode() + b"\r\n")
            return connection.recv(65536)


@contextmanager
def redis_server(folder: Path) -> Iterator[Redis]:
    """A server that keeps nothing on disk, and ends with the block; it works in ``folder``."""
    command = _redis_command(folder)
    log = folder / "redis.log"
    for _ in range(_TRIES):  # Somebody else may take the port that was free.
        redis = Redis(free_port())
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    command,
                    *("--bind", redis.host, "--port", str(redis.port)),
                    *("--save", "", "--appendonly", "no", "--daemonize", "no"),
                ],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            if _answers(redis, process):
                yield redis
                return
        finally:
            process.terminate()
            process.wait(timeout=_PATIENCE_S)
    pytest.fail(f"redis-server does not start.\n{log.read_text('utf-8', 'replace')}")


def _redis_command(folder: Path) -> str:
    """``redis-server``, which Debian's package brings where it is missing and may be installed."""
    found = shutil.which("redis-server")
    if found is None:
        apt = shutil.which("apt-get")
        if apt is None or os.geteuid() != 0:
            pytest.fail(
                "There is no redis-server on the PATH, and only root can install Debian's: "
                "apt-get install redis-server",
                pytrace=False,
            )
        # A new machine knows no packages yet. The package would start a server of its own.
        tool(apt, "update", "-qq", cwd=folder)
        quiet = ("env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1")
        tool(*quiet, apt, "install", "-qq", "-y", "redis-server", cwd=folder)
        found = shutil.which("redis-server")
        assert found is not None, "Debian's redis-server brought no redis-server."
    return found


def _answers(redis: Redis, process: subprocess.Popen[bytes]) -> bool:
    """False when it has ended instead."""
    deadline = time.monotonic() + _PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if redis.command("PING").startswith(b"+PONG"):
                return process.poll() is None
        except OSError:
            time.sleep(0.02)
    return False
