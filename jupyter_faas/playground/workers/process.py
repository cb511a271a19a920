"""Starting a worker's processes, and the pipes to them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import orjson

from jupyter_faas.playground.workers.logs import STDERR, STDOUT
from jupyter_faas.whisk.limits import MB


@dataclass(frozen=True)
class WorkerSpec:
    """How to start a worker. ``command`` runs the launcher; its three descriptors are appended.

    ``environment`` is the launcher's, ``init`` what the action finds besides it. ``data_bytes``
    is the limit of its data segment (0: none). ``program`` is what the launcher turns into, if
    that is not the worker for Python. ``runtime`` says what runs the action (``node v22.3.0``)
    where its kind names something else. ``waited_s``: how long its packages took, which counts as
    initialization. ``zygote``: what starts a process with the same ``environment`` that can fork
    such workers; empty where there is none. ``compiles``: the process compiles the action's code
    and ends; only what a zygote forks can.
    """

    command: tuple[str, ...]
    directory: Path
    main: str
    environment: Mapping[str, str]
    init: Mapping[str, str]
    data_bytes: int = 0
    cgroup: Path | None = None
    program: tuple[str, ...] = ()
    runtime: str = ""
    waited_s: float = 0.0
    zygote: tuple[str, ...] = ()
    compiles: bool = False

    def start_line(self) -> bytes:
        """What the launcher reads first."""
        start: dict[str, Any] = {
            "directory": str(self.directory),
            "main": self.main,
            "environment": dict(self.init),
            "data_bytes": self.data_bytes,
            "cgroup": str(self.cgroup) if self.cgroup else None,
            "command": list(self.program) or None,
            "compiles": self.compiles,
        }
        return orjson.dumps(start) + b"\n"


@dataclass(frozen=True)
class Pipes:
    """Our ends, none of which blocks.

    ``request`` goes in to the worker, ``reply`` and its logs come out. Closing ``control`` ends
    it; ``report`` closes when nothing of it is left.
    """

    request: int
    reply: int
    stdout: int
    stderr: int
    control: int
    report: int

    @cached_property
    def _log_poll(self) -> select.poll:
        poll = select.poll()
        poll.register(self.stdout, select.POLLIN)
        poll.register(self.stderr, select.POLLIN)
        return poll

    @property
    def all(self) -> tuple[int, ...]:
        return tuple(getattr(self, each.name) for each in fields(self))

    def has_logs(self) -> bool:
        """Whether anything of the logs has not been read: mostly there is nothing."""
        return bool(self._log_poll.poll(0))

    @property
    def logs(self) -> tuple[tuple[str, int], ...]:
        return (STDOUT, self.stdout), (STDERR, self.stderr)

    def close(self) -> None:
        for descriptor in self.all:
            os.close(descriptor)


@dataclass(frozen=True)
class ChildPipes:
    """The other ends, for the launcher and the worker. To be closed once those have them."""

    request: int
    reply: int
    stdout: int
    stderr: int
    control: int
    report: int

    def close(self) -> None:
        for descriptor in vars(self).values():
            os.close(descriptor)


def open_pipes() -> tuple[Pipes, ChildPipes]:
    # Pipes, not sockets: a socket reports an error when what was sent is never read, and uvloop
    # stops looking at it then.
    request_theirs, request = os.pipe()
    reply, reply_theirs = os.pipe()
    stdout, stdout_theirs = os.pipe()
    stderr, stderr_theirs = os.pipe()
    control_theirs, control = os.pipe()
    report, report_theirs = os.pipe()
    return (
        Pipes(request, reply, stdout, stderr, control, report),
        ChildPipes(
            request_theirs,
            reply_theirs,
            stdout_theirs,
            stderr_theirs,
            control_theirs,
            report_theirs,
        ),
    )


class LauncherProcess(Protocol):
    """A worker's launcher. ``inherited_bytes``: anonymous memory that it and its worker began
    with, and share with others."""

    @property
    def pid(self) -> int: ...

    @property
    def inherited_bytes(self) -> int: ...

    def kill(self) -> None:
        """While it has not closed its report."""

    def ended(self) -> None:
        """To be called when it has closed its report."""


@dataclass(frozen=True)
class SpawnedLauncher:
    """A launcher that is our own child."""

    process: subprocess.Popen[bytes]
    inherited_bytes: int = 0

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        self.process.kill()

    def ended(self) -> None:
        asyncio.get_running_loop().run_in_executor(None, self.process.wait)


def launch(spec: WorkerSpec) -> tuple[SpawnedLauncher, Pipes]:
    """Start a fresh interpreter. Blocking, for some milliseconds.

    Raises OSError when the interpreter cannot be started.
    """
    pipes, theirs = open_pipes()
    passed = (theirs.control, theirs.report, theirs.reply)
    try:
        process = subprocess.Popen(
            [*spec.command, *map(str, passed)],
            stdin=theirs.request,
            stdout=theirs.stdout,
            stderr=theirs.stderr,
            pass_fds=passed,
            env=dict(spec.environment),
            start_new_session=True,
        )
    except BaseException:
        pipes.close()
        raise
    finally:
        theirs.close()
    with contextlib.suppress(OSError):  # It has ended already; that will be seen.
        os.write(pipes.control, spec.start_line())
    for descriptor in pipes.all:
        os.set_blocking(descriptor, False)
    return SpawnedLauncher(process), pipes


def data_segment_limit(memory_mb: int) -> int:
    """Bytes of data segment for a memory limit in MB.

    The segment holds what was asked for, not what is used: an interpreter with numpy and
    onnxruntime asks for some 40 MB that it never touches, and every thread for 8 MB of stack.
    Hence the headroom; what is really used is watched, and held to the limit itself.
    """
    return (memory_mb + 512) * MB
