"""LocalPlayground: the playground of a data directory, which is started, stopped and checked here.

Methods import ``jupyter_faas.playground`` when they are called, because it cannot be imported on
Windows, and because most processes never start a playground.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_faas.workspace.results import Progress, silent
from jupyter_faas.workspace.settings import PLAYGROUND
from jupyter_faas.workspace.targets.connection import Connect
from jupyter_faas.workspace.targets.targets import Targets

if TYPE_CHECKING:
    from jupyter_faas.playground import PlaygroundInfo, PlaygroundStop
    from jupyter_faas.workspace.targets.autostart import PlaygroundAutostart


class LocalPlayground:
    """The playground of one data directory, even if another target is current.

    ``connect`` connects to the current target, and starts the playground if it is that target.
    """

    def __init__(self, data_dir: Path, targets: Targets, connect: Connect) -> None:
        self._data_dir = data_dir
        self._targets = targets
        self._connect = connect

    @property
    def is_running(self) -> bool:
        """Whether the playground is running."""
        return self._targets.playground_runs()

    def start(
        self, *, port: int | None = None, tls: bool = False, rate_limits: bool = False
    ) -> PlaygroundInfo:
        """Start the playground unless it is running, and return information about it.

        Raises PlaygroundError.
        """
        from jupyter_faas.playground import start

        # A playground that is starting in the background must not compete for the port.
        self._autostart.wait()
        return start(self._data_dir, port=port, tls=tls, rate_limits=rate_limits)

    def prestart(self, *, wait: bool = False) -> None:
        """Start the playground in the background if it is the current target.

        With ``wait``, this method returns only after the playground has been started and checked.
        On Windows, where the playground is not supported, it does nothing.
        """
        if os.name != "posix" or self._targets.current() != PLAYGROUND:
            return
        self._autostart.begin()
        if wait:
            self._autostart.wait()
            self._targets.checked_state()

    def wake(self, progress: Progress = silent) -> None:
        """Start the playground if it is the current target and stopped, so that it can be read.

        A playground that has never been started has no records, so it is not started.
        """
        target = self._targets.state(self._targets.current())
        # The host is known from the ``wskprops`` file, which the first start writes.
        if target.state == "stopped" and target.apihost:
            self._connect(start=True, progress=progress)

    def stop(self) -> PlaygroundStop | None:
        """Stop the playground. Return the runs that were ended, or None if it was not running."""
        from jupyter_faas.playground import stop

        return stop(self._data_dir)

    def record_python(self) -> None:
        """Let kernels whose environments lack the playground's libraries use this interpreter."""
        if os.name == "posix":
            from jupyter_faas.playground import record_host_python

            record_host_python(self._data_dir)

    def close(self) -> None:
        """Let a playground stop that was started in the background and has not been used."""
        self._autostart.close()

    @cached_property
    def _autostart(self) -> PlaygroundAutostart:
        from jupyter_faas.workspace.targets.autostart import PlaygroundAutostart

        def is_running() -> bool:
            from jupyter_faas.playground import status

            return status(self._data_dir) is not None

        def start(lease: int) -> None:
            from jupyter_faas.playground import start

            start(self._data_dir, lease=lease)

        return PlaygroundAutostart(is_running, start)
