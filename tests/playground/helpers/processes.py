"""Looking at processes from outside, and awaiting the answers of workers."""

from __future__ import annotations

import asyncio
from functools import partial

import psutil

from jupyter_faas.playground.workers.exchange import Outcome, resolve
from jupyter_faas.playground.workers.logs import LogCollector
from jupyter_faas.playground.workers.worker import Worker


async def run_worker(
    worker: Worker, request: bytes, timeout_s: float, logs: LogCollector
) -> Outcome:
    outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    worker.run(request, timeout_s, logs, partial(resolve, outcome))
    return await outcome


def lives(pid: int) -> bool:
    """A zombie does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def with_argument(text: str) -> list[int]:
    """The processes that have ``text`` in one of their arguments."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "status"]):
        arguments = process.info["cmdline"] or []
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(
            text in each for each in arguments
        ):
            found.append(int(process.info["pid"]))
    return found
