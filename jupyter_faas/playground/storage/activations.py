"""Activation records: append them to the journal, batch them into SQLite, list and read them.

An acknowledged record must survive SIGKILL, but a response must not wait for a commit. So ``add``
and ``accept`` append to the journal (one ``write``, 5 µs) before the response is sent, and keep the
record in memory as pending. A timer commits all pending records FLUSH_AFTER_S later, in one
transaction in the writer thread. The committed records are then removed from memory, and the
journal is emptied. Under constant load, some records are always pending, so a large journal is
rotated before a commit, and the old file is deleted after the commit. At start, ``replay`` commits
the entries that a killed process has left in the journal.

Every read therefore merges the database with the pending records. If an invocation was accepted
with status 202 and has no record at start, it is not run again. Instead, a record is added that
says that the invocation never ended.

``journal`` contains measurements of the alternative, which commits each record before its response.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
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
# The pause after a failed commit, for example if the disk is full.
_RETRY_AFTER_S = 1.0
ROTATE_AT_BYTES = 8 * 1024 * 1024

# In characters. Longer logs are encoded and written in a thread, because they would delay other
# requests.
_LARGE_LOGS = 64 * 1024


class ActivationStore:
    """All activation records, including pending records that are not committed yet.

    Once ``add`` or ``accept`` has returned, a record survives SIGKILL. A power cut may lose the
    latest records. Use the store only in the event loop.
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
        # Ids of parallel branches whose records are pending, because a record does not say that its
        # run is a branch.
        self._branches: set[str] = set()
        self._pending: dict[str, _PendingRecord] = {}
        self._pending_accepted: dict[str, bytes] = {}
        # Ids of accepted runs that have no record yet.
        self._unfinished: set[str] = set()
        # The number of appends that are running in other threads. The journal must not be emptied
        # during an append, because an entry whose record is not pending yet would be lost.
        self._appending = 0
        self._failing = False
        self._flush_timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None

    def replay(self) -> None:
        """Commit the journal entries of the previous process. Blocking.

        Raises PlaygroundError, and keeps the journal, if the database cannot be written.
        """
        replay(self._database, self._graphs, self._journal)

    def accept(self, activation: Activation) -> None:
        """Store an accepted run before the response with status 202 is sent.

        ``activation`` is the record that the run gets if it never ends. Raises PlaygroundError if
        the journal cannot be written; the run is then not accepted.
        """
        doc = orjson.dumps(activation.to_json())
        self._journal.append(ACCEPTED + doc)
        self._pending_accepted[activation.activation_id] = doc
        self._unfinished.add(activation.activation_id)
        self._flush_soon()

    def keep_graph(self, link: GraphLink) -> None:
        """Keep the graph of a run that begins.

        Raises PlaygroundError if the journal cannot be written.
        """
        sha256 = link.graph.sha256
        # A graph can be large, and every run of an action has the same graph, so the journal needs
        # it only once.
        journalled = sha256 in self._graphs.known or any(
            each.graph.sha256 == sha256 for each in self._pending_graphs.values()
        )
        self._journal.append(GRAPH + link.entry(whole=not journalled))
        self._pending_graphs[link.activation] = link
        if link.branch:
            self._branches.add(link.activation)
        self._flush_soon()

    async def add(self, activation: Activation) -> bytes:
        """Keep a record and return it as JSON.

        Raises PlaygroundError if the journal cannot be written, but not for an accepted run, whose
        id a client already has. The record of an accepted run stays pending until it can be
        committed.
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
        """Keep a record that is already encoded as JSON and whose logs ``are_small``.

        ``row`` returns the database row. It is called only when a read or the commit needs the row.
        Raises PlaygroundError as ``add`` does.
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
            # The records of accepted runs stay pending. Their number is bounded, because no more
            # runs are accepted while the journal cannot be written.
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
            # No caller awaits this task, so the error is logged here, once for a series of
            # failures. The records stay pending and in the journal, and the next flush retries.
            if not self._failing:
                log.exception("Records could not be committed. The commit will be retried.")
            self._failing = True
            await asyncio.sleep(_RETRY_AFTER_S)
        else:
            self._failing = False
        self._flushing = None
        if self._unwritten:
            self._flush_soon()

    async def _commit(self) -> None:
        if self._journal.size > ROTATE_AT_BYTES and not self._appending:
            # If the rotation fails, the commit still works, and a later commit empties the journal.
            with contextlib.suppress(OSError):
                self._journal.rotate()
        # Copy the dicts, because more records become pending while the thread writes these.
        records, accepted = dict(self._pending), dict(self._pending_accepted)
        graphs = dict(self._pending_graphs)
        # Write the graphs first, because the record of a branch counts as a top-level run until its
        # link is written.
        if graphs:
            await self._threads.write(self._graphs.keep, list(graphs.values()))
        await self._write(list(records.values()), list(accepted.items()))
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

    async def _write(
        self, records: Sequence[_PendingRecord], accepted: Sequence[tuple[str, bytes]]
    ) -> None:
        """Commit in steps, between which the writer thread does other work, such as a deploy.

        After thousands of calls a second, tens of thousands of records are pending, whose commit
        takes many seconds. Accepted runs come first, because the commit of a record removes its
        accepted run.
        """
        for start in range(0, max(1, len(records)), STEP):
            step = records[start : start + STEP]
            await self._threads.write(self._write_step, step, () if start else accepted)

    def _write_step(
        self, records: Sequence[_PendingRecord], accepted: Sequence[tuple[str, bytes]]
    ) -> None:
        # The rows are made here, in the writer thread.
        self._database.commit([each.row for each in records], accepted)

    @property
    def _unwritten(self) -> bool:
        return bool(self._pending or self._pending_accepted or self._pending_graphs)

    async def close(self) -> None:
        """Commit all pending records. If a commit fails, the records remain in the journal."""
        while self._unwritten or self._flushing:
            if self._flush_timer is not None:
                self._flush_timer.cancel()
                self._start_flush()
            if self._flushing is None:
                break
            await self._flushing
            # Do not retry, because a full disk would prevent the playground from stopping.
            if self._failing:
                break
        if self._flush_timer is not None:
            self._flush_timer.cancel()

    async def get(self, activation_id: str, namespace: str) -> bytes:
        """Return a record as JSON. Raises ActivationNotFound if ``namespace`` does not have it."""
        pending = self._pending.get(activation_id)
        row = pending.row if pending is not None else None
        if row is not None and row.namespace == namespace:
            return row.doc
        doc = await self._threads.read(self._database.record, activation_id, namespace)
        if doc is None:
            raise ActivationNotFound("The requested resource does not exist.")
        return doc

    async def graph(self, activation_id: str, namespace: str) -> bytes | None:
        """Return the graph of a run as JSON, or None if the run has no graph in ``namespace``.

        If the graph is not pending, the query waits for other calls in the writer thread.
        """
        link = self._pending_graphs.get(activation_id)
        if link is not None and link.namespace == namespace:
            return link.graph.doc
        return await self._threads.write(self._graphs.find, activation_id, namespace)

    async def usage(self, where: UsageFilter) -> list[UsageRow]:
        """Return the usage of the runs that match, including runs with pending records."""
        await self._update_rollups()
        return await self._threads.read(self._database.usage, where)

    async def daily(self, request: DailyFilter) -> list[DailyRow]:
        """Return the usage of each day, including runs with pending records."""
        await self._update_rollups()
        return await self._threads.read(self._database.daily, request)

    async def _update_rollups(self) -> None:
        """Commit the pending records and update the rollups, unless the backlog is too large."""
        await self._flushed()
        if await self._threads.read(self._database.rollups_usable):
            while await self._threads.write(self._database.roll_up) == STEP:
                pass

    async def _flushed(self) -> None:
        while (under_way := self._flushing) is not None:
            # Shield the commit: a client that disconnects must cancel only its own request.
            await asyncio.shield(under_way)
        if self._pending and self._flush_timer is not None:
            self._flush_timer.cancel()
            await asyncio.shield(self._start_flush())

    async def list(
        self, where: ActivationFilter, *, limit: int, skip: int, docs: bool
    ) -> list[bytes]:
        """Return list entries, or with ``docs`` whole records, the newest start first."""
        # The pending records are copied before the database is read. A record that is committed in
        # between is then found twice, and its copy is skipped below, but it is never missed.
        pending = {row.id: row for row in self._pending_where(where)}
        page = await self._threads.read(
            self._database.records, where, limit, docs, skip, list(pending)
        )
        # Sort by start, and within a millisecond by the order in which the records were added.
        # Pending records (rank 1 and higher) were added after those in the database (rank 0 and
        # lower).
        found = [(row[0], -rank, row[2]) for rank, row in enumerate(page.rows)]
        for rank, row in enumerate(pending.values(), start=1):
            if row.id not in page.written:
                found.append((row.start, rank, row.doc if docs else row.summary))
        found.sort(key=lambda each: each[:2], reverse=True)
        first = skip - page.skipped
        return [doc for _, _, doc in found[first : first + limit]]

    async def count(self, where: ActivationFilter) -> int:
        """Return how many records match, including pending records."""
        pending = [row.id for row in self._pending_where(where)]
        return await self._threads.read(self._database.count, where, pending) + len(pending)

    def _pending_where(self, where: ActivationFilter) -> Iterable[ActivationRow]:
        # The record of a branch has no cause, so ``matches`` mistakes it for a top-level run.
        hidden = self._branches if where.causes == () else ()
        rows = [each.row for each in self._pending.values()]
        return [row for row in rows if where.matches(row) and row.id not in hidden]


def are_small(logs: tuple[str, ...]) -> bool:
    """Return whether a record with these logs can be written without delaying the event loop."""
    return not logs or sum(map(len, logs)) <= _LARGE_LOGS


class _PendingRecord:
    """A record that is not committed yet, whose row is built on the first access.

    A cached_property would acquire a lock for each record. If two threads build the row at the same
    time, both get equal rows.
    """

    __slots__ = ("_make", "_row")

    def __init__(self, make: Callable[[], ActivationRow]) -> None:
        self._make = make
        self._row: ActivationRow | None = None

    @property
    def row(self) -> ActivationRow:
        if self._row is None:
            self._row = self._make()
        return self._row


def _remove(pending: dict[str, Any], committed: Iterable[str]) -> None:
    for key in list(committed):
        pending.pop(key, None)
