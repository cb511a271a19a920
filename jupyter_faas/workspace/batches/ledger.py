"""The ledger of a batch: a file that says which calls were sent and what they answered.

A batch is known by the target, the function with its version, and its inputs. If the same batch is
run again before all of its calls have an answer, it continues. Nothing that has answered is called
again, even after ``kill -9``: each line is in the system's hands before the next step.

The file ``batches/ID.jsonl`` in the data folder has a header, and then one JSON array per event:

- ``["sent", row]`` before a call is sent;
- ``["id", row, activation]`` when the host has accepted it without an answer yet;
- ``["not", row]`` when the host has certainly not run it;
- ``["done", row, {…}]`` with the answer, in the form of ``Answer.to_ledger``.

A row that was sent and has no later event may have run. The last line may be incomplete. The file
is removed when all calls have answered, and 30 days after the last change otherwise.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from jupyter_faas.bundle.atomic_files import make_folder
from jupyter_faas.errors import InputError

_FORMAT = 1
# ``json.dumps`` with options would create an encoder for each line.
_encode = json.JSONEncoder(ensure_ascii=False).encode
_KEPT_S = 30 * 86_400


@dataclass
class Past:
    """What an earlier run of the batch left: answers, activations, and calls that may have run."""

    done: dict[int, dict[str, Any]] = field(default_factory=dict)
    accepted: dict[int, str] = field(default_factory=dict)
    sent: set[int] = field(default_factory=set)


def batch_id(place: str, name: str, version: str, inputs: Iterable[bytes]) -> str:
    """Return the id of a batch: 16 hex digits of a hash of all that it consists of."""
    digest = hashlib.sha256()
    for part in (place, name, version):
        digest.update(part.encode() + b"\0")
    for each in inputs:
        digest.update(each + b"\n")
    return digest.hexdigest()[:16]


class Ledger:
    """The open ledger of one batch, which no other process can open meanwhile. Thread-safe."""

    def __init__(self, data_dir: Path, batch: str, name: str) -> None:
        """Open or create the ledger. Raises InputError if the batch is running elsewhere."""
        folder = data_dir / "batches"
        make_folder(folder)
        _remove_old(folder)
        self.path = folder / f"{batch}.jsonl"
        self._lock = Lock()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        self._file = os.open(self.path, flags, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._file)
            raise InputError(
                f"Another process is already making these calls to {name}.",
                hint="Wait until that process ends, or stop it. Then run the same command again "
                "to continue.",
            ) from error
        self.past = self._read()
        if os.fstat(self._file).st_size == 0:
            self._write({"format": _FORMAT, "name": name, "created": round(time.time() * 1000)})

    def sent(self, row: int) -> None:
        # The encoder would take as long as the system's write.
        self._write_line(b'["sent", %d]\n' % row)

    def accepted(self, row: int, activation_id: str) -> None:
        self._write(["id", row, activation_id])

    def not_run(self, row: int) -> None:
        self._write(["not", row])

    def done(self, row: int, answer: dict[str, Any]) -> None:
        self._write(["done", row, answer])

    def flush(self) -> None:
        """Write everything to the disk, so that it survives a power failure."""
        os.fsync(self._file)

    def close(self, *, remove: bool) -> None:
        """Close the ledger. ``remove`` says that all calls have answered."""
        if remove:
            self.path.unlink(missing_ok=True)
        with self._lock:
            os.close(self._file)
            self._file = -1

    def _write(self, event: object) -> None:
        self._write_line(_encode(event).encode() + b"\n")

    def _write_line(self, line: bytes) -> None:
        try:
            with self._lock:
                # After an interrupt, threads whose calls do not end in time may still be here.
                while line and self._file >= 0:
                    line = line[os.write(self._file, line) :]
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from error

    def _read(self) -> Past:
        past = Past()
        text = self.path.read_bytes()
        whole = text.rpartition(b"\n")[0]
        if len(whole) + 1 < len(text):
            # The process ended in the middle of a line, which the next one must not continue.
            os.ftruncate(self._file, len(whole) + 1 if whole else 0)
        for line in whole.splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue  # A full disk may have cut a line.
            if not isinstance(event, list):
                continue
            kind, row = event[0], event[1]
            if kind == "sent":
                past.sent.add(row)
            elif kind == "id":
                past.accepted[row] = event[2]
            elif kind == "not":
                past.sent.discard(row)
                past.accepted.pop(row, None)
            elif kind == "done":
                past.done[row] = event[2]
        past.sent -= past.done.keys()
        for row in past.done:
            past.accepted.pop(row, None)
        return past


def _remove_old(folder: Path) -> None:
    for path in folder.glob("*.jsonl"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _KEPT_S:
                path.unlink()
