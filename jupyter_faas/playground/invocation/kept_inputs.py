"""Storage of the inputs of actions that were deployed with ``--keep-inputs``, for replays."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

import orjson

from jupyter_faas.errors import ActionNotFound
from jupyter_faas.playground.entities.actions import Actions
from jupyter_faas.playground.invocation.run import Run
from jupyter_faas.playground.storage.inputs import InputRow, InputStore
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.strict_json import read_written
from jupyter_faas.whisk import FullName
from jupyter_faas.whisk.inputs import KEEP_INPUTS, KeepInputs
from jupyter_faas.whisk.limits import MB

log = logging.getLogger(__name__)

MOST_BYTES = 16 * MB


class KeptInputs:
    """The kept inputs of all actions.

    The annotation of an action limits the number of its inputs, and ``MOST_BYTES`` limits their
    total size. The inputs are deleted together with the action, or when an update removes the
    annotation. An input is the payload of a run, without the parameters of the action and package.
    """

    def __init__(
        self,
        store: InputStore,
        threads: DatabaseThreads,
        actions: Actions,
        now_ms: Callable[[], int],
    ) -> None:
        """Delete the inputs of actions that no longer exist or no longer have the annotation.

        This blocks until the database has deleted them.
        """
        self._store = store
        self._threads = threads
        self._actions = actions
        self._now_ms = now_ms
        self._writing: set[asyncio.Task[None]] = set()
        kept = store.actions()
        store.forget(path for path in kept if self._rule(FullName.parse(f"/{path}")) is None)

    def keep(self, run: Run) -> None:
        """Start a task that stores the input of a run.

        Does nothing if the action no longer has the annotation, or if the payload is a list.
        """
        action = run.resolved.action
        # The current annotation is used, because the action may have been updated while the run
        # was waiting for a worker.
        rule = self._rule(action.full_name)
        if rule is None or not isinstance(run.payload, Mapping):
            return
        params = orjson.dumps(rule.cleaned(run.payload))
        row = InputRow(run.activation_id, action.full_name.path, self._now_ms(), params)
        task = asyncio.get_running_loop().create_task(self._write(row, rule))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def follow(self, name: FullName) -> None:
        """Adapt the kept inputs of an action that was updated or deleted to its annotation."""
        rule = self._rule(name)
        if rule is None:
            await self._threads.write(self._store.forget, [name.path])
            return

        def clean(params: bytes) -> bytes:
            return orjson.dumps(rule.cleaned(read_written(params)))

        await self._threads.write(self._store.rewrite, name.path, clean, rule.last, MOST_BYTES)

    async def latest(self, name: FullName, limit: int) -> list[InputRow]:
        """Return up to ``limit`` inputs of an action, newest first.

        Inputs whose write has been queued are included.
        """
        return await self._threads.write(self._store.latest, name.path, limit)

    async def find(self, activation_id: str, namespace: str) -> InputRow | None:
        """Return the kept input of an activation, or None if none is kept in ``namespace``."""
        row = await self._threads.write(self._store.find, activation_id)
        if row is None or row.action.partition("/")[0] != namespace:
            return None
        return row

    async def close(self) -> None:
        """Wait until all pending inputs are written."""
        await asyncio.gather(*self._writing)

    def _rule(self, name: FullName) -> KeepInputs | None:
        try:
            action = self._actions.get(name).action
        except ActionNotFound:
            return None
        return KeepInputs.of(action.annotation(KEEP_INPUTS))

    async def _write(self, row: InputRow, rule: KeepInputs) -> None:
        if self._rule(FullName.parse(f"/{row.action}")) is None:
            return  # The action has been deleted or has lost the annotation in the meantime.
        try:
            await self._threads.write(self._store.add, row, rule.last, MOST_BYTES)
        except Exception as error:
            # The error does not affect the run. Its message is not logged, because it could contain
            # the input, which is private.
            kind = type(error).__name__
            log.error("The input of activation %s could not be kept: %s", row.activation, kind)
