"""``DeployRecord``: what was deployed where and when; ``DeployLog``: those of a data folder."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from jupyter_faas.bundle.atomic_files import make_folder, write_new
from jupyter_faas.bundle.package_record import ID, SHA256
from jupyter_faas.errors import BundleDamaged

_NUMBERS = frozenset({"deployed", "updated", "size"})
_OPTIONAL = frozenset({"notebook", "cell_id", "commit", "rollback_to"})
_PATTERNS = {"bundle": SHA256, "package": ID}


@dataclass(frozen=True)
class DeployRecord:
    """One deploy of a package, which ``package`` (an id) and ``bundle`` (a sha256) name.

    ``name`` is ``name`` or ``package/name``; ``place`` the API host, or ``playground``; ``version``
    and ``updated`` are the target's own, ``deployed`` is this machine's clock (both ms since 1970).
    ``commit`` as in a package record. ``rollback_to`` is the version that was brought back.
    """

    name: str
    target: str
    place: str
    namespace: str
    version: str
    bundle: str
    package: str
    size: int
    deployed: int
    updated: int
    user: str
    notebook: str | None = None
    cell_id: str | None = None
    commit: str | None = None
    rollback_to: str | None = None

    def to_json(self) -> dict[str, Any]:
        """All fields; what is not known is left out."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {key: value for key, value in values.items() if value is not None}

    @classmethod
    def from_json(cls, data: Any) -> DeployRecord:
        """BundleDamaged when a field is missing or of another type; unknown ones are ignored."""
        if not isinstance(data, dict):
            raise BundleDamaged("The deploy record is no JSON object.")
        return cls(**{each.name: _read(data, each.name) for each in fields(cls)})


def _read(data: Mapping[str, Any], name: str) -> Any:
    value = data.get(name)
    if value is None and name in _OPTIONAL:
        return None
    if name in _NUMBERS:
        fits = type(value) is int and value >= 0
    else:
        fits = isinstance(value, str)
        if fits and name in _PATTERNS:
            fits = _PATTERNS[name].fullmatch(data[name]) is not None
    if not fits:
        raise BundleDamaged(f"The deploy record has no proper {name!r}.")
    return value


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
        """The records of one action, the latest first. Damaged ones are left out."""
        folder = self._folder(place, namespace, name)
        for number in sorted(_numbers(folder), reverse=True):
            record = _record(folder / f"{number:08}.json")
            if record is not None:
                yield record

    def latest(self, place: str) -> Iterator[DeployRecord]:
        """The latest record of each action that was ever deployed to a place."""
        for folder in sorted(self._root.iterdir()) if self._root.is_dir() else ():
            for number in sorted(_numbers(folder), reverse=True)[:1]:
                record = _record(folder / f"{number:08}.json")
                if record is not None and record.place == place:
                    yield record

    @contextmanager
    def held(self, place: str, namespace: str, name: str) -> Iterator[None]:
        """Lock the action against other processes of this data folder; wait for the lock.

        It covers an upload and its record, so that another process cannot deploy in between.
        """
        folder = self._folder(place, namespace, name)
        make_folder(folder)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
            yield
        finally:
            os.close(descriptor)  # this also unlocks it

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
