"""The two threads that use the database, so that the event loop never waits for the disk."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from jupyter_faas.errors import PlaygroundError

P = ParamSpec("P")
T = TypeVar("T")


class DatabaseThreads:
    """A writer thread and a reader thread, one for each connection of the Database.

    ``write`` and ``read`` call a function in the thread and return its result. They raise
    PlaygroundError for an operational error of SQLite.
    """

    def __init__(self) -> None:
        self._writer = ThreadPoolExecutor(1, "store-write")
        self._reader = ThreadPoolExecutor(1, "store-read")

    async def write(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with database_errors():
            # Do not use ``run_in_executor``, which does not accept keyword arguments.
            return await asyncio.wrap_future(self._writer.submit(function, *args, **kwargs))

    async def read(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with database_errors():
            return await asyncio.wrap_future(self._reader.submit(function, *args, **kwargs))

    def close(self) -> None:
        """Wait for all running and queued calls, then end both threads."""
        self._writer.shutdown()
        self._reader.shutdown()


@contextmanager
def database_errors() -> Iterator[None]:
    """Convert an operational error of SQLite to a PlaygroundError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        # The usual cause is a full disk. Other errors of SQLite are not converted, because they
        # indicate a bug or a damaged file.
        raise PlaygroundError(
            f"The playground's database cannot be used: {error}.",
            hint="What was acknowledged is kept. Make room on the disk, and try again.",
        ) from error
