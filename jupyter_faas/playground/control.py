"""Start, find and stop the playground of a data folder, from another process."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import site
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.data_dir import KEEP_SIGNAL, LEASED, DataDirectory
from jupyter_faas.playground.runtimes.environments import register as register_environment

__all__ = ["PlaygroundInfo", "register_environment", "start", "status", "stop"]

# Detaches the playground: the shell exits at once, so the starting process is never its parent, and
# no zombie is left for a notebook server to reap.
_DETACH = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 &'


@dataclass(frozen=True)
class PlaygroundInfo:
    """A running playground. ``started_ms`` is epoch ms.

    ``ca`` is the PEM file that https clients must trust; None if it was started without TLS.
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
        """The API host for clients that require TLS, on the same port. None without TLS."""
        return f"https://127.0.0.1:{self.port}" if self.ca else None


def start(
    data_dir: Path,
    *,
    port: int | None = None,
    tls: bool = False,
    rate_limits: bool = False,
    lease: int | None = None,
    wait_s: float = 10,
) -> PlaygroundInfo:
    """Start the playground of ``data_dir``, or return the running one.

    ``port`` must be free when given; otherwise it is the last one, 3233, or any. ``tls`` enables
    https too, ``rate_limits`` OpenWhisk's default limits. The playground outlives this process and
    its terminal, and logs to ``playground.log``.

    ``lease`` is the read end of a pipe, for a start ahead of need: when the other end closes, the
    playground stops, unless it was used, or started without ``lease``, before that.
    Raises PlaygroundError, with the end of the log, when it does not answer within ``wait_s``;
    and for ``tls`` when one runs without it, as it may be running actions.
    """
    if sys.platform == "win32":
        raise PlaygroundError(
            "The playground does not run on Windows itself.",
            hint="Run Jupyter in WSL, or choose a remote target with %faas target.",
        )
    folder = DataDirectory(data_dir)
    folder.create()
    deadline = time.monotonic() + wait_s
    running = status(data_dir)
    options = [*_options(port, tls, rate_limits)]
    if running is not None and lease is None and folder.read_state().get(LEASED):
        running = _take_over(running, data_dir, anew=bool(options))
    if running is not None:
        return _require_tls(running, tls)
    # Create the log before the shell does, which would make it readable by others.
    os.close(os.open(folder.log, os.O_WRONLY | os.O_CREAT, 0o600))
    log_start = folder.log.stat().st_size
    with _ready_pipe() as (read_end, write_end):
        try:
            _spawn(data_dir.absolute(), folder, options, write_end, lease)
        finally:
            os.close(write_end)
        started = _wait_until_ready(read_end, deadline)
    # If another start was first, ours has ended and the other one is the playground.
    while time.monotonic() < deadline:
        info = status(data_dir)
        if info is not None:
            return _require_tls(replace(info, already_running=not started), tls)
        if not started and folder.lock_holder() is None:
            break
        time.sleep(0.02)
    raise PlaygroundError(
        "The playground did not start.",
        hint=f"Its log, {folder.log}, ends with:\n{_tail(folder.log, log_start)}",
    )


def status(data_dir: Path) -> PlaygroundInfo | None:
    """Return the playground of ``data_dir`` if one runs and answers."""
    folder = DataDirectory(data_dir)
    pid = folder.lock_holder()
    state = folder.read_state()
    # While a playground starts, the state is still that of the last one.
    if pid is None or state.get("pid") != pid:
        return None
    port = int(state["port"])
    if not _answers(port):
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


def stop(data_dir: Path, *, wait_s: float = 10) -> bool:
    """Stop the playground of ``data_dir``: SIGTERM, then SIGKILL. Return False when none runs.

    When this returns, it and all its workers have ended; acknowledged activations are kept.
    """
    folder = DataDirectory(data_dir)
    pid = folder.lock_holder()
    if pid is None:
        return False
    for number, patience_s in ((signal.SIGTERM, wait_s), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if folder.lock_holder() != pid:
                return True
            time.sleep(0.01)
    raise PlaygroundError(f"The playground (process {pid}) does not end.")


def _require_tls(info: PlaygroundInfo, tls: bool) -> PlaygroundInfo:
    if tls and info.ca is None:
        raise PlaygroundError(
            "The playground runs already, without TLS.",
            hint="Stop it first, which ends what it runs: %faas playground stop",
        )
    return info


def _take_over(info: PlaygroundInfo, data_dir: Path, *, anew: bool) -> PlaygroundInfo | None:
    """Take over a playground that was started ahead of need; None if it has to start again.

    With other options (``anew``) it is stopped: nothing was run in it yet.
    """
    if anew:
        stop(data_dir)
        return None
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
    data_dir: Path, folder: DataDirectory, options: list[str], write_end: int, lease: int | None
) -> None:
    command = [sys.executable, "-m", "jupyter_faas.playground", "--data-dir", str(data_dir)]
    command += ["--ready-descriptor", str(write_end), *options]
    command += [] if lease is None else ["--lease-descriptor", str(lease)]
    subprocess.run(
        ["/bin/sh", "-c", _DETACH, "sh", str(folder.log), *command],
        check=True,
        cwd=folder.root,
        env=_environment(),
        pass_fds=(write_end,) if lease is None else (write_end, lease),
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    """Return the environment, with PYTHONPATH to the package if it is not installed."""
    environment = dict(os.environ)
    root = str(Path(__file__).parents[2])
    if root not in [*site.getsitepackages(), site.getusersitepackages()]:
        known = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = f"{root}{os.pathsep}{known}" if known else root
    return environment


@contextlib.contextmanager
def _ready_pipe() -> Iterator[tuple[int, int]]:
    """A pipe to which the playground writes when it listens; it closes when the process ends."""
    read_end, write_end = os.pipe()
    try:
        yield read_end, write_end
    finally:
        os.close(read_end)


def _wait_until_ready(read_end: int, deadline: float) -> bool:
    """Return True once the playground listens, False when it ended or time is up."""
    readable, _, _ = select.select([read_end], [], [], max(0.0, deadline - time.monotonic()))
    return bool(readable) and os.read(read_end, 16) != b""


def _answers(port: int) -> bool:
    # Imported here because the playground's own process imports this module and never needs it.
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().read() == b"pong"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _tail(log: Path, start: int, lines: int = 12) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(start, log.stat().st_size - 8192))
            text = file.read().decode(errors="replace")
    except OSError:
        return "(nothing)"
    return "\n".join(text.splitlines()[-lines:]) or "(nothing)"
