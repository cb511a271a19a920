"""What a start and a PUT begin, so that the first invocation finds it done."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.entities.actions import DeployedAction
from jupyter_faas.playground.entities.resolved_action import resolve_action
from jupyter_faas.playground.runtimes import Runtime
from jupyter_faas.playground.runtimes.code_cache import CodeCache, UnpackedCode
from jupyter_faas.playground.runtimes.kind_overrides import KindOverrides
from jupyter_faas.playground.scheduling.zygote_pool import ZygotePool
from jupyter_faas.playground.workers.process import WorkerSpec

# Who invokes at once what was deployed should have the processor; that start compiles it too.
_COMPILE_AFTER_S = 0.05

# Where many are deployed together, the others are compiled when they are first started.
_MOST_TO_COMPILE = 8


class Prewarmer:
    """Nobody waits for it, and nothing depends on it: what fails here is for the start to tell."""

    def __init__(
        self,
        *,
        runtimes: Mapping[str, Runtime],
        kinds: KindOverrides,
        code: CodeCache,
        zygotes: ZygotePool,
    ) -> None:
        self._runtimes = runtimes
        self._kinds = kinds
        self._code = code
        self._zygotes = zygotes
        self._compiling = asyncio.Lock()
        self._to_compile = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def prewarm_runtimes(self) -> None:
        """For the workers that most actions will have."""
        self._spawn(self._usual())

    def prewarm_action(self, deployed: DeployedAction, code: str) -> None:
        """For an action that was just deployed; ``code`` is its whole code."""
        execution = deployed.action.exec
        if execution.is_sequence or execution.image is not None:
            return
        node = execution.kind.startswith("nodejs:")
        laid_out = self._code.prepare(deployed.revision, code, execution.binary, node=node)
        self._spawn(self._workers(deployed, laid_out))

    async def close(self) -> None:
        """Returns when nothing goes on here."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _usual(self) -> None:
        for runtime in self._runtimes.values():
            usual = runtime.default_zygote()
            if usual is not None:
                await self._zygotes.warm(*usual)
            await runtime.warm_up()

    async def _workers(
        self, deployed: DeployedAction, laid_out: asyncio.Future[UnpackedCode]
    ) -> None:
        try:
            directory, _ = await asyncio.shield(laid_out)
            kind = self._kinds.kind_of(deployed.action.exec)
            runtime = self._runtimes.get(kind.partition(":")[0])
            if runtime is not None:
                spec = await runtime.prewarm_spec(resolve_action(deployed), kind, directory)
                if spec is not None:
                    await self._zygotes.prepare(spec)
                    await self._compile(spec)
        except (FaasError, OSError):
            pass

    async def _compile(self, spec: WorkerSpec) -> None:
        if self._to_compile >= _MOST_TO_COMPILE:
            return
        self._to_compile += 1
        try:
            await asyncio.sleep(_COMPILE_AFTER_S)
            async with self._compiling:
                await self._zygotes.compile(spec)
        finally:
            self._to_compile -= 1

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
