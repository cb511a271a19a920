"""A runner for blocking workspace calls, in threads outside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, TypeVar

from jupyter_faas.errors import machine_errors

if TYPE_CHECKING:
    from jupyter_faas.workspace import Workspace

T = TypeVar("T")
SETTING = "jupyter_faas_runner"


class WorkspaceRunner:
    """A runner with a workspace for each target that notebooks record, and one for the default.

    The first call for a target opens its workspace. Each call has a new thread.

    Invocations may take minutes, so in a thread pool they could block the sidebar's requests. The
    threads are daemons, so that they do not delay the shutdown of the server.
    """

    def __init__(self, data_dir: Path | None) -> None:
        self._data_dir = data_dir
        self._workspaces: dict[str | None, Workspace] = {}
        self._opening = Lock()

    async def run(self, work: Callable[[Workspace], T], target: str | None = None) -> T:
        """Run ``work(workspace)`` in a new thread, and return its result or raise its error.

        ``target`` is the name that a notebook records. None is the default target.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def call() -> None:
            try:
                with machine_errors():
                    result = work(self._opened(target))
            except BaseException as error:  # The error is raised again where the result is awaited.
                deliver(partial(done.set_exception, error))
            else:
                deliver(partial(done.set_result, result))

        def deliver(settle: Callable[[], None]) -> None:
            try:
                # A future may be set only in its own event loop. If the client has disconnected,
                # the future is already done.
                loop.call_soon_threadsafe(lambda: None if done.done() else settle())
            except RuntimeError:
                # If the server ended while the call was running, the result is no longer needed.
                if not loop.is_closed():
                    raise

        Thread(target=call, name="jupyter_faas", daemon=True).start()
        return await done

    def _opened(self, target: str | None) -> Workspace:
        from jupyter_faas.workspace import Workspace

        # The lock is needed because the first requests of the sidebar arrive at the same time.
        with self._opening:
            if target not in self._workspaces:
                opened = (
                    Workspace.open(data_dir=self._data_dir)
                    if target is None
                    else Workspace.of_notebook(target, self._data_dir)
                )
                if target is not None and target not in opened.target_registry.names():
                    # Names that do not exist must not fill the memory.
                    return opened
                if not self._workspaces:
                    opened.playground.record_python()
                self._workspaces[target] = opened
            return self._workspaces[target]
