"""When workers are forked, when they are not, and when zygotes come and go."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import psutil
import pytest

from jupyter_faas.playground.scheduling.zygote_pool import ZygoteOptions, ZygotePool
from tests.playground.conftest import MakeSpec
from tests.playground.helpers.loop import eventually, in_loop, wait_until
from tests.playground.helpers.processes import lives
from tests.playground.helpers.zygotes import (
    ask,
    at_work,
    is_forked,
    start,
    with_zygote,
    zygotes_for,
)

PLAIN = "def main(p): return {}"


@in_loop
async def test_all_come_from_one(spec: MakeSpec) -> None:
    made = with_zygote(spec(PLAIN))
    async with zygotes_for(made) as zygotes:
        for _ in range(2):
            async with at_work(zygotes, made) as worker:
                assert is_forked(worker)
        assert len(zygotes.pids) == 1


@in_loop
async def test_there_are_none_when_they_are_not_wanted(spec: MakeSpec) -> None:
    made = with_zygote(spec(PLAIN))
    zygotes = ZygotePool(ZygoteOptions(idle_s=0))
    async with at_work(zygotes, made) as worker:
        assert not is_forked(worker)
    assert zygotes.pids == []
    await zygotes.close()


@in_loop
async def test_each_environment_has_its_own(spec: MakeSpec) -> None:
    made = with_zygote(spec("import os\ndef main(p): return {'mine': os.environ.get('MINE')}"))
    async with zygotes_for(made, max_zygotes=2) as zygotes:
        for number in ("1", "2"):
            other = with_zygote(made, MINE=number)
            async with at_work(zygotes, other) as worker:
                assert not is_forked(worker)
            await eventually(lambda: len(zygotes.pids) == 2)
            async with at_work(zygotes, other) as worker:
                assert is_forked(worker)
                assert await ask(worker) == {"mine": number}


@pytest.mark.parametrize(
    "brought",
    [
        "numpy/__init__.py",
        "onnxruntime.py",
        "lib/python/numpy/__init__.py",
        "virtualenv/x",
        "uuid.py",
    ],
)
@in_loop
async def test_action_that_brings_what_is_loaded_has_its_own(spec: MakeSpec, brought: str) -> None:
    plain = with_zygote(spec(PLAIN))
    made = with_zygote(spec("import sys\ndef main(p): return {}"))
    path = made.directory / brought
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    async with zygotes_for(plain) as zygotes:
        worker, _ = await start(zygotes, made)
        assert not is_forked(worker)
        await worker.end()


@in_loop
async def test_module_of_the_standard_library_that_it_brings_wins(spec: MakeSpec) -> None:
    plain = with_zygote(spec(PLAIN))
    made = with_zygote(spec("import uuid\ndef main(p): return {'from': uuid.__file__}"))
    (made.directory / "uuid.py").write_text("")
    async with zygotes_for(plain) as zygotes, at_work(zygotes, made) as worker:
        assert await ask(worker) == {"from": str(made.directory / "uuid.py")}


@in_loop
async def test_variable_that_numpy_reads_when_it_is_loaded_is_obeyed(spec: MakeSpec) -> None:
    plain = with_zygote(spec(PLAIN))
    made = plain._replace(init={"OPENBLAS_NUM_THREADS": "2"})
    async with zygotes_for(plain) as zygotes, at_work(zygotes, made) as worker:
        assert not is_forked(worker)


@in_loop
async def test_environment_that_cannot_be_forked(
    spec: MakeSpec, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    threaded = "import threading, time\n"
    threaded += "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    (tmp_path / "sitecustomize.py").write_text(threaded)
    made = with_zygote(spec(PLAIN), PYTHONPATH=str(tmp_path))
    zygotes = ZygotePool(ZygoteOptions())
    async with at_work(zygotes, made):
        await eventually(lambda: "it has more than one thread" in caplog.text)
    async with at_work(zygotes, made) as worker:
        assert not is_forked(worker)
    # It is not tried again and again.
    assert caplog.text.count("without a zygote") == 1
    await zygotes.close()


@in_loop
async def test_interpreter_that_is_not_there(spec: MakeSpec, tmp_path: Path) -> None:
    made = with_zygote(spec(PLAIN))._replace(zygote=(str(tmp_path / "python"), "x"))
    zygotes = ZygotePool(ZygoteOptions())
    for _ in range(2):
        async with at_work(zygotes, made) as worker:
            assert not is_forked(worker)
    await zygotes.close()


@in_loop
async def test_workers_outlive_a_zygote_that_is_killed(spec: MakeSpec) -> None:
    made = with_zygote(spec(PLAIN))
    async with zygotes_for(made) as zygotes, at_work(zygotes, made) as worker:
        (killed,) = zygotes.pids
        os.kill(killed, signal.SIGKILL)
        await eventually(lambda: zygotes.pids == [])
        assert await ask(worker) == {}
        async with at_work(zygotes, made) as other:
            assert not is_forked(other)
        await eventually(lambda: bool(zygotes.pids))
        async with at_work(zygotes, made) as other:
            assert is_forked(other)
            assert zygotes.pids != [killed]


def stop_all(pid: int) -> list[psutil.Process]:
    """It and the one in reserve, whether that is there already or being forked; give them."""
    process = psutil.Process(pid)
    process.suspend()
    wait_until(lambda: process.status() == psutil.STATUS_STOPPED)
    children = [each for child in process.children() for each in stop_all(child.pid)]
    return [process, *children]


def kill_all(processes: list[psutil.Process]) -> None:
    """One that was stopped as soon as it was forked had no time to ask to end with its parent."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


