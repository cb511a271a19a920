"""Keep the inputs of actions annotated with ``--keep-inputs``, so that runs can be replayed."""

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
    """Keeps a limited number (by annotation) and size (``MOST_BYTES``) of inputs per action.

    They are deleted with the action, or when an update removes the annotation. The payload is
    kept, without the parameters of the action and its package.
    """

    def __init__(
        self,
        store: InputStore,
        threads: DatabaseThreads,
        actions: Actions,
        now_ms: Callable[[], int],
    ) -> None:
        """Blocking: deletes the inputs of actions that no longer exist."""
        self._store = store
        self._threads = threads
        self._actions = actions
        self._now_ms = now_ms
        self._writing: set[asyncio.Task[None]] = set()
        kept = store.actions()
        store.forget(path for path in kept if self._rule(FullName.parse(f"/{path}")) is None)

    def keep(self, run: Run) -> None:
        """Keep the input of a run whose action ``keeps_inputs``, in a task."""
        action = run.plan.action
        # The action may have been updated while the run was waiting for a worker.
        rule = self._rule(action.full_name)
        if rule is None or not isinstance(run.payload, Mapping):
            return
        params = orjson.dumps(rule.cleaned(run.payload))
        row = InputRow(run.activation_id, action.full_name.path, self._now_ms(), params)
        task = asyncio.get_running_loop().create_task(self._write(row, rule))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def follow(self, name: FullName) -> None:
        """Apply the annotation of an action that was updated, or deleted, to its kept inputs."""
        rule = self._rule(name)
        if rule is None:
            await self._threads.write(self._store.forget, [name.path])
            return

        def clean(params: bytes) -> bytes:
            return orjson.dumps(rule.cleaned(read_written(params)))

        await self._threads.write(self._store.rewrite, name.path, clean, rule.last, MOST_BYTES)

    async def latest(self, name: FullName, limit: int) -> list[InputRow]:
        """Return the newest inputs first, including those that are being written."""
        return await self._threads.write(self._store.latest, name.path, limit)

    async def find(self, activation_id: str, namespace: str) -> InputRow | None:
        """Return the input of an activation, if its action is in the namespace."""
        row = await self._threads.write(self._store.find, activation_id)
        if row is None or row.action.partition("/")[0] != namespace:
            return None
        return row

    async def close(self) -> None:
        """Finish what is being written."""
        await asyncio.gather(*self._writing)

    def _rule(self, name: FullName) -> KeepInputs | None:
        try:
            action = self._actions.get(name).action
        except ActionNotFound:
            return None
        return KeepInputs.of(action.annotation(KEEP_INPUTS))

    async def _write(self, row: InputRow, rule: KeepInputs) -> None:
        if self._rule(FullName.parse(f"/{row.action}")) is None:
            return  # The action was deleted meanwhile.
        try:
            await self._threads.write(self._store.add, row, rule.last, MOST_BYTES)
        except Exception as error:
            # The run is not affected. The error's text could contain the input, which is private.
            kind = type(error).__name__
            log.error("The input of activation %s could not be kept: %s", row.activation, kind)
