"""The launcher of a worker: what to run (``WorkerSpec``), its six pipes and its process."""

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
from typing import Any, NamedTuple, Protocol

import orjson

from jupyter_faas.playground.workers.logs import STDERR, STDOUT
from jupyter_faas.whisk.limits import MB


class WorkerSpec(NamedTuple):
    """How to start a worker.

    ``command``: the command line of the launcher, without its three file descriptor arguments.
    ``environment``: the environment variables of the launcher.
    ``init``: additional environment variables for the action.
    ``data_bytes``: the data segment limit in bytes; 0 for no limit.
    ``program``: the command that the launcher executes; empty for the Python worker.
    ``runtime``: the runtime that runs the action (``node v22.3.0``) if it differs from the action's
    kind, otherwise empty.
    ``note``: a remark for the record of the run that starts the worker, or empty.
    ``waited_s``: how long installing packages took, which counts as initialization.
    ``zygote``: the command of a zygote that can fork this worker with the same ``environment``;
    empty if the worker cannot be forked.
    ``compiles``: whether the process only compiles the action's code, which requires a zygote.
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
    note: str = ""
    waited_s: float = 0.0
    zygote: tuple[str, ...] = ()
    compiles: bool = False

    def start_line(self) -> bytes:
        """Return the JSON line that configures the launcher (see ``shipped/workers/launcher.py``).

        The launcher reads it first, from the control pipe. A zygote's worker receives it instead.
        """
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
    """The playground's ends of a worker's pipes, all non-blocking.

    The playground writes to ``request`` and reads from ``reply``, ``stdout`` and ``stderr``.
    Closing ``control`` ends the worker. ``report`` closes when all processes of the worker have
    ended.
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
        """Return whether log output is available. One poll is cheaper than two reads."""
        return bool(self._log_poll.poll(0))

    @property
    def logs(self) -> tuple[tuple[str, int], ...]:
        """The log pipes in the order in which they are read when both have data.

        Python writes to stderr at once, but to stdout only when the run ends.
        """
        return (STDERR, self.stderr), (STDOUT, self.stdout)

    def close(self) -> None:
        for descriptor in self.all:
            os.close(descriptor)


class ChildPipes(NamedTuple):
    """The child ends of a worker's pipes, which the playground closes after the start."""

    request: int
    reply: int
    stdout: int
    stderr: int
    control: int
    report: int

    def close(self) -> None:
        for descriptor in self:
            os.close(descriptor)


def open_pipes() -> tuple[Pipes, ChildPipes]:
    """Create the six pipes of a worker."""
    # Sockets are unsuitable: if the peer closes a socket without reading all data, the socket
    # reports an error, and uvloop then stops watching it.
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
    """A worker's launcher, either spawned or forked from a zygote.

    ``inherited_bytes``: anonymous memory that the launcher and its worker share with the zygote.
    """

    @property
    def pid(self) -> int: ...

    @property
    def inherited_bytes(self) -> int: ...

    def kill(self) -> None:
        """Kill the launcher.

        Call this only while the report pipe is open. After that, the process id may belong to
        another process.
        """

    def ended(self) -> None:
        """Clean up after the launcher's end. Call this when the report pipe has closed."""


class SpawnedLauncher(NamedTuple):
    """A launcher that is a child process of the playground."""

    process: subprocess.Popen[bytes]
    inherited_bytes: int = 0

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        self.process.kill()

    def ended(self) -> None:
        # The pipe closes shortly before the process exits, so a thread waits for the exit and
        # reaps the process.
        asyncio.get_running_loop().run_in_executor(None, self.process.wait)


def launch(spec: WorkerSpec) -> tuple[SpawnedLauncher, Pipes]:
    """Start the launcher in a fresh interpreter, and return it with the playground's pipe ends.

    This function blocks for some milliseconds. It raises OSError if the interpreter cannot be
    started.
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
            # Ctrl-C in the playground's terminal must not reach workers. The separate session also
            # lets the OrphanReaper distinguish workers from the playground's other children.
            start_new_session=True,
        )
    except BaseException:
        pipes.close()
        raise
    finally:
        theirs.close()
    # If the launcher has already ended, the closed report pipe will show this.
    with contextlib.suppress(OSError):
        os.write(pipes.control, spec.start_line())
    for descriptor in pipes.all:
        os.set_blocking(descriptor, False)
    return SpawnedLauncher(process), pipes


def data_segment_limit(memory_mb: int) -> int:
    """Return the RLIMIT_DATA in bytes for a memory limit in MB.

    The kernel counts allocated memory, even if it is never used. An interpreter with numpy and
    onnxruntime allocates about 40 MB that it never touches, and each thread allocates 8 MB of
    stack. So the result includes 512 MB of headroom. The memory watchdog enforces the actual limit
    on the memory in use.
    """
    return (memory_mb + 512) * MB
