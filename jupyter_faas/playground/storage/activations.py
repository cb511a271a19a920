"""Activation records: append them to the journal, batch them into SQLite, list and read them.

A record that was acknowledged must survive SIGKILL, yet an answer must not wait for a commit. So
``add`` and ``accept`` append to the journal (one ``write``, 5 µs) before the answer is sent, and
keep the record in memory as pending. A timer commits all pending records FLUSH_AFTER_S later, in
one transaction in the thread that writes; then they leave memory, and the journal is emptied.
While records arrive during a commit, the journal is rotated instead: the old half is dropped once
it is committed. At start ``replay`` commits what the journal of a killed process holds.

Every read therefore merges two sources: the database, and the pending records that it does not
have yet. An invocation that was accepted with a 202 and has no record at start gets one that says
that it never ended; it is not run again.

Committing each record before its answer was measured as the alternative (see ``journal``).
"""

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
from jupyter_faas.playground.storage.usage_rollups import STEP, UsageRow
from jupyter_faas.whisk import Activation

log = logging.getLogger(__name__)

FLUSH_AFTER_S = 0.05
_RETRY_AFTER_S = 1.0
ROTATE_AT_BYTES = 8 * 1024 * 1024

# Encoding and writing longer logs (characters) would delay other requests: a thread does it.
_LARGE_LOGS = 64 * 1024


