"""The two threads that use the database, so that the event loop never waits for a disk."""

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
    """One thread that writes and one that reads, as a Database has one connection for each.

    ``write`` and ``read`` raise PlaygroundError when the database fails.
    """

    def __init__(self) -> None:
        self._writer = ThreadPoolExecutor(1, "store-write")
        self._reader = ThreadPoolExecutor(1, "store-read")

    async def write(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with database_errors():
            # Not ``run_in_executor``, which takes no keyword arguments.
            return await asyncio.wrap_future(self._writer.submit(function, *args, **kwargs))

    async def read(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with database_errors():
            return await asyncio.wrap_future(self._reader.submit(function, *args, **kwargs))

    def close(self) -> None:
        """Wait for the calls that are running or queued, then end both threads."""
        self._writer.shutdown()
        self._reader.shutdown()


@contextmanager
def database_errors() -> Iterator[None]:
    """Translate an operational error of SQLite to PlaygroundError; nothing was changed then."""
    try:
        yield
    except sqlite3.OperationalError as error:
        # Mostly the disk is full. Other errors of SQLite are not translated: they point to a bug or
        # to a damaged file.
        raise PlaygroundError(
            f"The playground's database cannot be used: {error}.",
            hint="What was acknowledged is kept. Make room on the disk, and try again.",
        ) from error
