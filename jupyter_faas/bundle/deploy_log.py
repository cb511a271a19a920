"""Records of deployments (``DeployRecord``), and their log in a data folder (``DeployLog``)."""

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
    """One deployment of a package.

    ``package`` is the id of the package record, ``bundle`` the sha256 of the zip. ``name`` is
    ``name`` or ``package/name``. ``place`` is the API host, or ``playground``. ``version`` and
    ``updated`` are from the target, ``deployed`` is from the clock of this machine; both times are
    in ms since 1970. ``size`` is that of the zip, in bytes. ``commit`` is as in a package record.
    ``rollback_to`` is the version that a rollback restored.
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
        """Return all fields as JSON, without those that are unknown (None)."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {key: value for key, value in values.items() if value is not None}

    @classmethod
    def from_json(cls, data: Any) -> DeployRecord:
        """Read a record. Raises BundleDamaged when a field is missing or has a wrong type.

        Unknown fields are ignored: a later version may add some.
        """
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
    """The files ``deploys/<action>/<number>.json`` below ``root``, one for each deployment.

    When ``add`` returns, the record is on the disk. It is never changed afterwards. Any number of
    processes may add and read at once.
    """

    def __init__(self, root: Path) -> None:
        self._root = root / "deploys"

    def add(self, record: DeployRecord) -> None:
        """Add a record, as the latest of its action."""
        folder = self._folder(record.place, record.namespace, record.name)
        data = f"{json.dumps(record.to_json(), indent=1)}\n".encode()
        # Numbers and not times give the order, because a clock may be set back.
        number = max(_numbers(folder), default=0)
        while True:
            number += 1
            try:
                return write_new(folder / f"{number:08}.json", data)
            # Another process has taken this number.
            except FileExistsError:
                continue

    def of(self, place: str, namespace: str, name: str) -> Iterator[DeployRecord]:
        """Yield the records of one action, the latest first. Damaged ones are skipped."""
        folder = self._folder(place, namespace, name)
        for number in sorted(_numbers(folder), reverse=True):
            record = _record(folder / f"{number:08}.json")
            if record is not None:
                yield record

    def latest(self, place: str) -> Iterator[DeployRecord]:
        """Yield the latest record of each action that was ever deployed to a place."""
        for folder in sorted(self._root.iterdir()) if self._root.is_dir() else ():
            for number in sorted(_numbers(folder), reverse=True)[:1]:
                record = _record(folder / f"{number:08}.json")
                if record is not None and record.place == place:
                    yield record

    @contextmanager
    def held(self, place: str, namespace: str, name: str) -> Iterator[None]:
        """Lock an action against other processes that use this data folder; wait for the lock.

        Callers hold it during an upload and until its record is added, so that no other process
        deploys in between.
        """
        folder = self._folder(place, namespace, name)
        make_folder(folder)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
            yield
        # Closing the file also releases the lock.
        finally:
            os.close(descriptor)

    # Hashed, because names may hold slashes or differ only in case, which some file systems ignore.
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
    # Windows has no fcntl. Two deployments at once are then possible, but each gets its record.
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX)
