"""``run_batch``: all calls of a batch in threads, with progress, until each has an answer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextvars import copy_context
from decimal import Decimal
from threading import Event, Lock, Thread
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
    """One run of a batch. ``threads`` is the largest number of calls at a time."""

    def __init__(
        self,
        inputs: Sequence[bytes],
        caller: Caller,
        pace: Pace,
        ledger: Ledger,
        *,
        threads: int,
        retry: bool,
        progress: Progress,
    ) -> None:
        self._inputs = inputs
        self._caller = caller
        self._pace = pace
        self._ledger = ledger
        self._threads = threads
        self._progress = progress
        self._lock = Lock()
        self._wake = Event()
        self._error: BaseException | None = None
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
        todo = len(self._inputs) - len(self._found)
        threads = [
            # With the current span, to which the calls belong.
            Thread(
                target=copy_context().run,
                args=(self._work,),
                name=f"batch-{number}",
                daemon=True,
            )
            for number in range(min(self._threads, todo))
        ]
        self._began = time.monotonic()
        self._before = len(self._found)
        for each in threads:
            each.start()
        try:
            self._watch(threads)
        except KeyboardInterrupt:
            self._pace.stop()
            self._wait(threads, _GRACE_S)
            raise ActivationInterrupted(
                f"Interrupted: {len(self._found):,} of {len(self._inputs):,} calls have been "
                "answered.",
                hint="To continue, run the same command again. Calls that were answered are "
                "not repeated.",
            ) from None
        if self._error is not None:
            raise self._error
        return [self._found[row] for row in range(len(self._inputs))]

    @property
    def is_complete(self) -> bool:
        """Whether each call has an answer, so that the ledger is not needed any more."""
        return len(self._found) == len(self._inputs) and all(
            each.known for each in self._found.values()
        )

    def _work(self) -> None:
        try:
            for row in self._rows():
                known = self._accepted.get(row)
                if known is None:
                    self._add(self._caller.call(row, self._inputs[row]))
                else:
                    self._add(self._caller.ask(row, known))
        except Stopped:
            pass
        except BaseException as error:
            self._error = self._error or error
            self._pace.stop()
        finally:
            self._wake.set()

    def _rows(self) -> Iterator[int]:
        while True:
            with self._lock:
                row = next(self._left, None)
            if row is None:
                return
            yield row

    def _add(self, answer: Answer) -> None:
        with self._lock:
            self._found[answer.row] = answer
            self._failed += not answer.ok
            self._add_cost(answer)

    def _add_cost(self, answer: Answer) -> None:
        if answer.cost_usd is not None:
            self._cost = (self._cost or Decimal(0)) + answer.cost_usd

    def _watch(self, threads: Sequence[Thread]) -> None:
        flushed = shown = time.monotonic()
        interval_s = getattr(self._progress, "interval_s", 0.0)
        while any(each.is_alive() for each in threads):
            self._wake.wait(_SHOW_S)
            self._wake.clear()
            if time.monotonic() - shown >= interval_s:
                self._progress(self._words())
                shown = time.monotonic()
            if time.monotonic() - flushed > _FLUSH_S:
                self._ledger.flush()
                flushed = time.monotonic()

    def _wait(self, threads: Sequence[Thread], seconds: float) -> None:
        until = time.monotonic() + seconds
        for each in threads:
            each.join(max(0.0, until - time.monotonic()))

    def _words(self) -> str:
        with self._lock:
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
            words.append(f"the target is busy; waiting {self._pace.waits_s:.0f} s")
        elif rate and done < len(self._inputs):
            words.append(f"{_time((len(self._inputs) - done) / rate)} left…")
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
