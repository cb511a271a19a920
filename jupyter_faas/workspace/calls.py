"""``ManyCalls``: ``map``, ``ainvoke`` and ``spawn`` of every handle of a function.

The handles of notebooks (``magics/handles.py``) and of ``faas.function(…)`` share this class, which
is below both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol


class Calls(Protocol):
    """What handles need: the operations of a notebook or of a script."""

    def run(self, name: str, params: Mapping[str, Any]) -> Any: ...

    def map(
        self,
        name: str,
        rows: object,
        *,
        concurrency: int | None,
        output: str | Path | None,
        retry: bool,
    ) -> Any: ...

    def spawn(self, name: str, params: Mapping[str, Any]) -> Any: ...


class ManyCalls:
    """Calls of a function other than one at a time. Subclasses say how, and with which name."""

    def _batch_calls(self) -> tuple[Calls, str]:
        """Return the operations, and the name of the action."""
        raise NotImplementedError

    def _call_parameters(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters of one call, as ``invoke`` sends them."""
        raise NotImplementedError

    def map(
        self,
        rows: object,
        *,
        concurrency: int | None = None,
        output: str | Path | None = None,
        retry: bool = False,
    ) -> Any:
        """Call the deployed function once per row, many at a time, and return all results.

        ``rows``: a data frame, a list or iterator of dictionaries, tuples or single values, or the
        path of a file (.csv, .jsonl, .json, .parquet). Its columns are the parameters, and are
        checked before the first call.
        ``concurrency``: the largest number of calls at a time, by default what the target allows.
        ``output``: a file for inputs and results: .csv, .jsonl or .parquet.
        ``retry``: True if the function may run twice for a row. Calls whose answer was lost are
        then repeated.

        The results have the order of the rows. ``as_frame()`` returns a data frame with the inputs,
        the results and a column ``error``. After an interrupt or a crash, the same call continues
        where it stopped.
        """
        calls, name = self._batch_calls()
        return calls.map(name, rows, concurrency=concurrency, output=output, retry=retry)

    def spawn(self, /, *args: Any, **kwargs: Any) -> Any:
        """Start the deployed function, and return a handle without waiting for the result.

        The handle has ``activation_id``, ``done()`` and ``result(timeout)``.
        """
        calls, name = self._batch_calls()
        return calls.spawn(name, self._call_parameters(args, kwargs))

    async def ainvoke(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run the deployed function once, as ``invoke`` does, while other coroutines go on.

        Raises ActivationFailed if the run fails.
        """
        calls, name = self._batch_calls()
        params = self._call_parameters(args, kwargs)
        loop = asyncio.get_running_loop()
        # With the current span, to which the call belongs.
        call = partial(copy_context().run, calls.run, name, params)
        return await loop.run_in_executor(_threads(), call)


@cache
def _threads() -> ThreadPoolExecutor:
    # The event loop's own executor has only a few threads on a small machine.
    return ThreadPoolExecutor(32, thread_name_prefix="ainvoke")
