"""The starter, which unpacks an action's code, chooses the runtime and starts a worker."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping

from jupyter_faas.errors import ActionNotFound, KindNotSupported
from jupyter_faas.playground.entities.actions import Actions, DeployedAction
from jupyter_faas.playground.entities.resolved_action import ResolvedAction
from jupyter_faas.playground.notes import WAITED
from jupyter_faas.playground.runtimes import Runtime
from jupyter_faas.playground.runtimes.archive import CodeRejected, DamagedArchive
from jupyter_faas.playground.runtimes.builds import BuildFailed, StillBuilding
from jupyter_faas.playground.runtimes.code_cache import CodeCache
from jupyter_faas.playground.runtimes.kind_overrides import (
    ImageNotAvailable,
    KindOverrides,
    check_image_code,
)
from jupyter_faas.playground.scheduling.pool import StartFailed, Superseded
from jupyter_faas.playground.workers.exchange import Outcome, OutcomeStatus
from jupyter_faas.playground.workers.logs import STDERR, LogCollector
from jupyter_faas.playground.workers.memory import Cgroups
from jupyter_faas.playground.workers.responses import (
    TIMED_OUT_IN_INIT,
    developer_error,
    refusal,
)
from jupyter_faas.playground.workers.watchdog import MemoryWatchdog
from jupyter_faas.playground.workers.worker import Worker
from jupyter_faas.whisk.limits import MB

NOT_PULLED = "Failed to pull container image '{}'."
STILL_INSTALLING = "The installation continues. Invoke the action again later."


class Starter:
    """Starts workers with the runtime of the action's kind."""

    def __init__(
        self,
        *,
        runtimes: Mapping[str, Runtime],
        kinds: KindOverrides,
        actions: Actions,
        code: CodeCache,
        watchdog: MemoryWatchdog,
        cgroups: Cgroups | None,
    ) -> None:
        self._runtimes = runtimes
        self._kinds = kinds
        self._actions = actions
        self._code = code
        self._watchdog = watchdog
        self._cgroups = cgroups

    def is_known(self, resolved: ResolvedAction) -> bool:
        """Return whether ``check`` would succeed at once, without waiting for anything."""
        if resolved.action.exec.image is not None:
            return False
        try:
            kind = self._kinds.kind_of(resolved.action.exec)
            return self._runtime(kind).is_known(resolved, kind)
        except KindNotSupported:
            return False

    async def check(self, resolved: ResolvedAction) -> None:
        """Raise KindNotSupported with the reason if no runtime can run the action."""
        try:
            kind = self._kinds.kind_of(resolved.action.exec)
        except ImageNotAvailable:
            return
        if resolved.action.exec.image is not None:
            # If the action has been changed in the meantime, the start will check its new code.
            with contextlib.suppress(ActionNotFound):
                code = await self._actions.code(DeployedAction(resolved.action, resolved.revision))
                check_image_code(resolved.action.exec, code)
        await self._runtime(kind).check(resolved, kind)

    async def start(
        self, worker: Worker, resolved: ResolvedAction, environment: Mapping[str, str]
    ) -> Outcome:
        """Start ``worker`` for an action, and return the outcome of the start.

        ``environment``: the environment variables of the run that the worker is started for.

        Raises StartFailed if the code cannot be unpacked, or if required packages cannot be
        installed or are still being installed. Raises Superseded if the action was changed before
        its code was read. Raises KindNotSupported if no runtime can run the action.
        """
        try:
            kind = self._kinds.kind_of(resolved.action.exec)
        except ImageNotAvailable as error:
            # OpenWhisk fails to pull the image, and the run has a record that says so.
            message = NOT_PULLED.format(resolved.action.exec.image)
            raise StartFailed(developer_error(message), None, note=error.message) from error
        is_node = kind.startswith("nodejs:")
        runtime = self._runtime(kind)
        started_at = time.perf_counter()
        directory = self._code.directory(
            resolved.revision,
            lambda: self._actions.code(DeployedAction(resolved.action, resolved.revision)),
            resolved.action.exec.binary,
            node=is_node,
        )
        try:
            spec = await runtime.spec(
                resolved, kind, await directory, {**resolved.init, **environment}
            )
        except (CodeRejected, BuildFailed, StillBuilding) as error:
            seconds = time.perf_counter() - started_at
            raise _start_failed(error, resolved, seconds, is_node=is_node) from error
        except ActionNotFound as error:
            raise Superseded from error
        if self._cgroups is not None:
            spec = spec._replace(cgroup=self._cgroups.make(resolved.memory_mb * MB))
        # Watching begins when the start first waits for the process, because it would delay it.
        loop = asyncio.get_running_loop()
        watch = loop.call_soon(self._watchdog.add, worker, resolved.memory_mb * MB)
        try:
            # As in OpenWhisk, installing packages is part of the initialization. Its duration is
            # subtracted from the timeout and added to the outcome's time.
            outcome = await worker.start(
                spec, resolved.timeout_s - spec.waited_s, LogCollector(resolved.log_limit)
            )
            return outcome._replace(seconds=outcome.seconds + spec.waited_s)
        finally:
            watch.cancel()
            self._watchdog.remove(worker)

    def _runtime(self, kind: str) -> Runtime:
        runtime = self._runtimes.get(kind.partition(":")[0])
        if runtime is None:
            raise KindNotSupported(
                f"The kind '{kind}' cannot run here: this playground runs "
                f"{', '.join(sorted(self._runtimes))} actions only."
            )
        return runtime


def _start_failed(
    error: CodeRejected | BuildFailed | StillBuilding,
    resolved: ResolvedAction,
    seconds: float,
    *,
    is_node: bool,
) -> StartFailed:
    """Return the exception with the developer error for a start that failed after ``seconds``."""
    logs = LogCollector(resolved.log_limit)
    response, ending = developer_error(error.message), OutcomeStatus.ANSWERED
    if isinstance(error, CodeRejected):
        if error.reason:
            logs.feed(STDERR, f"{error.reason}\n".encode())
        seconds = 0.0
        response = refusal(error.message, proxied=not is_node)
    elif isinstance(error, BuildFailed):
        if error.output:
            # An installer that was killed leaves an unfinished line, which would be lost.
            logs.feed(STDERR, error.output.rstrip(b"\n") + b"\n")
    else:
        ending = OutcomeStatus.TIMED_OUT
        timed_out = TIMED_OUT_IN_INIT.format(resolved.action.limits.timeout)
        response = developer_error(f"{timed_out} {error.message} {STILL_INSTALLING}")
        logs.say(f"{error.message} {STILL_INSTALLING}")
    outcome = Outcome(ending, b"", 0, seconds, logs.finish())
    note = error.note if isinstance(error, CodeRejected) else ""
    if isinstance(error, DamagedArchive) and not is_node:
        note = WAITED.format(f"{resolved.timeout_s:g}")
    return StartFailed(response, outcome, note=note)
