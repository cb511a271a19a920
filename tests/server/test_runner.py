"""Workspace calls beside the loop."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from jupyter_faas.errors import ActionNotFound
from jupyter_faas.server.runner import WorkspaceRunner
from jupyter_faas.workspace import Workspace


def test_calls_share_one_workspace_of_the_folder(tmp_path: Path) -> None:
    async def calls() -> list[Workspace]:
        runner = WorkspaceRunner(tmp_path)
        return await asyncio.gather(*(runner.run(lambda workspace: workspace) for _ in range(8)))

    first, *others = asyncio.run(calls())
    assert first.data_dir == tmp_path
    assert all(other is first for other in others)


def test_error_of_a_call_is_raised(tmp_path: Path) -> None:
    def fail(workspace: Workspace) -> None:
        raise ActionNotFound("There is no action 'iris'.")

    with pytest.raises(ActionNotFound, match="There is no action 'iris'"):
        asyncio.run(WorkspaceRunner(tmp_path).run(fail))


def test_many_waiting_calls_hold_up_no_other(tmp_path: Path) -> None:
    runner = WorkspaceRunner(tmp_path)
    release = threading.Event()

    async def calls() -> None:
        waiting = [asyncio.ensure_future(runner.run(lambda _: release.wait(30))) for _ in range(60)]
        assert await runner.run(lambda _: "quick") == "quick"
        assert not any(one.done() for one in waiting)
        release.set()
        assert all(await asyncio.gather(*waiting))

    asyncio.run(calls())


def test_call_that_nobody_waits_for_any_more(tmp_path: Path) -> None:
    runner = WorkspaceRunner(tmp_path)
    release, ended = threading.Event(), threading.Event()

    def slow(workspace: Workspace) -> None:
        release.wait(30)
        ended.set()

    async def calls() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(runner.run(slow), 0.05)
        release.set()
        assert await runner.run(lambda _: ended.wait(30))

    asyncio.run(calls())


def test_call_that_outlives_the_loop(tmp_path: Path) -> None:
    runner = WorkspaceRunner(tmp_path)
    release = threading.Event()

    async def start() -> None:
        waiting = asyncio.ensure_future(runner.run(lambda _: release.wait(30)))
        await asyncio.sleep(0)
        assert not waiting.done()

    asyncio.run(start())
    (thread,) = [one for one in threading.enumerate() if one.name == "jupyter_faas"]
    assert thread.daemon
    release.set()
    # Pytest fails the test when the thread ends with an error.
    thread.join(30)
    assert not thread.is_alive()
