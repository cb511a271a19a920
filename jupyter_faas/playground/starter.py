"""Starting a worker for an action: its code, its interpreter, its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from jupyter_faas.errors import ActionNotFound, KindNotSupported
from jupyter_faas.playground.actions import Actions, Deployed
from jupyter_faas.playground.archive import CodeRejected
from jupyter_faas.playground.cgroup import Cgroups
from jupyter_faas.playground.codecache import CodeCache
from jupyter_faas.playground.exchange import Ending, Outcome
from jupyter_faas.playground.logs import LogCollector
from jupyter_faas.playground.plan import Plan
from jupyter_faas.playground.pool import StartFailed, Superseded
from jupyter_faas.playground.responses import developer_error
from jupyter_faas.playground.runtimes import Runtime
from jupyter_faas.playground.watch import MemoryWatch
from jupyter_faas.playground.worker import Worker
from jupyter_faas.whisk.limits import MB


class Starter:
    """Finds the runtime of a kind by its family; starts workers with it."""

    def __init__(
        self,
        *,
        runtimes: Mapping[str, Runtime],
        actions: Actions,
        code: CodeCache,
        watch: MemoryWatch,
        cgroups: Cgroups | None,
    ) -> None:
        self._runtimes = runtimes
        self._actions = actions
        self._code = code
        self._watch = watch
        self._cgroups = cgroups

    async def check(self, plan: Plan) -> None:
        """Raises KindNotSupported, with the reason, when nothing here runs the action's kind."""
        await self._runtime(plan).check(plan)

    async def start(self, worker: Worker, plan: Plan, environment: Mapping[str, str]) -> Outcome:
        """Start ``worker``; ``environment`` is of the run that it is started for.

        Raises StartFailed for code that cannot be laid out, Superseded when the action has
        changed before its code was read, KindNotSupported.
        """
        directory = self._code.directory(
            plan.revision,
            lambda: self._actions.code(Deployed(plan.action, plan.revision)),
            plan.action.exec.binary,
            node=plan.family == "nodejs",
        )
        try:
            spec = await self._runtime(plan).spec(
                plan, await directory, {**plan.init, **environment}
            )
        except CodeRejected as error:
            logs = LogCollector(plan.log_limit)
            logs.say(error.reason)
            outcome = Outcome(Ending.ANSWERED, b"", 0, 0.0, logs.finish())
            raise StartFailed(developer_error(error.message), outcome) from error
        except ActionNotFound as error:
            raise Superseded from error
        if self._cgroups is not None:
            spec = replace(spec, cgroup=self._cgroups.make(plan.memory_mb * MB))
        self._watch.begin(worker, plan.memory_mb * MB)
        try:
            return await worker.start(spec, plan.timeout_s, LogCollector(plan.log_limit))
        finally:
            self._watch.finish(worker)

    def _runtime(self, plan: Plan) -> Runtime:
        runtime = self._runtimes.get(plan.family)
        if runtime is None:
            raise KindNotSupported(
                f"The kind '{plan.kind}' cannot run here: this playground runs "
                f"{', '.join(sorted(self._runtimes))} actions only."
            )
        return runtime
