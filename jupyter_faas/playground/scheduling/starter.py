"""Starting a worker for an action: its code, its interpreter, its limits."""

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

GOES_ON = "The installation goes on: invoke the action again, and it will be found."


class Starter:
    """Finds the runtime of a kind by its family; starts workers with it."""

    def __init__(
        self,
        *,
        runtimes: Mapping[str, Runtime],
        kinds: KindOverrides,
        actions: Actions,
        code: CodeCache,
        watch: MemoryWatchdog,
        cgroups: Cgroups | None,
    ) -> None:
        self._runtimes = runtimes
        self._kinds = kinds
        self._actions = actions
        self._code = code
        self._watch = watch
        self._cgroups = cgroups

    async def check(self, plan: ResolvedAction) -> None:
        """Raises KindNotSupported, with the reason, when nothing here runs the action's kind."""
        kind = self._kinds.kind_of(plan.action.exec)
        if plan.action.exec.image is not None:
            with contextlib.suppress(ActionNotFound):  # It has changed: the start looks again.
                code = await self._actions.code(DeployedAction(plan.action, plan.revision))
                check_image_code(plan.action.exec, code)
        await self._runtime(kind).check(plan, kind)

    async def start(
        self, worker: Worker, plan: ResolvedAction, environment: Mapping[str, str]
    ) -> Outcome:
        """Start ``worker``; ``environment`` is of the run that it is started for.

        Raises StartFailed for code that cannot be laid out and packages that cannot be installed
        or are not yet, Superseded when the action has changed before its code was read,
        KindNotSupported.
        """
        kind = self._kinds.kind_of(plan.action.exec)
        runtime = self._runtime(kind)
        began = time.perf_counter()
        directory = self._code.directory(
            plan.revision,
            lambda: self._actions.code(DeployedAction(plan.action, plan.revision)),
            plan.action.exec.binary,
            node=kind.startswith("nodejs:"),
        )
        try:
            spec = await runtime.spec(plan, kind, await directory, {**plan.init, **environment})
        except (CodeRejected, BuildFailed, StillBuilding) as error:
            raise _failed(error, plan, time.perf_counter() - began) from error
        except ActionNotFound as error:
            raise Superseded from error
        if self._cgroups is not None:
            spec = replace(spec, cgroup=self._cgroups.make(plan.memory_mb * MB))
        self._watch.add(worker, plan.memory_mb * MB)
        try:
            outcome = await worker.start(
                spec, plan.timeout_s - spec.waited_s, LogCollector(plan.log_limit)
            )
            return outcome._replace(seconds=outcome.seconds + spec.waited_s)
        finally:
            self._watch.remove(worker)

    def _runtime(self, kind: str) -> Runtime:
        runtime = self._runtimes.get(kind.partition(":")[0])
        if runtime is None:
            raise KindNotSupported(
                f"The kind '{kind}' cannot run here: this playground runs "
                f"{', '.join(sorted(self._runtimes))} actions only."
            )
        return runtime


def _failed(
    error: CodeRejected | BuildFailed | StillBuilding, plan: ResolvedAction, seconds: float
) -> StartFailed:
    """The developer error for a start that came to nothing after so long."""
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
        message = f"{timed_out} {message} {GOES_ON}"
        logs.say(f"{error.message} {GOES_ON}")
    return StartFailed(developer_error(message), Outcome(ending, b"", 0, seconds, logs.finish()))
