"""Async tests, on the event loop that the playground itself uses."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

# Whatever is waited for takes milliseconds; other tests may keep the machine busy meanwhile.
# Below pytest's own timeout, which tells less.
PATIENCE_S = 30.0
_WHOLE_TEST_S = 50.0


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Make a test of a coroutine function; its fixtures are found as usual."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        async def main() -> None:
            await asyncio.wait_for(test(*args, **kwargs), _WHOLE_TEST_S)

        uvloop.run(main())

    return run


async def eventually(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait until ``condition`` holds."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.005)


def wait_until(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """The same, without a loop."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.005)
