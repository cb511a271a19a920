"""Start, find, stop and repair the playground of a data directory from another process."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import site
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.data_dir import ENDED, KEEP_SIGNAL, LEASED, DataDirectory
from jupyter_faas.playground.environments import register as register_environment
from jupyter_faas.playground.host_python import host_python, record_host_python

if TYPE_CHECKING:
    from jupyter_faas.playground.storage.recovery import Recovery

__all__ = [
    "PlaygroundInfo",
    "PlaygroundStop",
    "record_host_python",
    "register_environment",
    "repair",
    "start",
    "status",
    "stop",
]

# The shell starts the playground in the background and exits at once. The starting process is
# therefore not the parent, so a playground that ends does not leave a zombie in a notebook server.
_DETACH = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 &'


@dataclass(frozen=True)
class PlaygroundInfo:
    """A running playground.

    ``started_ms``: start time in epoch milliseconds.
    ``ca``: the PEM file that https clients must trust, or None if TLS is disabled.
    """

    apihost: str
    wskprops: Path
    pid: int
    port: int
    started_ms: int
    already_running: bool
    ca: Path | None = None

    @property
    def https(self) -> str | None:
        """The https URL of the API host, on the same port, or None if TLS is disabled."""
        return f"https://127.0.0.1:{self.port}" if self.ca else None


def start(
    data_dir: Path,
    *,
    port: int | None = None,
    tls: bool = False,
    rate_limits: bool = False,
    lease: int | None = None,
    wait_s: float = 60,
) -> PlaygroundInfo:
    """Start the playground of ``data_dir``, or return the running one.

    If ``port`` is given, it must be free. If not, the previous port, 3233 or any free port is used.
    ``tls`` also enables https; ``rate_limits`` enables OpenWhisk's default limits. The playground
    continues after this process and its terminal have ended, and logs to ``playground.log``.

    ``lease`` is the read end of a pipe, for a playground that is started before it is needed. The
    playground stops when the write end closes, unless it has been used before, or ``start`` has
    been called without ``lease``.

    Raises PlaygroundError, with the end of the log, when the playground ends at once or does not
    answer within ``wait_s``, which is long enough for a machine under load. Also raises
    PlaygroundError when ``tls`` is set and a playground without TLS is running, because a restart
    would end its running actions. Raises NotInstalled when no known environment has the
    playground's libraries, and InputError when there is no such ``port``.
    """
    if sys.platform == "win32":
        raise PlaygroundError(
            "The playground does not run on Windows.",
            hint="Run Jupyter in WSL, or choose a remote target with %faas target.",
        )
    if port is not None:
        # Imported here, because the module is otherwise needed only in the playground's process.
        from jupyter_faas.playground.options import check_port

        check_port(port)
    folder = DataDirectory(data_dir)
    folder.create()
    deadline = time.monotonic() + wait_s
    running = status(data_dir)
    options = [*_options(port, tls, rate_limits)]
    if running is not None and lease is None and folder.read_state().get(LEASED):
        running = _take_over(running, data_dir, anew=bool(options))
    if running is not None:
        return _require_tls(running, tls)
    python = host_python(folder)
    record_host_python(data_dir)
    # Created here, because the shell would create the log readable by other users.
    os.close(os.open(folder.log, os.O_WRONLY | os.O_CREAT, 0o600))
    log_start = folder.log.stat().st_size
    with _ready_pipe() as (read_end, write_end):
        try:
            _spawn(python, data_dir.absolute(), folder, options, write_end, lease)
        finally:
            # Only the playground may keep the write end open, so that the pipe closes when the
            # playground's process ends.
            os.close(write_end)
        started = _wait_until_ready(read_end, deadline)
    # Another process may start a playground at the same time. Only the playground that acquires the
    # lock continues, so the playground that answers may not be the one that was started above.
    while time.monotonic() < deadline:
        info = status(data_dir)
        if info is not None:
            return _require_tls(replace(info, already_running=not started), tls)
        if not started and folder.lock_holder() is None:
            break
        time.sleep(0.02)
    holder = folder.lock_holder()
    # If state.json is another process's, the playground has not come so far.
    if holder is not None and folder.read_state().get("pid") == holder:
        raise PlaygroundError(
            f"The playground (process {holder}) is running, but does not respond.",
            hint=f"It may be suspended or busy. To resume it: kill -CONT {holder}. To stop it "
            "and its runs: jupyter faas playground stop",
        )
    raise PlaygroundError(
        "The playground did not start.",
        hint=f"Its log, {folder.log}, ends with:\n{_tail(folder.log, log_start)}",
    )


def status(data_dir: Path) -> PlaygroundInfo | None:
    """Return the playground of ``data_dir`` if it is running and answers, else None.

    A program of another user on its port is not taken for it. Raises PlaygroundError if the
    directory belongs to another user, or if the playground is running on another machine.
    """
    folder = DataDirectory(data_dir)
    pid = folder.lock_holder()
    state = folder.read_state()
    # While a playground is starting, state.json still describes the previous process.
    if pid is None:
        return None
    port = int(state.get("port", 0))
    # A playground in another container may answer, if the containers share a network.
    answers = state.get("pid") == pid and _answers(folder, port)
    if not answers:
        folder.check_lock_is_local()
        return None
    return PlaygroundInfo(
        apihost=f"http://127.0.0.1:{port}",
        wskprops=folder.wskprops,
        pid=pid,
        port=port,
        started_ms=int(state["started"]),
        already_running=True,
        ca=folder.ca if state.get("tls") else None,
    )


class EndedRun(NamedTuple):
    """A run that was ended because the playground stopped. Its record says so."""

    name: str
    activation_id: str


@dataclass(frozen=True)
class PlaygroundStop:
    """A stop of the playground, and the runs that it ended, without those that are parts of one."""

    ended: tuple[EndedRun, ...] = ()


def stop(data_dir: Path, *, wait_s: float = 10) -> PlaygroundStop | None:
    """Stop the playground of ``data_dir``; return None if no playground is running.

    Sends SIGTERM, and SIGKILL after ``wait_s``. On return, the playground and all its workers have
    ended. Requests get 3 s to finish; then all runs are ended, and get records that say so. After a
    SIGKILL, the ended runs are not known. Acknowledged activations are kept. Raises PlaygroundError
    if the process does not end, or if it is running on another machine.
    """
    folder = DataDirectory(data_dir)
    pid = folder.lock_holder()
    if pid is None:
        return None
    folder.check_lock_is_local()
    with _end_of(pid) as wait_for_end:
        for number, patience_s in ((signal.SIGTERM, wait_s), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + patience_s
            while time.monotonic() < deadline:
                # Check the lock and not the pid. The kernel releases the lock when the process
                # ends, whereas the pid may soon belong to another process.
                if folder.lock_holder() != pid:
                    wait_for_end()
                    return _stop_of(folder, pid)
                time.sleep(0.01)
    raise PlaygroundError(f"The playground (process {pid}) did not stop.")


@contextlib.contextmanager
def _end_of(pid: int) -> Iterator[Callable[[], None]]:
    """Yield a function that waits until a process, which is about to end, has ended.

    A process releases its locks a moment before it ends. Only Linux tells its end by a descriptor,
    which unlike the pid never belongs to another process. Elsewhere the function does not wait.
    """
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):
        yield lambda: None
        return
    try:
        yield lambda: _wait_until_readable(descriptor, 5.0)
    finally:
        os.close(descriptor)


def _wait_until_readable(descriptor: int, seconds: float) -> None:
    # Unlike ``select.select``, ``poll`` also takes descriptors above 1023.
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    poll.poll(seconds * 1000)


def _stop_of(folder: DataDirectory, pid: int) -> PlaygroundStop:
    state = folder.read_state()
    # Another process may already have started the playground again.
    named = state.get(ENDED, ()) if state.get("pid") == pid else ()
    return PlaygroundStop(tuple(EndedRun(each["name"], each["id"]) for each in named))


def repair(data_dir: Path) -> Recovery:
    """Repair the database of ``data_dir`` and return what was recovered. Blocking.

    The damaged files are copied to a new folder in ``damaged/`` first. Raises PlaygroundError if
    the playground is running, has never been started, or if there is not enough disk space.
    """
    # Imported here, because every other function works without the database's modules.
    from jupyter_faas.playground.storage.backup import backups_of
    from jupyter_faas.playground.storage.recovery import recover

    folder = DataDirectory(data_dir)
    if not folder.records.exists():
        raise PlaygroundError(
            f"There is no database in {folder.root}.",
            hint="Name another data folder: --data-dir FOLDER",
        )
    # The lock also prevents a start during the repair.
    lock = folder.acquire_lock()
    if lock is None:
        folder.check_lock_is_local()
        raise PlaygroundError(
            "The playground is running.",
            hint="Stop it first, which also ends its runs: jupyter faas playground stop",
        )
    try:
        now = time.strftime("%Y-%m-%dT%H-%M-%S")
        return recover(folder.records, folder.damaged / now, backups_of(folder.records))
    finally:
        os.close(lock)


def _require_tls(info: PlaygroundInfo, tls: bool) -> PlaygroundInfo:
    if tls and info.ca is None:
        raise PlaygroundError(
            "The playground is already running, without TLS.",
            hint="Stop it first, which also ends its runs: %faas playground stop",
        )
    return info


def _take_over(info: PlaygroundInfo, data_dir: Path, *, anew: bool) -> PlaygroundInfo | None:
    """End the lease of a running playground and return ``info``.

    If ``anew``, stop the playground and return None, because it must be started again with other
    options. No action is lost, because a playground on a lease has not run any.
    """
    if anew:
        stop(data_dir)
        return None
    DataDirectory(data_dir).check_lock_is_local()
    with contextlib.suppress(ProcessLookupError):
        os.kill(info.pid, KEEP_SIGNAL)
    return info


def _options(port: int | None, tls: bool, rate_limits: bool) -> Iterator[str]:
    if port is not None:
        yield from ("--port", str(port))
    if tls:
        yield "--tls"
    if rate_limits:
        yield "--rate-limits"


def _spawn(
    python: str,
    data_dir: Path,
    folder: DataDirectory,
    options: list[str],
    write_end: int,
    lease: int | None,
) -> None:
    command = [python, "-m", "jupyter_faas.playground", "--data-dir", str(data_dir)]
    command += ["--ready-descriptor", str(write_end), *options]
    command += [] if lease is None else ["--lease-descriptor", str(lease)]
    # The playground runs in a new session, so that Ctrl-C in the terminal does not reach it. Its
    # working directory is its data directory, so that the current directory can be deleted or
    # unmounted.
    subprocess.run(
        ["/bin/sh", "-c", _DETACH, "sh", str(folder.log), *command],
        check=True,
        cwd=folder.root,
        env=_environment(),
        pass_fds=(write_end,) if lease is None else (write_end, lease),
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    """Return the environment of the playground's process.

    If this package is imported from a checkout and not installed, PYTHONPATH includes the checkout,
    because the playground runs in another working directory.
    """
    environment = dict(os.environ)
    root = str(Path(__file__).parents[2])
    if root not in [*site.getsitepackages(), site.getusersitepackages()]:
        known = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = f"{root}{os.pathsep}{known}" if known else root
    return environment


@contextlib.contextmanager
def _ready_pipe() -> Iterator[tuple[int, int]]:
    """Yield both ends of a pipe to which the playground writes once it listens.

    The pipe also closes if the playground ends, so a failed start is noticed at once.
    """
    read_end, write_end = os.pipe()
    try:
        yield read_end, write_end
    finally:
        os.close(read_end)


def _wait_until_ready(read_end: int, deadline: float) -> bool:
    """Return True once the playground listens, or False if it ends or ``deadline`` passes first."""
    readable, _, _ = select.select([read_end], [], [], max(0.0, deadline - time.monotonic()))
    return bool(readable) and os.read(read_end, 16) != b""


def _answers(folder: DataDirectory, port: int) -> bool:
    # Imported here, because the playground's own process imports this module but never calls this
    # function.
    import socket

    from jupyter_faas.playground_proof import Challenge

    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            Challenge(folder.key.read_text().strip(), port).put_to(connection)
    except OSError:
        return False
    return True


def _tail(log: Path, start: int, lines: int = 12) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(start, log.stat().st_size - 8192))
            text = file.read().decode(errors="replace")
    except OSError:
        return "(nothing)"
    return "\n".join(text.splitlines()[-lines:]) or "(nothing)"
