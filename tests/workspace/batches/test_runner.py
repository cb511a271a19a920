"""The event loop of a batch, which must be closed however the batch ends."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.errors import ActivationInterrupted
from jupyter_faas.workspace.batches import runner
from jupyter_faas.workspace.batches.ledger import Ledger
from jupyter_faas.workspace.batches.pace import Pace
from jupyter_faas.workspace.batches.results import Answer


class SlowLookup:
    """Answers at once, while the look-up of a host name goes on in a thread."""

    def __init__(self) -> None:
        self.found = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.lookup: asyncio.Future[bool] | None = None

    async def call(self, row: int, data: bytes) -> Answer:
        self.loop = asyncio.get_running_loop()
        self.lookup = self.loop.run_in_executor(None, self.found.wait)
        return Answer(row, 1)

    def close(self) -> None: ...


def test_the_event_loop_is_closed_after_an_interrupt_during_a_look_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_GRACE_S", 0.05)
    caller: Any = SlowLookup()

    def interrupt(words: str) -> None:
        raise KeyboardInterrupt

    ledger = Ledger(tmp_path, "a", "double")
    run = runner.BatchRun(
        [b"1"], caller, Pace(1), ledger, at_once=1, retry=False, progress=interrupt
    )
    with pytest.raises(ActivationInterrupted, match="1 of 1 calls have been answered"):
        run.run()
    caller.found.set()
    (thread,) = [each for each in threading.enumerate() if each.name == "batch"]
    thread.join(30)
    ledger.close(remove=True)
    assert caller.loop.is_closed()
