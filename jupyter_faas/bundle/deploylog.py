"""The deploy records of a data folder, action by action."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_faas.bundle.deployrecord import DeployRecord
from jupyter_faas.bundle.durable import make_folder, write_new
from jupyter_faas.errors import BundleDamaged

_FILE = re.compile(r"\d{8,}\.json")


class DeployLog:
    """``deploys/<action>/<number>.json`` below ``root``, beside the bundles.

    A record is on the disk once ``add`` has returned and is never changed. Any number of
    processes may add and read at once.
    """

    def __init__(self, root: Path) -> None:
        self._root = root / "deploys"

    def add(self, record: DeployRecord) -> None:
        """Keep a record, as the latest of its action."""
        folder = self._folder(record.place, record.namespace, record.name)
        data = f"{json.dumps(record.to_json(), indent=1)}\n".encode()
        number = max(_numbers(folder), default=0)
        while True:
            number += 1
            try:
                return write_new(folder / f"{number:08}.json", data)
            except FileExistsError:
                continue  # another process was first

    def of(self, place: str, namespace: str, name: str) -> Iterator[DeployRecord]:
        """The records of one action, the latest first. One that the disk spoiled is left out."""
        folder = self._folder(place, namespace, name)
        for number in sorted(_numbers(folder), reverse=True):
            record = _record(folder / f"{number:08}.json")
            if record is not None:
                yield record

    def namespaces(self, place: str, name: str) -> list[str]:
        """The namespaces of a place in which something was deployed under that name."""
        found = set()
        for folder in self._root.iterdir() if self._root.is_dir() else ():
            for number in sorted(_numbers(folder), reverse=True)[:1]:
                record = _record(folder / f"{number:08}.json")
                if record is not None and (record.place, record.name) == (place, name):
                    found.add(record.namespace)
        return sorted(found)

    @contextmanager
    def held(self, place: str, namespace: str, name: str) -> Iterator[None]:
        """Keep other processes from changing that action meanwhile; waits while one does.

        So nobody of this data folder gets between an upload and its record.
        """
        folder = self._folder(place, namespace, name)
        make_folder(folder)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
            yield
        finally:
            os.close(descriptor)  # which lets go of it

    def _folder(self, place: str, namespace: str, name: str) -> Path:
        key = json.dumps([place, namespace, name])
        return self._root / hashlib.sha256(key.encode()).hexdigest()[:24]


def _numbers(folder: Path) -> list[int]:
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [int(name[:-5]) for name in names if _FILE.fullmatch(name)]


def _record(path: Path) -> DeployRecord | None:
    try:
        return DeployRecord.from_json(json.loads(path.read_bytes()))
    except (OSError, ValueError, BundleDamaged):
        return None


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows, where the numbers of the records alone keep order
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX)