class ActivationStore:
    """What ``add`` and ``accept`` returned for survives SIGKILL; a power cut may undo the last.

    Use it in the event loop only.
    """

    def __init__(
        self,
        database: Database,
        journal: Journal,
        threads: DatabaseThreads,
        on_commit: Callable[[int], None] | None = None,
    ) -> None:
        """``on_commit`` is called with the number of records of each commit."""
        self._database = database
        self._on_commit = on_commit
        self._journal = journal
        self._threads = threads
        self._graphs = GraphStore(database)
        self._pending_graphs: dict[str, GraphLink] = {}
        # Parallel branches whose records are pending: their link to the parent is in no record.
        self._branches: set[str] = set()
        self._pending: dict[str, _PendingRecord] = {}
        self._pending_accepted: dict[str, bytes] = {}
        # Accepted, and without a record so far.
        self._unfinished: set[str] = set()
        self._appending = 0
        self._failing = False
        self._flush_timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None

    def replay(self) -> None:
        """Commit what the journal of the last process holds. Blocking.

        Raises PlaygroundError when the database cannot be written; the journal stays as it is.
        """
        replay(self._database, self._graphs, self._journal)

    def accept(self, activation: Activation) -> None:
        """Call it before a 202; ``activation`` is the record in case the run never ends.

        Raises PlaygroundError when the journal cannot be written; then nothing was accepted.
        """
        doc = orjson.dumps(activation.to_json())
        self._journal.append(ACCEPTED + doc)
        self._pending_accepted[activation.activation_id] = doc
        self._unfinished.add(activation.activation_id)
        self._flush_soon()

    def keep_graph(self, link: GraphLink) -> None:
        """Keep the graph of a run that begins. Raises PlaygroundError like ``accept``."""
        sha256 = link.graph.sha256
        journalled = sha256 in self._graphs.known or any(
            each.graph.sha256 == sha256 for each in self._pending_graphs.values()
        )
        self._journal.append(GRAPH + link.entry(whole=not journalled))
        self._pending_graphs[link.activation] = link
        if link.branch:
            self._branches.add(link.activation)
        self._flush_soon()

    async def add(self, activation: Activation) -> bytes:
        """Keep a record; return it as JSON. Raises PlaygroundError like ``accept``.

        If the run was accepted, it does not raise: a client has the id, so the record stays pending
        until the disk can be written again.
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

    def add_encoded(self, activation_id: str, doc: bytes, row: Callable[[], ActivationRow]) -> None:
        """Like ``add``, for a record that is JSON already and whose logs ``are_small``."""
        self._added(activation_id, self._append(activation_id, doc), row)

    def _added(self, activation_id: str, doc: bytes, row: Callable[[], ActivationRow]) -> bytes:
        self._unfinished.discard(activation_id)
        self._pending[activation_id] = _PendingRecord(row)
        self._flush_soon()
        return doc

    def _append_whole(self, activation: Activation) -> bytes:
        return self._append(activation.activation_id, orjson.dumps(activation.to_json()))

    def _append(self, activation_id: str, doc: bytes) -> bytes:
        try:
            self._journal.append(RECORD + doc)
        except PlaygroundError:
            # This memory is bounded: while the journal fails, no more runs are accepted.
            if activation_id not in self._unfinished:
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
            # The records stay pending and in the journal; the next flush tries again.
            if not self._failing:
                log.exception("Records could not be committed; it will be tried again.")
            self._failing = True
            await asyncio.sleep(_RETRY_AFTER_S)
        else:
            self._failing = False
        self._flushing = None
        if self._unwritten:
            self._flush_soon()

    async def _commit(self) -> None:
        if self._journal.size > ROTATE_AT_BYTES and not self._appending:
            # Without a rotation the commit still works, and it frees the journal too.
            with contextlib.suppress(OSError):
                self._journal.rotate()
        records, accepted = dict(self._pending), dict(self._pending_accepted)
        graphs = dict(self._pending_graphs)
        if graphs:
            await self._threads.write(self._graphs.keep, list(graphs.values()))
        await self._threads.write(
            lambda: self._database.commit(
                [each.row for each in records.values()], list(accepted.items())
            )
        )
        if self._on_commit is not None:
            self._on_commit(len(records))
        _remove(self._pending, records)
        _remove(self._pending_accepted, accepted)
        _remove(self._pending_graphs, graphs)
        self._branches.difference_update(records)
        if self._appending == 0 and not self._unwritten:
            self._journal.empty()
        else:
            self._journal.drop_old()

    @property
    def _unwritten(self) -> bool:
        return bool(self._pending or self._pending_accepted or self._pending_graphs)

    async def close(self) -> None:
        """Commit what is pending. If the disk is full, the journal still holds it."""
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

    async def get(self, activation_id: str, namespace: str) -> bytes:
        """Return a record as JSON. Raises ActivationNotFound, also for one of another namespace."""
        pending = self._pending.get(activation_id)
        row = pending.row if pending is not None else None
        if row is not None and row.namespace == namespace:
            return row.doc
        doc = await self._threads.read(self._database.record, activation_id, namespace)
        if doc is None:
            raise ActivationNotFound("The requested resource does not exist.")
        return doc

    async def graph(self, activation_id: str, namespace: str) -> bytes | None:
        """Return the graph of a run as JSON. Waits for writes under way."""
        link = self._pending_graphs.get(activation_id)
        if link is not None and link.namespace == namespace:
            return link.graph.doc
        return await self._threads.write(self._graphs.find, activation_id, namespace)

    async def usage(self, where: UsageFilter) -> list[UsageRow]:
        """Return usage, with every run that had ended when this was called."""
        await self._update_rollups()
        return await self._threads.read(self._database.usage, where)

    async def daily(self, request: DailyFilter) -> list[DailyRow]:
        """Return the same for each day."""
        await self._update_rollups()
        return await self._threads.read(self._database.daily, request)

    async def _update_rollups(self) -> None:
        """Add all pending records to the rollups, unless these are too far behind to be read."""
        await self._flushed()
        if await self._threads.read(self._database.rollups_usable):
            while await self._threads.write(self._database.roll_up) == STEP:
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
        """Return list entries, or whole records with ``docs``; newest start first."""
        # Before the database is read: a record flushed meanwhile is then seen twice, never missed.
        pending = {row.id: row for row in self._pending_where(where)}
        page = await self._threads.read(
            self._database.records, where, limit, docs, skip, list(pending)
        )
        # Sort by start, and within a millisecond by the order in which they were added.
        found = [(row[0], -rank, row[2]) for rank, row in enumerate(page.rows)]
        for rank, row in enumerate(pending.values(), start=1):
            if row.id not in page.written:
                found.append((row.start, rank, row.doc if docs else row.summary))
        found.sort(key=lambda each: each[:2], reverse=True)
        first = skip - page.skipped
        return [doc for _, _, doc in found[first : first + limit]]

    async def count(self, where: ActivationFilter) -> int:
        """Return how many records match."""
        pending = [row.id for row in self._pending_where(where)]
        return await self._threads.read(self._database.count, where, pending) + len(pending)

    def _pending_where(self, where: ActivationFilter) -> Iterable[ActivationRow]:
        # A branch has no cause in its record, yet it is not a top-level run.
        hidden = self._branches if where.causes == () else ()
        rows = [each.row for each in self._pending.values()]
        return [row for row in rows if where.matches(row) and row.id not in hidden]


def are_small(logs: tuple[str, ...]) -> bool:
    """Whether a record with these logs is written fast enough for the event loop."""
    return not logs or sum(map(len, logs)) <= _LARGE_LOGS


@dataclass(eq=False)
class _PendingRecord:
    """A record that is not committed yet; its row is made when it is needed."""

    make: Callable[[], ActivationRow]

    @cached_property
    def row(self) -> ActivationRow:
        return self.make()


def _remove(pending: dict[str, Any], committed: Iterable[str]) -> None:
    for key in list(committed):
        pending.pop(key, None)
