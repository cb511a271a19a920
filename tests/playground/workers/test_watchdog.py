from __future__ import annotations

from jupyter_faas.playground.workers.exchange import OutcomeStatus
from jupyter_faas.playground.workers.logs import LogCollector
from jupyter_faas.playground.workers.memory import ProcessTreeUsage
from jupyter_faas.playground.workers.watchdog import MemoryWatchdog
from jupyter_faas.playground.workers.worker import Worker
from jupyter_faas.whisk.limits import MB
from tests.playground.conftest import MakeSpec
from tests.playground.helpers.loop import eventually, in_loop
from tests.playground.helpers.processes import run_worker

SOURCE = """
import time
def main(p):
    held = bytearray(p["mb"] * 1024 * 1024)
    time.sleep(p["seconds"])
    return {}
"""


@in_loop
async def test_worker_beyond_its_limit_is_ended(spec: MakeSpec) -> None:
    worker, watch = Worker(MB), MemoryWatchdog()
    await worker.start(spec(SOURCE), 20, LogCollector(MB))
    watch.add(worker, 100 * MB)
    request = b'{"value": {"mb": 20, "seconds": 0.2}}'
    assert (
        await run_worker(worker, request, 20, LogCollector(MB))
    ).status is OutcomeStatus.ANSWERED
    request = b'{"value": {"mb": 120, "seconds": 60}}'
    assert (
        await run_worker(worker, request, 20, LogCollector(MB))
    ).status is OutcomeStatus.OUT_OF_MEMORY
    watch.remove(worker)


@in_loop
async def test_nobody_is_measured_when_nobody_works(spec: MakeSpec) -> None:
    measured: list[int] = []

    def measure(pid: int, inherited: int, exact: bool) -> ProcessTreeUsage:
        measured.append(pid)
        return ProcessTreeUsage()

    worker, watch = Worker(MB), MemoryWatchdog(0.001, measure)
    await worker.start(spec(SOURCE), 20, LogCollector(MB))
    watch.add(worker, MB)
    await eventually(lambda: len(measured) > 2)
    watch.remove(worker)
    await eventually(lambda: watch._timer is None and watch._check_task is None)
    assert set(measured) == {worker.launcher_pid}
    await worker.end()


@in_loop
async def test_worker_with_too_many_threads_is_ended(spec: MakeSpec) -> None:
    source = "import threading, time\ndef main(p):\n"
    source += "  for _ in range(p['n']): threading.Thread(target=time.sleep, args=(60,)).start()\n"
    worker, watch = Worker(MB), MemoryWatchdog(max_tasks=20)
    source += "  time.sleep(p['seconds'])\n  return {}"
    await worker.start(spec(source), 20, LogCollector(MB))
    watch.add(worker, 1000 * MB)
    request = b'{"value": {"n": 10, "seconds": 0.2}}'
    assert (
        await run_worker(worker, request, 20, LogCollector(MB))
    ).status is OutcomeStatus.ANSWERED
    request = b'{"value": {"n": 10, "seconds": 60}}'
    outcome = await run_worker(worker, request, 20, LogCollector(MB))
    assert outcome.status is OutcomeStatus.EXITED
    assert outcome.logs[-1].endswith(
        "stderr: The action exceeded the limit of 20 processes and threads, and was ended."
    )
    watch.remove(worker)
