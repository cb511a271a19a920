"""``BatchRun``: all calls of a batch in an event loop, with progress, until each has an answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import copy_context
from decimal import Decimal
from threading import Event, Thread
from typing import TYPE_CHECKING

from jupyter_faas.errors import ActivationInterrupted
from jupyter_faas.workspace.batches.calls import Caller
from jupyter_faas.workspace.batches.pace import Pace, Stopped
from jupyter_faas.workspace.batches.results import Answer, cost_words

if TYPE_CHECKING:
    from jupyter_faas.workspace.batches.ledger import Ledger
    from jupyter_faas.workspace.results import Progress

# The interval of progress messages, in seconds, and that of writing the ledger to the disk.
_SHOW_S, _FLUSH_S = 0.25, 1.0
# After an interrupt, running calls have this time to answer, in seconds.
_GRACE_S = 5.0
_MAY_HAVE_RUN = (
    "The batch ended during this call, which may have run. To repeat calls that may have run, "
    "use --retry (in Python: retry=True)."
)


class BatchRun:
    """One run of a batch. ``at_once`` is the largest number of calls at a time."""

    def __init__(
        self,
        inputs: Sequence[bytes],
        caller: Caller,
        pace: Pace,
        ledger: Ledger,
        *,
        at_once: int,
        retry: bool,
        progress: Progress,
    ) -> None:
        self._inputs = inputs
        self._caller = caller
        self._pace = pace
        self._ledger = ledger
        self._at_once = at_once
        self._progress = progress
        self._wake = Event()
        self._error: BaseException | None = None
        self._calls_ended = False
        past = ledger.past
        self._found = {row: Answer.from_ledger(row, data) for row, data in past.done.items()}
        self.resumed = len(self._found)
        self._failed = sum(not each.ok for each in self._found.values())
        self._cost: Decimal | None = None
        for each in self._found.values():
            self._add_cost(each)
        self._accepted = past.accepted
        if not retry:
            for row in past.sent - past.accepted.keys():
                self._found[row] = Answer(row, error=_MAY_HAVE_RUN, known=False)
                self._failed += 1
        self._left = iter([row for row in range(len(inputs)) if row not in self._found])

    def run(self) -> list[Answer]:
        """Make the calls that have no answer yet, and return all answers in order.

        Raises ActivationInterrupted after an interrupt, which lets running calls end, and the error
        that ended the batch.
        """
        self._began = time.monotonic()
        self._before = len(self._found)
        self._loop = asyncio.new_event_loop()
        # In a thread of its own, because a notebook's thread has an event loop already. With the
        # current span, to which the calls belong.
        thread = Thread(
            target=copy_context().run, args=(self._run_loop,), name="batch", daemon=True
        )
        thread.start()
        try:
            self._watch(thread)
        except KeyboardInterrupt:
            self._in_loop(self._pace.stop)
            thread.join(_GRACE_S)
            raise ActivationInterrupted(
                f"Interrupted: {len(self._found):,} of {len(self._inputs):,} calls have been "
                "answered.",
                hint="To continue, run the same command again. Calls that were answered are "
                "not repeated.",
            ) from None
        finally:
            # Calls that do not end in time.
            self._in_loop(self._cancel)
            thread.join(_GRACE_S)
        if self._error is not None:
            raise self._error
        return [self._found[row] for row in range(len(self._inputs))]

    @property
    def is_complete(self) -> bool:
        """Whether each call has an answer, so that the ledger is not needed any more."""
        return len(self._found) == len(self._inputs) and all(
            each.known for each in self._found.values()
        )

    def _run_loop(self) -> None:
        try:
            self._loop.run_until_complete(self._make_calls())
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self._error = self._error or error
        finally:
            # The thread of the executor looks up host names.
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()
            self._wake.set()

    async def _make_calls(self) -> None:
        todo = len(self._inputs) - len(self._found)
        try:
            await asyncio.gather(*(self._work() for _ in range(min(self._at_once, todo))))
        finally:
            self._calls_ended = True
            self._caller.close()

    async def _work(self) -> None:
        """Make one call after the other, as long as there are rows."""
        try:
            # All share the iterator.
            for row in self._left:
                known = self._accepted.get(row)
                if known is None:
                    self._add(await self._caller.call(row, self._inputs[row]))
                else:
                    self._add(await self._caller.ask(row, known))
        except Stopped:
            pass
        except Exception as error:
            self._error = self._error or error
            self._pace.stop()

    def _in_loop(self, function: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # The loop has ended.
            self._loop.call_soon_threadsafe(function)

    def _cancel(self) -> None:
        # After the calls, the loop only waits for the executor, and is then closed.
        if not self._calls_ended:
            for each in asyncio.all_tasks(self._loop):
                each.cancel()

    def _add(self, answer: Answer) -> None:
        self._found[answer.row] = answer
        self._failed += not answer.ok
        self._add_cost(answer)

    def _add_cost(self, answer: Answer) -> None:
        if answer.cost_usd is not None:
            self._cost = (self._cost or Decimal(0)) + answer.cost_usd

    def _watch(self, thread: Thread) -> None:
        flushed = shown = time.monotonic()
        interval_s = getattr(self._progress, "interval_s", 0.0)
        while thread.is_alive() and not self._wake.wait(_SHOW_S):
            if time.monotonic() - shown >= interval_s:
                self._progress(self._words())
                shown = time.monotonic()
            if time.monotonic() - flushed > _FLUSH_S:
                self._ledger.flush()
                flushed = time.monotonic()

    def _words(self) -> str:
        done, failed, cost = len(self._found), self._failed, self._cost
        seconds = time.monotonic() - self._began
        made = done - self._before
        rate = made / seconds if seconds > 0 else 0
        words = [f"{done:,} of {len(self._inputs):,} calls"]
        if failed:
            words.append(f"{failed:,} failed")
        if rate:
            words.append(f"{rate:,.0f}/s" if rate >= 10 else f"{rate:,.1f}/s")
        words += filter(None, [cost_words(cost)])
        if self._pace.waits_s > 1:
            words.append(f"the target does not accept calls; waiting {self._pace.waits_s:.0f} s")
        elif rate and done < len(self._inputs):
            words.append(f"{_time((len(self._inputs) - done) / rate)} left")
        return " · ".join(words)

    @property
    def cost_usd(self) -> Decimal | None:
        """The cost of all answers, or None if it is not known for any of them."""
        return self._cost


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
