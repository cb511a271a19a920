"""Storage of the latest inputs of actions, to explain and repeat their runs."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from jupyter_faas.errors import ActionNotFound
from jupyter_faas.playground.entities.actions import Actions
from jupyter_faas.playground.invocation.run import Run
from jupyter_faas.playground.storage.inputs import InputRow, InputStore
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.strict_json import read_written
from jupyter_faas.whisk import FullName
from jupyter_faas.whisk.inputs import KEEP_INPUTS, KeepInputs

log = logging.getLogger(__name__)

# Inputs are written together after this time, in seconds, so that a warm run does not wait for a
# transaction of its own.
_DELAY_S = 0.05
# The number of inputs that wait to be written. Of more, the oldest are dropped, which bounds the
# memory that they take while the disk is slow.
_MOST_PENDING = 200


class _Pending(NamedTuple):
    activation: str
    name: FullName
    kept: int
    payload: Mapping[str, Any]


class KeptInputs:
    """The kept inputs of all actions.

    The annotation of an action limits the number and size of its inputs. The inputs are deleted
    together with the action, or when an update turns the keeping off. An input is the payload of a
    run, without the parameters of the action and package.
    """

    def __init__(
        self,
        store: InputStore,
        threads: DatabaseThreads,
        actions: Actions,
        now_ms: Callable[[], int],
        *,
        by_default: bool = True,
    ) -> None:
        """Delete the inputs of actions that no longer exist or whose inputs are not kept any more.

        This blocks until the database has deleted them. ``by_default``: whether the inputs of
        actions without the annotation are kept.
        """
        self._store = store
        self._threads = threads
        self._actions = actions
        self._now_ms = now_ms
        self._by_default = by_default
        self._pending: deque[_Pending] = deque(maxlen=_MOST_PENDING)
        self._writing: asyncio.Task[None] | None = None
        # One write at a time. On a slow disk, writes would otherwise queue in the writer thread,
        # where deploys wait behind them, while the next inputs replace these anyway.
        self._one_write = asyncio.Lock()
        kept = store.actions()
        store.forget(path for path in kept if self._rule(FullName.parse(f"/{path}")) is None)

    def keep(self, run: Run) -> None:
        """Store the input of a run soon. A payload that is a list is not kept."""
        if not isinstance(run.payload, Mapping):
            return
        name = run.resolved.action.full_name
        self._pending.append(_Pending(run.activation_id, name, self._now_ms(), run.payload))
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_soon())

    async def follow(self, name: FullName) -> None:
        """Adapt the kept inputs of an action that was updated or deleted to its annotation."""
        await self._write()
        rule = self._rule(name)
        if rule is None:
            await self._threads.write(self._store.forget, [name.path])
            return

        def clean(params: bytes) -> bytes:
            return orjson.dumps(rule.cleaned(read_written(params)))

        await self._threads.write(self._store.rewrite, name.path, clean, rule.last, rule.most_bytes)

    async def latest(self, name: FullName, limit: int) -> list[InputRow]:
        """Return up to ``limit`` inputs of an action, newest first.

        Inputs whose write has been queued are included.
        """
        await self._write()
        return await self._threads.write(self._store.latest, name.path, limit)

    async def find(self, activation_id: str, namespace: str) -> InputRow | None:
        """Return the kept input of an activation, or None if none is kept in ``namespace``."""
        await self._write()
        row = await self._threads.write(self._store.find, activation_id)
        if row is None or row.action.partition("/")[0] != namespace:
            return None
        return row

    async def close(self) -> None:
        """Wait until all pending inputs are written."""
        if self._writing is not None:
            await self._writing
        await self._write()

    def _rule(self, name: FullName) -> KeepInputs | None:
        try:
            action = self._actions.get(name).action
        except ActionNotFound:
            return None
        rule = KeepInputs.of(action.annotation(KEEP_INPUTS))
        if rule is None or (rule.by_default and not self._by_default):
            return None
        # Bound environment variables are secrets. A caller could pass a parameter of that name.
        return rule.also_redacting(each.key for each in action.parameters if each.init)

    async def _write_soon(self) -> None:
        while self._pending:
            await asyncio.sleep(_DELAY_S)
            await self._write()
        self._writing = None

    async def _write(self) -> None:
        """Write the pending inputs, of each action at most as many as it keeps."""
        async with self._one_write:
            await self._write_pending()

    async def _write_pending(self) -> None:
        by_action: dict[str, list[_Pending]] = {}
        while self._pending:
            each = self._pending.popleft()
            by_action.setdefault(each.name.path, []).append(each)
        for path, found in by_action.items():
            # The current annotation is used, because the action may have been updated since.
            rule = self._rule(found[0].name)
            if rule is None:
                continue
            try:
                await self._threads.write(self._add, path, found[-rule.last :], rule)
            except Exception as error:
                # The error does not affect the runs. Its message is not logged, because it could
                # contain an input, which is private.
                kind = type(error).__name__
                log.error("The inputs of %d runs could not be kept: %s", len(found), kind)

    def _add(self, path: str, found: Sequence[_Pending], rule: KeepInputs) -> None:
        rows = []
        for each in found:
            params = orjson.dumps(rule.cleaned(each.payload))
            if len(params) <= rule.most_input_bytes:
                rows.append(InputRow(each.activation, path, each.kept, params))
        self._store.add(path, rows, rule.last, rule.most_bytes)
