from __future__ import annotations

import asyncio
import json
import math
import os
import subprocess
import sys
from pathlib import Path

from jupyter_faas.playground.lifecycle import IdleStop, jupyter_server_runs
from tests.playground.helpers.loop import in_loop


@in_loop
async def test_stops_when_nothing_happens() -> None:
    await IdleStop(0.01, busy=lambda: False, wanted=lambda: False).wait()


@in_loop
async def test_stays_while_it_is_busy_or_wanted() -> None:
    reasons = ["busy", "busy", "wanted", "wanted"]

    def told(reason: str) -> bool:
        if reasons and reasons[0] == reason:
            reasons.pop(0)
            return True
        return False

    idle = IdleStop(0.01, busy=lambda: told("busy"), wanted=lambda: told("wanted"))
    await idle.wait()
    assert reasons == []


@in_loop
async def test_every_request_counts() -> None:
    now = 0.0
    idle = IdleStop(10, busy=lambda: False, wanted=lambda: False, now=lambda: now)
    now = 9.99
    idle.touch()
    now = 19.98
    waiting = asyncio.ensure_future(idle.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    now = 20.0
    await waiting


@in_loop
async def test_never_stops_when_told_so() -> None:
    waiting = asyncio.ensure_future(
        IdleStop(math.inf, busy=lambda: False, wanted=lambda: False).wait()
    )
    await asyncio.sleep(0.01)
    assert not waiting.done()
    waiting.cancel()


def test_jupyter_server_runs(tmp_path: Path) -> None:
    assert not jupyter_server_runs(tmp_path)
    (tmp_path / "jpserver-1.json").write_text("{")
    (tmp_path / "jpserver-2.json").write_text('{"url": "x"}')
    assert not jupyter_server_runs(tmp_path)
    (tmp_path / "jpserver-3.json").write_text(json.dumps({"pid": os.getpid()}))
    assert jupyter_server_runs(tmp_path)


def test_jupyter_server_that_left_its_file(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / "jpserver-1.json").write_text(json.dumps({"pid": ended.pid}))
    assert not jupyter_server_runs(tmp_path)
