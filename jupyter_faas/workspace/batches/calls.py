"""``Caller``: one call of a batch, repeated where that is safe, until it has an answer.

What a failed request means (``_Meaning``):

- the host did not run it, because there was no connection, or it answered 429 or 503: the call is
  repeated after a pause, until the host has accepted no call at all for a while;
- it may have run, because the connection broke, the answer did not come in time, or a proxy or the
  host answered 500, 502 or 504: the call is repeated only if the user said that this is harmless
  (``retry``), and otherwise its row says so;
- the host refuses this input (400, 413): the row says why;
- the host refuses every call (401, 403, 404): the batch ends.

A run that has not ended when the host stops waiting is asked for by its activation id, and is never
called again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from jupyter_faas.errors import (
    ActivationNotFound,
    ActivationTimedOut,
    FaasError,
    InputError,
    RequestNotSent,
    TargetError,
    TargetRefused,
)
from jupyter_faas.whisk import Activation
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.workspace.activations import count_run, pauses_for_record
from jupyter_faas.workspace.batches.results import Answer
from jupyter_faas.workspace.failures import failure_of

if TYPE_CHECKING:
    from jupyter_faas.client import BatchClient, Client
    from jupyter_faas.cost import PriceList
    from jupyter_faas.workspace.batches.ledger import Ledger
    from jupyter_faas.workspace.batches.pace import Pace

_Meaning = Literal["not run", "may have run", "bad input", "no use"]

# How often a call that may have run is repeated, if that is harmless.
_REPEATS = 5
# How long the host may accept no call at all before the batch ends, in seconds: with no connection,
# and with 429 or 503.
_PATIENCE_S = {"unreachable": 20.0, "busy": 900.0}
_ASK_AGAIN_S = 1.0


class Caller:
    """Calls of one function. Use it only in one event loop.

    ``client`` is the target's, and ``sender`` sends the requests. ``session_cost`` returns the cost
    of a run of a sequence or composition in USD, and blocks meanwhile. ``limit_s`` is how long a
    run may take. ``retry`` says that a call may run twice.
    """

    def __init__(
        self,
        client: Client,
        name: str,
        *,
        sender: BatchClient,
        ledger: Ledger,
        pace: Pace,
        prices: PriceList,
        session_cost: Callable[[Activation], Decimal | None],
        unbox: Callable[[Any], Any],
        limit_s: float,
        retry: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._name = name
        self._sender = sender
        self._ledger = ledger
        self._pace = pace
        self._session_cost = session_cost
        self._unbox = unbox
        self._limit_s = limit_s
        self._retry = retry
        self._now = now
        self._accepted_at = now()
        # Thousands of runs have the same memory and nearly the same duration.
        self._cost = lru_cache(4096)(prices.cost_usd)

    def close(self) -> None:
        """Close the connections, when all calls have ended."""
        self._sender.close()

    async def call(self, row: int, params: bytes) -> Answer:
        """Make the call of a row, and return its answer, which is in the ledger then.

        Raises the error that ends the batch, and Stopped if the call did not start any more.
        """
        repeats = 0
        while True:
            started = await self._pace.start()
            self._ledger.sent(row)
            try:
                found = await self._sender.invoke(params)
            except FaasError as error:
                meaning = _meaning(error)
                if meaning == "not run":
                    self._ledger.not_run(row)
                    self._pace.refused(started)
                    self._check_patience(error)
                    continue
                if meaning == "may have run":
                    self._pace.refused(started)
                    if self._retry and repeats < _REPEATS:
                        repeats += 1
                        continue
                    return Answer(row, error=_unknown(error), known=False)
                self._pace.end()
                if meaning == "no use":
                    self._ledger.not_run(row)
                    raise
                return self._kept(Answer(row, error=error.message))
            except BaseException:
                self._pace.end()
                raise
            self._accepted_at = self._now()
            try:
                return await self._answered(row, found)
            finally:
                self._pace.end()

    async def ask(self, row: int, activation_id: str) -> Answer:
        """Return the answer of a run that an earlier process of this batch has started."""
        await self._pace.start()
        try:
            return await self._answered(row, activation_id)
        finally:
            self._pace.end()

    async def _answered(self, row: int, found: Activation | str) -> Answer:
        if isinstance(found, Activation):
            return await self._priced(row, found)
        self._ledger.accepted(row, found)
        try:
            return await self._priced(row, await self._record(found))
        except (ActivationTimedOut, TargetError) as error:
            return Answer(row, error=error.message, activation_id=found, known=False)

    async def _priced(self, row: int, run: Activation) -> Answer:
        answer = self._kept(self._answer(row, run))
        if run.kind != SEQUENCE:
            return answer
        # The steps have records of their own, which take several requests.
        cost = await asyncio.to_thread(self._session_cost, run)
        return answer if cost is None else self._kept(replace(answer, cost_usd=cost))

    async def _record(self, activation_id: str) -> Activation:
        """Wait for a record. The host may fail to answer for a while."""
        began = self._now()
        pauses = pauses_for_record(
            self._name, activation_id, self._limit_s, began=began, now=self._now
        )
        while True:
            try:
                return await self._sender.get_activation(activation_id)
            except ActivationNotFound:  # noqa: PERF203 - the loop is the retry
                await asyncio.sleep(next(pauses))
            except TargetError:
                if self._now() - began > self._limit_s:
                    raise
                await asyncio.sleep(_ASK_AGAIN_S)

    def _answer(self, row: int, run: Activation) -> Answer:
        response, cost = run.response, None
        if run.duration is not None and run.memory_mb is not None and run.kind != SEQUENCE:
            cost = self._cost(run.memory_mb, max(0, run.duration), run.peak_mb)
        count_run(self._client, run, cost)
        error = ""
        if not response.success:
            shown = {"result": response.result, "logs": run.logs, "memory_mb": run.memory_mb}
            error = failure_of(shown).headline or response.status
        return Answer(
            row,
            result=self._unbox(response.result) if response.success else None,
            error=error,
            activation_id=run.activation_id,
            duration_ms=run.duration,
            cost_usd=cost,
        )

    def _kept(self, answer: Answer) -> Answer:
        self._ledger.done(answer.row, answer.to_ledger())
        return answer

    def _check_patience(self, error: FaasError) -> None:
        kind = "unreachable" if isinstance(error, RequestNotSent) else "busy"
        if self._now() - self._accepted_at > _PATIENCE_S[kind]:
            raise error


def _meaning(error: FaasError) -> _Meaning:
    status = error.status if isinstance(error, TargetError) else None
    if isinstance(error, RequestNotSent) or status in (429, 503):
        return "not run"
    if isinstance(error, InputError) or (
        isinstance(error, TargetRefused) and status in (400, 413, 422)
    ):
        return "bad input"
    if status is not None and 400 <= status < 500:
        return "no use"
    return "may have run"


def _unknown(error: FaasError) -> str:
    return (
        f"{error.message} The call may have run. To repeat calls that may have run, use --retry "
        "(in Python: retry=True)."
    )
