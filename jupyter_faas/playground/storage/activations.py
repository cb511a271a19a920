"""Activation records: append them to the journal, batch them into SQLite, list and read them.

A record that was acknowledged must survive SIGKILL, yet an answer must not wait for a commit. So
``add`` and ``accept`` append to the journal (one ``write``, 5 µs) before the answer is sent, and
keep the record in memory as pending. A timer commits all pending records FLUSH_AFTER_S later, in
one transaction in the thread that writes. Then they are removed from memory, and the journal is
emptied. Under constant load there is never a moment to empty it, so a large journal is rotated
before a commit, and the old file is deleted after it. At start ``replay`` commits the entries that
a killed process has left in the journal.

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

# Batching over 50 ms costs no throughput; a commit for each request halves it.
FLUSH_AFTER_S = 0.05
# After a failed commit, for example because the disk is full.
_RETRY_AFTER_S = 1.0
ROTATE_AT_BYTES = 8 * 1024 * 1024

# In characters. Encoding and writing longer logs takes long enough to delay other requests, so a
# thread does it.
_LARGE_LOGS = 64 * 1024


class ActivationStore:
    """The activation records, with those that are not committed yet.

    Once ``add`` or ``accept`` has returned, a record survives SIGKILL; a power cut may lose the
    last ones. Use it only in the event loop.
    """

    def __init__(
        self,
        database: Database,
        journal: Journal,
        threads: DatabaseThreads,
        on_commit: Callable[[int], None] | None = None,
    ) -> None:
        """Open the store; ``on_commit`` is called with the number of records after each commit."""
        self._database = database
        self._on_commit = on_commit
        self._journal = journal
        self._threads = threads
        self._graphs = GraphStore(database)
        self._pending_graphs: dict[str, GraphLink] = {}
        # Parallel branches whose records are pending. No record says that a run is a branch.
        self._branches: set[str] = set()
        self._pending: dict[str, _PendingRecord] = {}
        self._pending_accepted: dict[str, bytes] = {}
        # Ids of accepted runs that have no record yet.
        self._unfinished: set[str] = set()
        # How many appends are running in other threads. The journal may not be emptied meanwhile:
        # it would lose an entry whose record is not pending yet.
        self._appending = 0
        self._failing = False
        self._flush_timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None

    def replay(self) -> None:
        """Commit the journal entries of the previous process. Blocking.

        Raises PlaygroundError when the database cannot be written; the journal stays as it is.
        """
        replay(self._database, self._graphs, self._journal)

    def accept(self, activation: Activation) -> None:
        """Note an accepted run before it is answered with a 202.

        ``activation`` is the record that the run gets if it never ends. Raises PlaygroundError when
        the journal cannot be written; nothing is accepted then.
        """
        doc = orjson.dumps(activation.to_json())
        self._journal.append(ACCEPTED + doc)
        self._pending_accepted[activation.activation_id] = doc
        self._unfinished.add(activation.activation_id)
        self._flush_soon()

    def keep_graph(self, link: GraphLink) -> None:
        """Keep the graph of a run that begins. Raises PlaygroundError like ``accept``."""
        sha256 = link.graph.sha256
        # A graph can be large, and every run of an action has the same one.
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

        For an accepted run it does not raise, because a client has the id: the record stays pending
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
        """Keep a record that is already JSON and whose logs ``are_small``; otherwise like ``add``.

        ``row`` makes its database row, which is only needed for a read or at the commit.
        """
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
            # The pending records of accepted runs cannot grow without bound: while the journal
            # fails, no more runs are accepted.
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
            # Nothing above this task would handle the error. The records stay pending and in the
            # journal, and the next flush tries again. Only the first failure of a series is logged.
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
            # If the rotation fails, the commit still works, and a later one empties the journal.
            with contextlib.suppress(OSError):
                self._journal.rotate()
        # Copies: more records become pending while the thread writes these.
        records, accepted = dict(self._pending), dict(self._pending_accepted)
        graphs = dict(self._pending_graphs)
        # The graphs first: the record of a branch counts as a top-level run until its link is
        # written.
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
        # ``drop_old`` deletes only entries from before the rotation, which are committed now.
        if self._appending == 0 and not self._unwritten:
            self._journal.empty()
        else:
            self._journal.drop_old()

    @property
    def _unwritten(self) -> bool:
        return bool(self._pending or self._pending_accepted or self._pending_graphs)

    async def close(self) -> None:
        """Commit all pending records. If the disk is full, they are still in the journal."""
        while self._unwritten or self._flushing:
            if self._flush_timer is not None:
                self._flush_timer.cancel()
                self._start_flush()
            if self._flushing is None:
                break
            await self._flushing
            # Otherwise a full disk would prevent the playground from stopping.
            if self._failing:
                break
        if self._flush_timer is not None:
            self._flush_timer.cancel()

    async def get(self, activation_id: str, namespace: str) -> bytes:
        """Return a record as JSON. Raises ActivationNotFound, also if another namespace has it."""
        pending = self._pending.get(activation_id)
        row = pending.row if pending is not None else None
        if row is not None and row.namespace == namespace:
            return row.doc
        doc = await self._threads.read(self._database.record, activation_id, namespace)
        if doc is None:
            raise ActivationNotFound("The requested resource does not exist.")
        return doc

    async def graph(self, activation_id: str, namespace: str) -> bytes | None:
        """Return the graph of a run as JSON, or None. Waits for the writes that are running."""
        link = self._pending_graphs.get(activation_id)
        if link is not None and link.namespace == namespace:
            return link.graph.doc
        return await self._threads.write(self._graphs.find, activation_id, namespace)

    async def usage(self, where: UsageFilter) -> list[UsageRow]:
        """Return usage that includes every run that had ended when this was called."""
        await self._update_rollups()
        return await self._threads.read(self._database.usage, where)

    async def daily(self, request: DailyFilter) -> list[DailyRow]:
        """Return usage by day, like ``usage``."""
        await self._update_rollups()
        return await self._threads.read(self._database.daily, request)

    async def _update_rollups(self) -> None:
        """Add all pending records to the rollups, unless these are too far behind to be used."""
        await self._flushed()
        if await self._threads.read(self._database.rollups_usable):
            while await self._threads.write(self._database.roll_up) == STEP:
                pass

    async def _flushed(self) -> None:
        while (under_way := self._flushing) is not None:
            # Shielded: a client that disconnects cancels its own request, not the commit of all.
            await asyncio.shield(under_way)
        if self._pending and self._flush_timer is not None:
            self._flush_timer.cancel()
            await asyncio.shield(self._start_flush())

    async def list(
        self, where: ActivationFilter, *, limit: int, skip: int, docs: bool
    ) -> list[bytes]:
        """Return list entries, or with ``docs`` whole records, the newest start first."""
        # Taken before the database is read: a record that is committed in between is then seen
        # twice, and left out below, but never missed.
        pending = {row.id: row for row in self._pending_where(where)}
        page = await self._threads.read(
            self._database.records, where, limit, docs, skip, list(pending)
        )
        # Sort by start, and within a millisecond by the order in which the records were added:
        # pending ones (rank 1 and up) came after those of the database (rank 0 and down).
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
        # A branch has no cause in its record, so ``matches`` takes it for a top-level run.
        hidden = self._branches if where.causes == () else ()
        rows = [each.row for each in self._pending.values()]
        return [row for row in rows if where.matches(row) and row.id not in hidden]


def are_small(logs: tuple[str, ...]) -> bool:
    """Return whether a record with these logs can be written without delaying the event loop."""
    return not logs or sum(map(len, logs)) <= _LARGE_LOGS


@dataclass(eq=False)
class _PendingRecord:
    """A record that is not committed yet. Its row is made when a read or the commit needs it."""

    make: Callable[[], ActivationRow]

    @cached_property
    def row(self) -> ActivationRow:
        return self.make()


def _remove(pending: dict[str, Any], committed: Iterable[str]) -> None:
    for key in list(committed):
        pending.pop(key, None)
