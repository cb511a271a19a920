"""Workers that are forked from a zygote, and what they can be compared with."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

import orjson

from jupyter_faas.playground.scheduling.zygote_pool import ZygoteOptions, ZygotePool
from jupyter_faas.playground.workers.exchange import Outcome
from jupyter_faas.playground.workers.logs import LogCollector
from jupyter_faas.playground.workers.process import WorkerSpec
from jupyter_faas.playground.workers.worker import Worker
from jupyter_faas.whisk.limits import MB
from tests.playground.helpers.processes import run_worker

ZYGOTE = str(files("jupyter_faas") / "shipped" / "workers" / "zygote.py")
FORK_TIMEOUT_S = 20.0


def with_zygote(spec: WorkerSpec, **environment: str) -> WorkerSpec:
    """``environment`` is added to that of the interpreter."""
    zygote = (sys.executable, ZYGOTE)
    return spec._replace(zygote=zygote, environment={**spec.environment, **environment})


@asynccontextmanager
async def zygotes_for(spec: WorkerSpec, **options: Any) -> AsyncIterator[ZygotePool]:
    """With one that can fork workers like ``spec``; ``options`` are those of ZygoteOptions.

    A fork may take long, unless ``fork_timeout_s`` is given: on a busy machine what the playground
    does then, a fresh start, would look like a zygote that is not used.
    """
    zygotes = ZygotePool(ZygoteOptions(**{"fork_timeout_s": FORK_TIMEOUT_S, **options}))
    try:
        await zygotes.warm(spec.zygote, spec.environment)
        assert zygotes.pids
        yield zygotes
    finally:
        await zygotes.close()


async def start(zygotes: ZygotePool, spec: WorkerSpec) -> tuple[Worker, Outcome]:
    worker = Worker(MB + 1, zygotes.launch)
    return worker, await worker.start(spec, FORK_TIMEOUT_S, LogCollector(MB))


@asynccontextmanager
async def at_work(zygotes: ZygotePool, spec: WorkerSpec) -> AsyncIterator[Worker]:
    worker, outcome = await start(zygotes, spec)
    assert outcome.reply == b'{"ok":true}', outcome
    try:
        yield worker
    finally:
        await worker.end()
        assert worker.termination.done()


async def ask(worker: Worker, timeout_s: float = FORK_TIMEOUT_S, **value: Any) -> Any:
    """The worker's answer, or the whole outcome where it has none."""
    outcome = await run_worker(worker, orjson.dumps({"value": value}), timeout_s, LogCollector(MB))
    return orjson.loads(outcome.reply) if outcome.reply else outcome


def is_forked(worker: Worker) -> bool:
    return worker.inherited_bytes > 0
