from __future__ import annotations

import asyncio
import logging

import pytest

from jupyter_faas.errors import InputError, PlaygroundError
from jupyter_faas.playground.invocation.in_flight import Running
from jupyter_faas.playground.invocation.run import Finished
from tests.playground.helpers.loop import eventually, in_loop


async def endless() -> Finished:
    await asyncio.Event().wait()
    raise AssertionError("it has no end")


async def failing(error: Exception) -> Finished:
    raise error


@in_loop
async def test_composites_end_first() -> None:
    running = Running()
    plain = running.begin(endless(), "guest")
    composite = running.begin(endless(), "guest", composite=True)
    await running.end_composites()
    assert composite.cancelled()
    assert not plain.done()
    assert running
    await running.end()
    assert plain.cancelled()
    assert not running


@in_loop
async def test_what_is_in_flight_for_a_namespace() -> None:
    running = Running()
    running.begin(endless(), "guest")
    running.begin(endless(), "other")
    running.begin(endless(), "guest", composite=True)
    assert running.in_flight("guest") == 1
    await running.end()
    assert running.in_flight("guest") == 0


@pytest.mark.parametrize(
    ("error", "told"),
    [(InputError("no"), False), (PlaygroundError("full"), True), (ValueError("ours"), True)],
    ids=["refusal", "disk", "fault"],
)
def test_what_is_told_to_the_log(
    caplog: pytest.LogCaptureFixture, error: Exception, told: bool
) -> None:
    @in_loop
    async def run() -> None:
        running = Running()
        running.begin(failing(error), "guest")
        await eventually(lambda: not running)

    with caplog.at_level(logging.ERROR):
        run()
    assert ("An invocation failed." in caplog.text) is told
