"""Start a worker for an action: unpack the code, choose the runtime, set the limits."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import replace

from jupyter_faas.errors import ActionNotFound, KindNotSupported
from jupyter_faas.playground.entities.actions import Actions, DeployedAction
from jupyter_faas.playground.entities.resolved_action import ResolvedAction
from jupyter_faas.playground.runtimes import Runtime
from jupyter_faas.playground.runtimes.archive import CodeRejected
from jupyter_faas.playground.runtimes.builds import BuildFailed, StillBuilding
from jupyter_faas.playground.runtimes.code_cache import CodeCache
from jupyter_faas.playground.runtimes.kind_overrides import KindOverrides, check_image_code
from jupyter_faas.playground.scheduling.pool import StartFailed, Superseded
from jupyter_faas.playground.workers.exchange import Outcome, OutcomeStatus
from jupyter_faas.playground.workers.logs import STDERR, LogCollector
from jupyter_faas.playground.workers.memory import Cgroups
from jupyter_faas.playground.workers.responses import TIMED_OUT_IN_INIT, developer_error
from jupyter_faas.playground.workers.watchdog import MemoryWatchdog
from jupyter_faas.playground.workers.worker import Worker
from jupyter_faas.whisk.limits import MB

STILL_INSTALLING = "The installation goes on: invoke the action again, and it will be found."


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

    async def check(self, plan: ResolvedAction) -> None:
        """Raise KindNotSupported, with the reason, if no runtime can run the action."""
        kind = self._kinds.kind_of(plan.action.exec)
        if plan.action.exec.image is not None:
            # If the action was changed meanwhile, the start checks it again.
            with contextlib.suppress(ActionNotFound):
                code = await self._actions.code(DeployedAction(plan.action, plan.revision))
                check_image_code(plan.action.exec, code)
        await self._runtime(kind).check(plan, kind)

    async def start(
        self, worker: Worker, plan: ResolvedAction, environment: Mapping[str, str]
    ) -> Outcome:
        """Start ``worker``. ``environment`` has the variables of the run it is started for.

        Raises StartFailed if the code cannot be unpacked, or if its packages cannot be installed or
        are not installed yet. Raises Superseded if the action was changed before its code was read,
        and KindNotSupported if no runtime can run it.
        """
        kind = self._kinds.kind_of(plan.action.exec)
        runtime = self._runtime(kind)
        started_at = time.perf_counter()
        directory = self._code.directory(
            plan.revision,
            lambda: self._actions.code(DeployedAction(plan.action, plan.revision)),
            plan.action.exec.binary,
            node=kind.startswith("nodejs:"),
        )
        try:
            spec = await runtime.spec(plan, kind, await directory, {**plan.init, **environment})
        except (CodeRejected, BuildFailed, StillBuilding) as error:
            raise _start_failed(error, plan, time.perf_counter() - started_at) from error
        except ActionNotFound as error:
            raise Superseded from error
        if self._cgroups is not None:
            spec = replace(spec, cgroup=self._cgroups.make(plan.memory_mb * MB))
        self._watchdog.add(worker, plan.memory_mb * MB)
        try:
            # Installing packages counts as initialization: it shortens the timeout and is added to
            # the time, as in OpenWhisk.
            outcome = await worker.start(
                spec, plan.timeout_s - spec.waited_s, LogCollector(plan.log_limit)
            )
            return outcome._replace(seconds=outcome.seconds + spec.waited_s)
        finally:
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
    error: CodeRejected | BuildFailed | StillBuilding, plan: ResolvedAction, seconds: float
) -> StartFailed:
    """Return the developer error for a start that failed after ``seconds``."""
    logs = LogCollector(plan.log_limit)
    message, ending = error.message, OutcomeStatus.ANSWERED
    if isinstance(error, CodeRejected):
        logs.say(error.reason)
        seconds = 0.0
    elif isinstance(error, BuildFailed):
        logs.feed(STDERR, error.output)
    else:
        ending = OutcomeStatus.TIMED_OUT
        timed_out = TIMED_OUT_IN_INIT.format(plan.action.limits.timeout)
        message = f"{timed_out} {message} {STILL_INSTALLING}"
        logs.say(f"{error.message} {STILL_INSTALLING}")
    return StartFailed(developer_error(message), Outcome(ending, b"", 0, seconds, logs.finish()))
