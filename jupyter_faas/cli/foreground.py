"""Run the playground as a child process (``jupyter faas playground start --foreground``)."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_faas.cli import exit_codes as exits
from jupyter_faas.commands.table import Call, Outcome
from jupyter_faas.errors import InputError, PlaygroundError

if TYPE_CHECKING:
    from jupyter_faas.workspace import Workspace

# A normal start takes far less time than this, so only a hanging child reaches the limit.
_START_S = 30.0
_POLL_S = 0.05


def run_in_foreground(
    workspace: Workspace, call: Call, show: Callable[[Outcome, bool], None]
) -> int:
    """Start the playground, ``show`` its URL, and return the exit code when it has ended.

    Ctrl-C and SIGTERM end the playground. If a playground is already running, its URL is shown and
    the function returns at once. Raises InputError unless the call is ``playground start``, and
    PlaygroundError if the playground does not start.
    """
    arguments = call.arguments
    if arguments.action != "start":
        raise InputError("--foreground can be used only with playground start.")
    if workspace.playground.is_running:
        show(call.run(workspace), bool(arguments.json))
        return exits.OK
    command = [sys.executable, "-m", "jupyter_faas.playground"]
    command += ["--data-dir", str(workspace.data_dir)]
    if arguments.port is not None:
        from jupyter_faas.playground.options import check_port

        check_port(arguments.port)
        command += ["--port", str(arguments.port)]
    if arguments.rate_limits:
        command.append("--rate-limits")
    if arguments.tls:
        command.append("--tls")
    with subprocess.Popen(command) as child, _ended_by_signals(child):
        _wait_until_up(workspace, child)
        status = Namespace(action="status", port=None, rate_limits=False, tls=False)
        look = replace(call, arguments=status)
        show(look.run(workspace), bool(arguments.json))
        code = child.wait()
    # A negative code is the signal that ended the child. A user stops the playground with these two
    # signals.
    return exits.OK if code in (0, -signal.SIGTERM, -signal.SIGINT) else exits.TARGET


def _wait_until_up(workspace: Workspace, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while not workspace.playground.is_running:
        if child.poll() is not None or time.monotonic() > deadline:
            child.terminate()
            raise PlaygroundError("The playground did not start.", hint="See its output above.")
        time.sleep(_POLL_S)


@contextmanager
def _ended_by_signals(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the child on SIGINT and SIGTERM.

    SIGTERM reaches only this process, and so does Ctrl-C if the child has another process group.
    """

    def end(number: int, frame: object) -> None:
        child.terminate()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