@in_loop
async def test_start_is_served_when_the_zygote_dies_over_it(spec: MakeSpec) -> None:
    made = with_zygote(spec(PLAIN))
    async with zygotes_for(made) as zygotes:
        (pid,) = zygotes.pids
        stopped = stop_all(pid)
        starting = asyncio.ensure_future(start(zygotes, made))
        await asyncio.sleep(0.05)
        assert not starting.done()
        kill_all(stopped)
        worker, outcome = await starting
        assert outcome.reply == b'{"ok":true}'
        assert not is_forked(worker)
        await worker.end()


@in_loop
async def test_start_is_served_when_the_zygote_does_not_answer(spec: MakeSpec) -> None:
    made = with_zygote(spec(PLAIN))
    async with zygotes_for(made, fork_timeout_s=0.2) as zygotes:
        (pid,) = zygotes.pids
        stopped = stop_all(pid)
        async with at_work(zygotes, made) as worker:
            assert not is_forked(worker)
        await eventually(lambda: not lives(pid))
        kill_all(stopped)


@in_loop
async def test_reserve_that_is_killed_is_replaced(spec: MakeSpec) -> None:
    made = with_zygote(spec(PLAIN))
    async with zygotes_for(made) as zygotes:
        (pid,) = zygotes.pids

        def reserve() -> list[int]:
            return [each.pid for each in psutil.Process(pid).children() if lives(each.pid)]

        await eventually(lambda: len(reserve()) == 1)
        killed = reserve()
        os.kill(killed[0], signal.SIGKILL)
        await eventually(lambda: len(reserve()) == 1 and reserve() != killed)
        async with at_work(zygotes, made) as worker:
            assert is_forked(worker)


@in_loop
async def test_reserve_whose_worker_is_killed_is_no_reserve(spec: MakeSpec) -> None:
    made = with_zygote(spec(PLAIN))
    async with zygotes_for(made) as zygotes:
        (pid,) = zygotes.pids
        await eventually(lambda: len(psutil.Process(pid).children(recursive=True)) == 2)
        below = psutil.Process(pid).children(recursive=True)
        os.kill(below[-1].pid, signal.SIGKILL)
        await eventually(lambda: not lives(below[-1].pid))
        for _ in range(2):
            async with at_work(zygotes, made) as worker:
                assert await ask(worker) == {}


@in_loop
async def test_many_at_once(spec: MakeSpec) -> None:
    made = with_zygote(spec(PLAIN))
    async with zygotes_for(made) as zygotes:
        started = await asyncio.gather(*(start(zygotes, made) for _ in range(6)))
        assert all(is_forked(worker) for worker, _ in started)
        assert len({worker.launcher_pid for worker, _ in started}) == 6
        for worker, _ in started:
            assert await ask(worker) == {}
            await worker.end()


@in_loop
async def test_installation_makes_another_take_its_place(spec: MakeSpec, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    folder.mkdir()
    made = with_zygote(spec(PLAIN), PYTHONPATH=str(folder))
    async with zygotes_for(made) as zygotes:
        (first,) = zygotes.pids
        (folder / "new.py").write_text("")
        async with at_work(zygotes, made) as worker:
            assert not is_forked(worker)
        await eventually(lambda: zygotes.pids not in ([], [first]))
        await eventually(lambda: not lives(first))
        async with at_work(zygotes, made) as worker:
            assert is_forked(worker)


@in_loop
async def test_idle_one_leaves_after_its_workers(spec: MakeSpec) -> None:
    made = with_zygote(spec(PLAIN))
    async with zygotes_for(made, idle_s=0.3) as zygotes:
        (pid,) = zygotes.pids
        async with at_work(zygotes, made) as worker:
            assert is_forked(worker)
            await asyncio.sleep(0.5)
            assert zygotes.pids == [pid]
        await eventually(lambda: zygotes.pids == [] and not lives(pid))


@in_loop
async def test_none_is_left_at_the_end(spec: MakeSpec) -> None:
    made = with_zygote(spec(PLAIN))
    async with zygotes_for(made) as zygotes:
        (pid,) = zygotes.pids
    assert not lives(pid)
    zygotes = ZygotePool(ZygoteOptions())
    async with at_work(zygotes, with_zygote(made, OTHER="1")):
        await zygotes.close()
    # It was still being started.
    assert zygotes.pids == []


@in_loop
async def test_descriptors_are_given_back(spec: MakeSpec) -> None:
    made = with_zygote(spec(PLAIN))
    async with zygotes_for(made) as zygotes:
        async with at_work(zygotes, made):
            pass
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(3):
            async with at_work(zygotes, made) as worker:
                assert is_forked(worker)
        assert len(os.listdir("/proc/self/fd")) <= before
