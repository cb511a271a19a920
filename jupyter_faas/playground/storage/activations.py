"""Activation records: journalled before they are acknowledged, then batched into the database."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import orjson

from jupyter_faas.errors import ActivationNotFound, PlaygroundError
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.filters import ActivationFilter, ActivationRow
from jupyter_faas.playground.storage.graphs import GraphLink, GraphStore
from jupyter_faas.playground.storage.journal import ACCEPTED, GRAPH, RECORD, Journal, replay
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.storage.usage import UsageFilter
from jupyter_faas.playground.storage.usage_daily import DailyFilter, DailyRow
from jupyter_faas.playground.storage.usage_folding import STEP
from jupyter_faas.playground.storage.usage_rollups import UsageRow
from jupyter_faas.whisk import Activation

log = logging.getLogger(__name__)

FLUSH_AFTER_S = 0.05
_AGAIN_S = 1.0
ROTATE_AT_BYTES = 8 * 1024 * 1024

# Above this many characters of logs, encoding and writing would be felt by the other requests.
_LARGE_LOGS = 64 * 1024


class ActivationStore:
    """What ``add`` and ``accept`` have returned for is kept when the playground is killed.

    They append to the journal, which a crash of the process does not touch (a power cut may);
    the database follows within ``FLUSH_AFTER_S`` in one commit for many. Reads see both. An
    invocation that was accepted with a 202 and has no record when the playground starts again
    gets one that says so: it is never run a second time.
    """

    def __init__(
        self,
        store: Database,
        journal: Journal,
        threads: DatabaseThreads,
        written: Callable[[int], None] | None = None,
    ) -> None:
        """``written`` is told how many records each commit had."""
        self._store = store
        self._written = written
        self._journal = journal
        self._threads = threads
        self._graphs = GraphStore(store)
        self._pending_graphs: dict[str, GraphLink] = {}
        # Until the database has their records too.
        self._beside: set[str] = set()
        self._pending: dict[str, _PendingRecord] = {}
        self._pending_accepted: dict[str, bytes] = {}
        # Accepted, and without a record so far.
        self._owed: set[str] = set()
        self._appending = 0
        self._failing = False
        self._flush_timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None

    def replay(self) -> None:
        """Bring the database up to date after whatever ended the last process. Blocking.

        Raises PlaygroundError when it takes no more; the journal keeps everything then.
        """
        replay(self._store, self._graphs, self._journal)

    # -- writing -------------------------------------------------------------------------------

    def accept(self, activation: Activation) -> None:
        """Before a 202: ``activation`` is the record for the case that it never ends.

        Raises PlaygroundError when the journal takes no more; then nothing was accepted.
        """
        doc = orjson.dumps(activation.to_json())
        self._journal.append(ACCEPTED + doc)
        self._pending_accepted[activation.activation_id] = doc
        self._owed.add(activation.activation_id)
        self._flush_soon()

    def keep_graph(self, link: GraphLink) -> None:
        """When a run begins: what it will be drawn as. Raises PlaygroundError like ``accept``."""
        sha256 = link.graph.sha256
        told = sha256 in self._graphs.known or any(
            each.graph.sha256 == sha256 for each in self._pending_graphs.values()
        )
        self._journal.append(GRAPH + link.entry(whole=not told))
        self._pending_graphs[link.activation] = link
        if link.beside:
            self._beside.add(link.activation)
        self._flush_soon()

    async def add(self, activation: Activation) -> bytes:
        """Keep a record; give it as JSON. Raises PlaygroundError like ``accept``.

        That of an accepted run is kept in memory until the disk takes it: somebody has its id.
        """
        if are_small(activation.logs):
            doc = self._append_whole(activation)
        else:
            loop = asyncio.get_running_loop()
            self._appending += 1
            try:
                doc = await loop.run_in_executor(None, self._append_whole, activation)
            finally:
                self._appending -= 1
        return self._added(
            activation.activation_id, doc, partial(ActivationRow.of, activation, doc)
        )

    def add_at_once(self, activation_id: str, doc: bytes, row: Callable[[], ActivationRow]) -> None:
        """The same for a record that is JSON already, and whose logs ``are_small``."""
        self._added(activation_id, self._append(activation_id, doc), row)

    def _added(self, activation_id: str, doc: bytes, row: Callable[[], ActivationRow]) -> bytes:
        self._owed.discard(activation_id)
        self._pending[activation_id] = _PendingRecord(row)
        self._flush_soon()
        return doc

    def _append_whole(self, activation: Activation) -> bytes:
        return self._append(activation.activation_id, orjson.dumps(activation.to_json()))

    def _append(self, activation_id: str, doc: bytes) -> bytes:
        try:
            self._journal.append(RECORD + doc)
        except PlaygroundError:
            # These are few: while the journal takes nothing, nothing more is accepted.
            if activation_id not in self._owed:
                raise
        return doc

    def _flush_soon(self) -> None:
        if self._flush_timer is None and self._flushing is None:
            loop = asyncio.get_running_loop()
            self._flush_timer = loop.call_later(FLUSH_AFTER_S, self._start_flush)

    def _start_flush(self) -> asyncio.Task[None]:
        self._flush_timer = None
        self._flushing = asyncio.get_running_loop().create_task(self._flush())
        return self._flushing

    async def _flush(self) -> None:
        try:
            await self._commit()
        except Exception:
            # The entries stay in the journal and in memory; the next flush tries again.
            if not self._failing:
                log.exception("ActivationStore could not be committed; it will be tried again.")
            self._failing = True
            await asyncio.sleep(_AGAIN_S)
        else:
            self._failing = False
        self._flushing = None
        if self._unwritten:
            self._flush_soon()

    async def _commit(self) -> None:
        if self._journal.size > ROTATE_AT_BYTES and not self._appending:
            # The commit matters more, and makes room itself.
            with contextlib.suppress(OSError):
                self._journal.rotate()
        records, accepted = dict(self._pending), dict(self._pending_accepted)
        graphs = dict(self._pending_graphs)
        if graphs:
            await self._threads.write(self._graphs.keep, list(graphs.values()))
        await self._threads.write(
            lambda: self._store.commit(
                [each.row for each in records.values()], list(accepted.items())
            )
        )
        if self._written is not None:
            self._written(len(records))
        _remove(self._pending, records)
        _remove(self._pending_accepted, accepted)
        _remove(self._pending_graphs, graphs)
        self._beside.difference_update(records)
        if self._appending == 0 and not self._unwritten:
            self._journal.empty()
        else:
            self._journal.drop_old()

    @property
    def _unwritten(self) -> bool:
        return bool(self._pending or self._pending_accepted or self._pending_graphs)

    async def close(self) -> None:
        """Commit what is left. Where the disk takes no more, the journal has it still."""
        while self._unwritten or self._flushing:
            if self._flush_timer is not None:
                self._flush_timer.cancel()
                self._start_flush()
            if self._flushing is None:
                break
            await self._flushing
            if self._failing:
                break
        if self._flush_timer is not None:
            self._flush_timer.cancel()

    # -- reading -------------------------------------------------------------------------------

    async def get(self, activation_id: str, namespace: str) -> bytes:
        """The whole record as JSON. Raises ActivationNotFound, also for another namespace's."""
        pending = self._pending.get(activation_id)
        row = pending.row if pending is not None else None
        if row is not None and row.namespace == namespace:
            return row.doc
        doc = await self._threads.read(self._store.record, activation_id, namespace)
        if doc is None:
            raise ActivationNotFound("The requested resource does not exist.")
        return doc

    async def graph(self, activation_id: str, namespace: str) -> bytes | None:
        """What a run is drawn as, as JSON. Reads behind what is being written."""
        link = self._pending_graphs.get(activation_id)
        if link is not None and link.namespace == namespace:
            return link.graph.doc
        return await self._threads.write(self._graphs.find, activation_id, namespace)

    async def usage(self, where: UsageFilter) -> list[UsageRow]:
        """What runs used that had ended when this was called."""
        await self._summed()
        return await self._threads.read(self._store.usage, where)

    async def daily(self, asked: DailyFilter) -> list[DailyRow]:
        """The same, for each day."""
        await self._summed()
        return await self._threads.read(self._store.daily, asked)

    async def _summed(self) -> None:
        """Until the sums have what had ended before; where much is missing they do without."""
        await self._flushed()
        if await self._threads.read(self._store.summable):
            while await self._threads.write(self._store.fold) == STEP:
                pass

    async def _flushed(self) -> None:
        while (under_way := self._flushing) is not None:
            await asyncio.shield(under_way)
        if self._pending and self._flush_timer is not None:
            self._flush_timer.cancel()
            await asyncio.shield(self._start_flush())

    async def list(
        self, where: ActivationFilter, *, limit: int, skip: int, docs: bool
    ) -> list[bytes]:
        """Newest start first: list entries, or whole records with ``docs``."""
        # Taken before the database is read: what is flushed meanwhile is seen twice, never missed.
        pending = {row.id: row for row in self._pending_where(where)}
        page = await self._threads.read(
            self._store.records, where, limit, docs, skip, list(pending)
        )
        # By start, and within a millisecond by the order in which they came.
        found = [(row[0], -rank, row[2]) for rank, row in enumerate(page.rows)]
        for rank, row in enumerate(pending.values(), start=1):
            if row.id not in page.known:
                found.append((row.start, rank, row.doc if docs else row.summary))
        found.sort(key=lambda each: each[:2], reverse=True)
        first = skip - page.skipped
        return [doc for _, _, doc in found[first : first + limit]]

    async def count(self, where: ActivationFilter) -> int:
        pending = [row.id for row in self._pending_where(where)]
        return await self._threads.read(self._store.count, where, pending) + len(pending)

    def _pending_where(self, where: ActivationFilter) -> Iterable[ActivationRow]:
        hidden = self._beside if where.causes == () else ()
        rows = [each.row for each in self._pending.values()]
        return [row for row in rows if where.matches(row) and row.id not in hidden]


def are_small(logs: tuple[str, ...]) -> bool:
    """Whether to keep a record with them takes no time that others would feel."""
    return not logs or sum(map(len, logs)) <= _LARGE_LOGS


@dataclass(eq=False)
class _PendingRecord:
    """A record that the database has not got yet; its row is made when somebody wants it."""

    make: Callable[[], ActivationRow]

    @cached_property
    def row(self) -> ActivationRow:
        return self.make()


def _remove(pending: dict[str, Any], committed: Iterable[str]) -> None:
    for key in list(committed):
        pending.pop(key, None)
