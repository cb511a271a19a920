"""The memory of a run, with a real worker."""

from __future__ import annotations

import itertools
import os
import sys

import orjson
import pytest

from jupyter_faas.playground.workers import memory
from jupyter_faas.playground.workers.logs import LogCollector
from jupyter_faas.playground.workers.memory import MemoryPeak
from jupyter_faas.playground.workers.watchdog import MemoryWatchdog
from jupyter_faas.playground.workers.worker import Worker
from jupyter_faas.whisk.limits import MB
from tests.playground.conftest import MakeSpec
from tests.playground.helpers.loop import in_loop
from tests.playground.helpers.processes import run_worker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SOURCE = """
import subprocess, sys
def main(p):
    held = b"x" * (p["mb"] * 1024 * 1024)
    code = f"import time; held = b'x' * ({p.get('child', 0)} << 20); time.sleep(0.5)"
    if "child" in p:
        subprocess.run([sys.executable, "-c", code], check=True)
    return {}
"""


async def peak_of(worker: Worker, **value: int) -> int:
    outcome = await run_worker(worker, orjson.dumps({"value": value}), 20, LogCollector(MB))
    assert outcome.reply == b"{}", outcome
    assert outcome.peak_mb is not None
    return outcome.peak_mb


@in_loop
async def test_every_run_has_its_own_peak(spec: MakeSpec) -> None:
    worker = Worker(MB)
    await worker.start(spec(SOURCE), 20, LogCollector(MB))
    small = await peak_of(worker, mb=1)
    large = await peak_of(worker, mb=150)
    again = await peak_of(worker, mb=1)
    assert 145 <= large - small <= 170
    assert abs(again - small) <= 10
    await worker.end()


@in_loop
async def test_peak_of_the_start_belongs_to_the_first_run(spec: MakeSpec) -> None:
    worker = Worker(MB)
    source = f"held = b'x' * (150 << 20)\ndel held\n{SOURCE}"
    await worker.start(spec(source), 20, LogCollector(MB))
    # Nothing is read between the start and the run that waits for it.
    assert not worker.memory.is_attached
    assert await peak_of(worker, mb=1) >= 150
    assert await peak_of(worker, mb=1) < 150
    await worker.end()


@in_loop
async def test_a_run_that_only_waits_is_not_measured_again(
    spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While many runs share the processors, each takes long without doing much."""
    monkeypatch.setattr(memory, "_PEAK_VALID_S", 100.0)
    source = "import time\ndef main(p):\n    time.sleep(p['s'])\n    return {}"
    worker = Worker(MB)
    await worker.start(spec(source), 20, LogCollector(MB))

    async def run(s: float) -> None:
        value = orjson.dumps({"value": {"s": s}})
        await run_worker(worker, value, 20, LogCollector(MB))

    for _ in range(5):
        await run(0)
    reads, read = itertools.count(), MemoryPeak._read

    def counted(self: MemoryPeak) -> int:
        next(reads)
        return read(self)

    monkeypatch.setattr(MemoryPeak, "_read", counted)
    for _ in range(5):
        await run(0.002)
    assert next(reads) < 5
    await worker.end()


@in_loop
async def test_what_a_child_has_counts_as_far_as_it_was_seen(spec: MakeSpec) -> None:
    worker, watch = Worker(MB), MemoryWatchdog()
    await worker.start(spec(SOURCE), 20, LogCollector(MB))
    watch.add(worker, 2000 * MB)
    assert await peak_of(worker, mb=1, child=150) >= 150
    watch.remove(worker)
    assert await peak_of(worker, mb=1) < 150
    await worker.end()


@in_loop
async def test_no_files_stay_open(spec: MakeSpec) -> None:
    before = len(os.listdir("/proc/self/fd"))
    worker = Worker(MB)
    await worker.start(spec(SOURCE), 20, LogCollector(MB))
    await peak_of(worker, mb=1)
    await worker.end()
    assert len(os.listdir("/proc/self/fd")) == before


def test_nothing_is_told_of_what_has_ended() -> None:
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {})
    os.waitpid(pid, 0)
    peak = MemoryPeak()
    peak.attach(pid)
    assert peak.take() is None
    peak.record_sample(3 * MB + 1)
    assert peak.take() == 4
    assert peak.take() is None
    peak.close()


@in_loop
async def test_how_often_a_run_waits(spec: MakeSpec) -> None:
    source = "import time\ndef main(p):\n  [time.sleep(0.001) for _ in range(p['n'])]\n  return {}"
    worker = Worker(MB)
    await worker.start(spec(source), 20, LogCollector(MB))

    async def pauses(n: int) -> float:
        for _ in range(300):
            await run_worker(worker, orjson.dumps({"value": {"n": n}}), 20, LogCollector(MB))
        assert worker.memory.waits_per_run is not None
        return worker.memory.waits_per_run

    assert await pauses(0) < 1.5
    assert await pauses(3) > 2.5
    await worker.end()
