"""Namespaces and their API keys, by which the caller of a request is identified (contract §1.2)."""

from __future__ import annotations

import contextlib
import fcntl
import hmac
import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_faas.errors import ActionConflict, ActionNotFound, InputError, PlaygroundError
from jupyter_faas.playground.data_dir import DataDirectory, is_key, new_key, write_private
from jupyter_faas.whisk import check_name
from jupyter_faas.whisk.names import OWN_NAMESPACE

log = logging.getLogger(__name__)

GUEST = "guest"

# These two namespaces always exist. ``whisk.system`` has no API key, so clients cannot change its
# entities.
_BUILT_IN = frozenset({GUEST, "whisk.system"})


@dataclass(frozen=True)
class Caller:
    """The identity of the sender of a request.

    ``auth`` is the caller's API key. Only actions with the annotation ``provide-api-key`` get it.
    """

    namespace: str
    subject: str
    auth: str = field(repr=False)


# The owner of ``whisk.system``. Web actions in this namespace run as this caller.
_SYSTEM = Caller("whisk.system", "whisk.system", "")

# The namespace's name is part of a file name, which file systems limit to 255 bytes.
_MAX_LENGTH = 200


class Namespaces:
    """The API keys of all namespaces. Each namespace has one key.

    The key of ``guest`` is in a separate file; all other keys are in ``namespaces.json``. Another
    process may change ``namespaces.json`` while the playground runs, so every lookup checks its
    inode and modification time.
    """

    def __init__(self, folder: DataDirectory) -> None:
        """Read all API keys. Blocking. Raises PlaygroundError if a key file is damaged."""
        self._file = folder.namespaces
        # This counter increases when ``namespaces.json`` changes. Callers may cache a verified key
        # until then.
        self.generation = 0
        self._guest = Caller(GUEST, GUEST, folder.auth())
        self._path = str(self._file)
        self._stamp = _stamp(self._path)
        self._read()

    def by_auth(self, auth: bytes) -> Caller | None:
        """Return the owner of the API key ``uuid:key``, or None if the key is not valid."""
        self._refresh()
        caller = self._by_uuid.get(auth.partition(b":")[0])
        # Compare in constant time, so that the duration does not reveal how much of a guessed key
        # is correct.
        if caller is None or not hmac.compare_digest(auth, caller.auth.encode()):
            return None
        return caller

    def is_current(self, generation: int) -> bool:
        """Return whether the API keys are unchanged since ``generation``."""
        self._refresh()
        return generation == self.generation

    def by_namespace(self, namespace: str) -> Caller | None:
        """Return the owner of a namespace, or None if the namespace does not exist."""
        self._refresh()
        return self._by_namespace.get(namespace)

    def _refresh(self) -> None:
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._read()
            except PlaygroundError as error:
                # Keep the old keys valid, because refusing every request would not repair the file.
                log.error("%s The previous keys remain valid.", error.message)
            else:
                self.generation += 1

    def _read(self) -> None:
        callers = [self._guest]
        callers += [Caller(name, name, key) for name, key in read_keys(self._file).items()]
        self._by_namespace = {each.namespace: each for each in (*callers, _SYSTEM)}
        # ``_SYSTEM`` is not included, because its empty key would match empty credentials.
        self._by_uuid = {each.auth.partition(":")[0].encode(): each for each in callers}


def list_namespaces(data_dir: Path) -> list[str]:
    """Return the names of all namespaces with an API key, ``guest`` first."""
    return [GUEST, *sorted(read_keys(DataDirectory(data_dir).namespaces))]


def wskprops_of(data_dir: Path, namespace: str) -> Path:
    """Return the path of the wskprops file of a namespace, for ``wsk`` and other clients."""
    folder = DataDirectory(data_dir)
    return folder.wskprops if namespace == GUEST else folder.wskprops_of(namespace)


def add_namespace(data_dir: Path, name: str, make: Callable[[], str] = new_key) -> Path:
    """Add a namespace with a new API key; return the path of the wskprops file with this key.

    A running playground accepts the key at once. Raises InputError for an invalid name
    (NameNotAllowed for invalid characters), and ActionConflict if the namespace exists.
    """
    check_name(name, "namespace")
    if name == OWN_NAMESPACE:
        raise InputError(
            "The name _ is reserved for the caller's own namespace. Choose another name."
        )
    if len(name) > _MAX_LENGTH:
        raise InputError(f"A namespace of the playground has at most {_MAX_LENGTH} characters.")
    folder = DataDirectory(data_dir)
    folder.create()
    with _changing(folder):
        keys = read_keys(folder.namespaces)
        if name in _BUILT_IN or name in keys:
            raise ActionConflict(f"The namespace {name} already exists.")
        keys[name] = make()
        # Write the wskprops file first. If the process then ends, the namespace can be added again.
        # In the reverse order, the namespace would have a key that no client can read.
        path = folder.write_wskprops_of(name, folder.apihost(), keys[name])
        _write_keys(folder.namespaces, keys)
    return path


def remove_namespace(data_dir: Path, name: str) -> None:
    """Remove a namespace's API key and wskprops file; its entities remain in the database.

    Raises ActionNotFound for an unknown namespace, and InputError for ``guest`` and
    ``whisk.system``.
    """
    if name in _BUILT_IN:
        raise InputError(f"The namespace {name} belongs to the playground and cannot be removed.")
    folder = DataDirectory(data_dir)
    folder.create()
    with _changing(folder):
        keys = read_keys(folder.namespaces)
        if keys.pop(name, None) is None:
            raise ActionNotFound(
                f"Unknown namespace {name!r}.",
                hint=f"Namespaces: {', '.join(sorted(keys))}." if keys else "",
            )
        _write_keys(folder.namespaces, keys)
        folder.wskprops_of(name).unlink(missing_ok=True)


def read_keys(path: Path) -> dict[str, str]:
    """Return the API key (``uuid:key``) of each namespace, or {} if the file does not exist.

    Raises PlaygroundError if the file is damaged.
    """
    try:
        keys = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError:
        keys = None
    if not isinstance(keys, dict) or not all(
        isinstance(key, str) and is_key(key) for key in keys.values()
    ):
        raise PlaygroundError(
            f"{path} does not contain keys.",
            hint="Delete the file, and add its namespaces again.",
        )
    return keys


def _write_keys(path: Path, keys: dict[str, str]) -> None:
    write_private(path, json.dumps(keys, indent=2) + "\n")


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        # Use ``os.stat``, because this function is called for every request, and ``Path.stat``
        # takes longer than the system call itself.
        status = os.stat(path)
    except FileNotFoundError:
        return None
    # The file is always replaced and never changed in place, so new content has a new inode.
    return status.st_ino, status.st_mtime_ns


@contextlib.contextmanager
def _changing(folder: DataDirectory) -> Iterator[None]:
    """Hold the lock that allows only one process at a time to change the API keys."""
    # The lock is on a separate file. A lock on ``namespaces.json`` would stay with the old file
    # when that file is replaced.
    path = folder.namespaces.with_suffix(".lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
