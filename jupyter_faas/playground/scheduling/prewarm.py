"""Prewarming: background work that makes the first cold start of an action faster.

When the playground starts and after each PUT of an action, the prewarmer starts zygotes, probes
interpreters, and unpacks and compiles code.
"""

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

# With this delay, an invocation right after the PUT starts first. Its start compiles the code
# anyway.
_COMPILE_DELAY_S = 0.05

# The maximum number of pending compilations. Further actions are compiled at their first start.
_MAX_COMPILES = 8


class Prewarmer:
    """Runs prewarming tasks in the background.

    Errors in these tasks are ignored, because the start of a worker will report them.
    """

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
        self._compile_count = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def prewarm_runtimes(self) -> None:
        """Start the default zygote of each runtime, and do the runtime's slow lookups."""
        self._spawn(self._prewarm_zygotes())

    def prewarm_action(self, deployed: DeployedAction, code: str) -> None:
        """Unpack and compile the code of an action that was just deployed.

        Do nothing for sequences and for actions with an image.
        """
        execution = deployed.action.exec
        if execution.is_sequence or execution.image is not None:
            return
        node = execution.kind.startswith("nodejs:")
        unpacked = self._code.unpack(deployed.revision, code, execution.binary, node=node)
        self._spawn(self._prewarm_workers(deployed, unpacked))

    async def close(self) -> None:
        """Cancel all tasks, and wait until they have ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _prewarm_zygotes(self) -> None:
        for runtime in self._runtimes.values():
            default = runtime.default_zygote()
            if default is not None:
                await self._zygotes.warm(*default)
            await runtime.warm_up()

    async def _prewarm_workers(
        self, deployed: DeployedAction, unpacked: asyncio.Future[UnpackedCode]
    ) -> None:
        try:
            # The shield keeps a cancellation from reaching the unpacking, because the start of a
            # worker may be waiting for the same future.
            directory, _ = await asyncio.shield(unpacked)
            kind = self._kinds.kind_of(deployed.action.exec)
            runtime = self._runtimes.get(kind.partition(":")[0])
            if runtime is not None:
                spec = await runtime.prewarm_spec(resolve_action(deployed), kind, directory)
                if spec is not None:
                    await self._zygotes.prewarm(spec)
                    await self._compile(spec)
        except (FaasError, OSError):
            pass  # The start of a worker will encounter and report the same error.

    async def _compile(self, spec: WorkerSpec) -> None:
        if self._compile_count >= _MAX_COMPILES:
            return
        self._compile_count += 1
        try:
            await asyncio.sleep(_COMPILE_DELAY_S)
            # Compile one action at a time, to use only one processor.
            async with self._compiling:
                await self._zygotes.compile(spec)
        finally:
            self._compile_count -= 1

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
