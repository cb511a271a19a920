"""Deployment records (``DeployRecord``) and the log that stores them (``DeployLog``)."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from jupyter_faas.bundle.atomic_files import lock_file, write_atomically, write_new
from jupyter_faas.bundle.package_record import ID, SHA256
from jupyter_faas.errors import BundleDamaged

_NUMBERS = frozenset({"deployed", "updated", "size"})
_OPTIONAL = frozenset({"notebook", "cell_id", "commit", "rollback_to", "folder"})
_PATTERNS = {"bundle": SHA256, "package": ID}


@dataclass(frozen=True)
class DeployRecord:
    """One deployment of a package.

    ``name`` is the action's ``name`` or ``package/name``. ``place`` is the API host, or
    ``playground``. ``version`` and ``updated`` are reported by the target. ``deployed`` is the
    local time of the deployment. ``updated`` and ``deployed`` are in ms since 1970. ``bundle`` is
    the sha256 of the zip, and ``size`` is its size in bytes. ``package`` is the id of the package
    record, and ``commit`` and ``folder`` have the same meaning as in that record. ``rollback_to``
    is the version that a rollback restored, or None for other deployments.
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
    folder: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the fields that are not None as a JSON-serializable dictionary."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {key: value for key, value in values.items() if value is not None}

    @classmethod
    def from_json(cls, data: Any) -> DeployRecord:
        """Read a record. Raises BundleDamaged when a field is missing or invalid.

        Unknown fields are ignored, because a later version may add fields.
        """
        if not isinstance(data, dict):
            raise BundleDamaged("The deploy record is not a JSON object.")
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
        raise BundleDamaged(f"The deploy record does not have a valid value for {name!r}.")
    return value


@dataclass(frozen=True)
class VersionAlias:
    """A name for one deployed version, such as ``champion``.

    ``package`` is the id of its package record, because version numbers begin again after the
    action was removed.
    """

    name: str
    version: str
    package: str

    def names(self, record: DeployRecord) -> bool:
        """Return whether this is a name of ``record``."""
        return (self.version, self.package) == (record.version, record.package)


_FILE = re.compile(r"\d{8,}\.json")
_ALIASES = "aliases.json"


class DeployLog:
    """A log with one file per deployment: ``deploys/<action>/<number>.json`` below ``root``.

    When ``add`` returns, the record has been flushed to disk. Records are never changed. Any number
    of processes may add and read records at the same time.
    """

    def __init__(self, root: Path) -> None:
        self._root = root / "deploys"

    def add(self, record: DeployRecord) -> None:
        """Add ``record`` as the latest record of its action."""
        folder = self._folder(record.place, record.namespace, record.name)
        data = f"{json.dumps(record.to_json(), indent=1)}\n".encode()
        # Records are ordered by number and not by time, because a clock may be set back.
        number = max(_numbers(folder), default=0)
        while True:
            number += 1
            try:
                return write_new(folder / f"{number:08}.json", data)
            # If another process has used this number, try the next one.
            except FileExistsError:
                continue

    def of(self, place: str, namespace: str, name: str) -> Iterator[DeployRecord]:
        """Yield the records of one action, latest first, skipping damaged records."""
        folder = self._folder(place, namespace, name)
        for number in sorted(_numbers(folder), reverse=True):
            record = _record(folder / f"{number:08}.json")
            if record is not None:
                yield record

    def latest(self, place: str) -> Iterator[DeployRecord]:
        """Yield the latest record of each action deployed to ``place``, unless it is damaged."""
        for folder in sorted(self._root.iterdir()) if self._root.is_dir() else ():
            for number in sorted(_numbers(folder), reverse=True)[:1]:
                record = _record(folder / f"{number:08}.json")
                if record is not None and record.place == place:
                    yield record

    def aliases(self, place: str, namespace: str, name: str) -> tuple[VersionAlias, ...]:
        """Return the names of an action's versions, sorted by name."""
        try:
            found = json.loads((self._folder(place, namespace, name) / _ALIASES).read_bytes())
            aliases = (VersionAlias(alias, *map(str, pair)) for alias, pair in found.items())
            return tuple(sorted(aliases, key=lambda one: one.name))
        except FileNotFoundError:
            return ()
        except (ValueError, TypeError, AttributeError) as error:
            raise BundleDamaged(f"The aliases of {name} cannot be read.") from error

    def set_aliases(
        self, place: str, namespace: str, name: str, aliases: Iterable[VersionAlias]
    ) -> None:
        """Replace the names of an action's versions. Callers hold the action's lock."""
        found = {each.name: [each.version, each.package] for each in aliases}
        path = self._folder(place, namespace, name) / _ALIASES
        write_atomically(path, f"{json.dumps(found, indent=1)}\n".encode())

    @contextmanager
    def held(self, place: str, namespace: str, name: str) -> Iterator[None]:
        """Wait for the lock of an action and hold it while the context is active.

        Callers hold the lock from the upload until the record is added, so that no other process
        that uses the same data directory can deploy the action in between.
        """
        folder = self._folder(place, namespace, name)
        with lock_file(folder / ".lock"):
            yield

    # The directory name is a hash, because action names may contain slashes, and because some file
    # systems ignore differences in case.
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
