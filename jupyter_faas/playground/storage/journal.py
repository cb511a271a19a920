"""A file that entries are appended to before they are acknowledged."""

from __future__ import annotations

import contextlib
import logging
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import orjson

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.filters import ActivationRow
from jupyter_faas.playground.storage.graphs import GraphLink, GraphStore
from jupyter_faas.playground.storage.threads import database_errors
from jupyter_faas.whisk import Activation


class Journal:
    """Entries are bytes without newlines, each on a line behind a checksum: ``9ae0daaf R{…}``.

    What ``append`` has returned for survives the end of the process, SIGKILL included: it is with
    the kernel. It does not survive a power cut; nor is it synced, which is what makes it quick.
    Whoever owns it empties it once the entries are durable elsewhere.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._old = path.with_name(path.name + ".old")
        self._descriptor = _open(path)
        self.size = os.fstat(self._descriptor).st_size

    def append(self, entry: bytes) -> None:
        """Raises PlaygroundError when the disk takes no more. Safe in any thread.

        One write for each entry: appends of several threads do not mix.
        """
        # The newline in front closes what an append has left that found the disk full, whichever
        # thread's that was: this entry must stand on its own line.
        line = b"\n%08x %s\n" % (zlib.crc32(entry), entry)
        try:
            written = os.write(self._descriptor, line)
        except OSError as error:
            raise PlaygroundError(f"The journal cannot be written: {error.strerror}.") from error
        self.size += written
        if written < len(line):
            raise PlaygroundError("The journal cannot be written: the disk is full.")

    def empty(self) -> None:
        """Forget every entry. Call it only when they are durable elsewhere."""
        os.ftruncate(self._descriptor, 0)
        self.size = 0
        self._old.unlink(missing_ok=True)

    def rotate(self) -> bool:
        """Put the entries so far aside, to be dropped later; False while others lie there.

        Raises OSError when the disk takes no new file; then everything is as it was.
        """
        if self._old.exists():
            return False
        # Made first: what has no name any more takes no entries.
        new = self._path.with_name(self._path.name + ".new")
        descriptor = _open(new)
        try:
            self._path.rename(self._old)
            try:
                new.rename(self._path)
            except OSError:
                self._old.rename(self._path)
                raise
        except OSError:
            os.close(descriptor)
            raise
        os.close(self._descriptor)
        self._descriptor = descriptor
        self.size = 0
        return True

    def drop_old(self) -> None:
        """Forget what was put aside. Call it only when it is durable elsewhere."""
        self._old.unlink(missing_ok=True)

    def entries(self) -> Iterator[bytes]:
        """Every whole entry, oldest first; torn and damaged lines are left out."""
        for path in (self._old, self._path):
            with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
                for line in file:
                    checksum, _, entry = line.rstrip(b"\n").partition(b" ")
                    if line.endswith(b"\n") and checksum == b"%08x" % zlib.crc32(entry):
                        yield entry

    def close(self) -> None:
        os.close(self._descriptor)


def _open(path: Path) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    return os.open(path, flags, 0o600)


# -- What the journal's entries are, and what becomes of those that a killed playground has left.


log = logging.getLogger(__name__)

# The first byte of each: a record, the record of an accepted run should it never end, what a run
# is drawn as.
RECORD, ACCEPTED, GRAPH = b"R", b"A", b"G"


def replay(store: Database, graphs: GraphStore, journal: Journal) -> None:
    """Bring the database up to date, and empty the journal. Blocking.

    Raises PlaygroundError when the database takes no more; the journal is as it was then.
    """
    records: dict[str, ActivationRow] = {}
    accepted = dict(store.accepted())
    links = []
    for entry in journal.entries():
        if entry[:1] == GRAPH:
            links.append(GraphLink.from_entry(entry[1:]))
            continue
        activation = Activation.from_json(orjson.loads(entry[1:]))
        if entry[:1] == RECORD:
            records[activation.activation_id] = ActivationRow.of(activation, entry[1:])
        else:
            accepted[activation.activation_id] = entry[1:]
    for activation_id, doc in accepted.items():
        if activation_id in records or store.record(activation_id) is not None:
            continue
        log.warning("Activation %s was accepted and did not end.", activation_id)
        records[activation_id] = ActivationRow.of(Activation.from_json(orjson.loads(doc)), doc)
    with database_errors():
        graphs.keep(links)
        store.commit(list(records.values()), [])
        store.forget_accepted()
    # Only now: killed before, the next start finds it all once more, and changes nothing.
    journal.empty()
