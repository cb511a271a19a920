"""The two threads that use the database, so that the event loop never waits for the disk."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from jupyter_faas.playground.storage.failures import use_error

P = ParamSpec("P")
T = TypeVar("T")


class DatabaseThreads:
    """A writer thread and a reader thread, one for each connection of the Database.

    ``write`` and ``read`` call a function in the thread and return its result. They raise
    PlaygroundError for an error of SQLite.
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
    """Convert an error of SQLite, such as a full disk or a damaged file, to a PlaygroundError."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        # These indicate a bug.
        raise
    except sqlite3.DatabaseError as error:
        raise use_error(error) from error
