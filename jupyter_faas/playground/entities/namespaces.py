"""The namespaces and their keys (contract §1.2)."""

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

# Both are there without being added; the second has no key, as nobody is to change it.
_BUILT_IN = frozenset({GUEST, "whisk.system"})


@dataclass(frozen=True)
class Caller:
    """Who invokes. ``auth`` is for actions that ask for it, and is shown nowhere."""

    namespace: str
    subject: str
    auth: str = field(repr=False)


# In whose name its web actions run; no key leads to it.
_SYSTEM = Caller("whisk.system", "whisk.system", "")

# The name is that of a file too.
_MAX_LENGTH = 200


class Namespaces:
    """One key for each namespace. The keys of others than ``guest`` are in a file of their own.

    That file may change while the playground runs: every question looks whether it has.
    """

    def __init__(self, folder: DataDirectory) -> None:
        """Blocking. Raises PlaygroundError when a file of keys is damaged."""
        self._file = folder.namespaces
        # The keys that are known, by generation: who has compared one need not do so again.
        self.generation = 0
        self._guest = Caller(GUEST, GUEST, folder.auth())
        self._path = str(self._file)
        self._stamp = _stamp(self._path)
        self._read()

    def by_auth(self, auth: bytes) -> Caller | None:
        """Whose key ``uuid:key`` is. Compares in constant time."""
        self._refresh()
        caller = self._by_uuid.get(auth.partition(b":")[0])
        if caller is None or not hmac.compare_digest(auth, caller.auth.encode()):
            return None
        return caller

    def is_still(self, generation: int) -> bool:
        """Whether the keys are those of that generation."""
        self._refresh()
        return generation == self.generation

    def by_namespace(self, namespace: str) -> Caller | None:
        """The owner of a namespace."""
        self._refresh()
        return self._by_namespace.get(namespace)

    def _refresh(self) -> None:
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._read()
            except PlaygroundError as error:
                # Whoever had a key has it still; to refuse every request would mend nothing.
                log.error("%s The keys are those of before.", error.message)
            else:
                self.generation += 1

    def _read(self) -> None:
        callers = [self._guest]
        callers += [Caller(name, name, key) for name, key in read_keys(self._file).items()]
        self._by_namespace = {each.namespace: each for each in (*callers, _SYSTEM)}
        self._by_uuid = {each.auth.partition(":")[0].encode(): each for each in callers}


def list_namespaces(data_dir: Path) -> list[str]:
    """Every namespace, ``guest`` first."""
    return [GUEST, *sorted(read_keys(DataDirectory(data_dir).namespaces))]


def wskprops_of(data_dir: Path, namespace: str) -> Path:
    """The file for ``wsk`` and other clients, which holds the key of a namespace."""
    folder = DataDirectory(data_dir)
    return folder.wskprops if namespace == GUEST else folder.wskprops_of(namespace)


def add_namespace(data_dir: Path, name: str, make: Callable[[], str] = new_key) -> Path:
    """Make a namespace and its key; give the wskprops file in which the key is.

    A playground that runs knows it at once. Raises InputError, NameNotAllowed among them, and
    ActionConflict when it exists.
    """
    check_name(name, "namespace")
    if name == OWN_NAMESPACE:
        raise InputError("The namespace _ stands for the caller's own; choose another name.")
    if len(name) > _MAX_LENGTH:
        raise InputError(f"A namespace of the playground has at most {_MAX_LENGTH} characters.")
    folder = DataDirectory(data_dir)
    folder.create()
    with _changing(folder):
        keys = read_keys(folder.namespaces)
        if name in _BUILT_IN or name in keys:
            raise ActionConflict(f"The namespace {name} exists already.")
        keys[name] = make()
        # The way to the key first: a key that nobody can read would be of no use.
        path = folder.write_wskprops_of(name, folder.apihost(), keys[name])
        _write_keys(folder.namespaces, keys)
    return path


def remove_namespace(data_dir: Path, name: str) -> None:
    """Take the key of a namespace away, and its wskprops file; what is in it stays.

    Raises ActionNotFound, and InputError for ``guest`` and ``whisk.system``.
    """
    if name in _BUILT_IN:
        raise InputError(f"The namespace {name} is the playground's own; it stays.")
    folder = DataDirectory(data_dir)
    folder.create()
    with _changing(folder):
        keys = read_keys(folder.namespaces)
        if keys.pop(name, None) is None:
            raise ActionNotFound(
                f"There is no namespace {name}.",
                hint=f"There are: {', '.join([GUEST, *sorted(keys)])}.",
            )
        _write_keys(folder.namespaces, keys)
        folder.wskprops_of(name).unlink(missing_ok=True)


def read_keys(path: Path) -> dict[str, str]:
    """Namespace to ``uuid:key``. Raises PlaygroundError when the file is damaged."""
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
            f"{path} holds no keys.",
            hint="Delete the file; its namespaces have to be added again then.",
        )
    return keys


def _write_keys(path: Path, keys: dict[str, str]) -> None:
    write_private(path, json.dumps(keys, indent=2) + "\n")


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        # Asked at every request, and a Path takes longer over it than the system does.
        status = os.stat(path)
    except FileNotFoundError:
        return None
    # The file is replaced, never written to, so another content is another inode.
    return status.st_ino, status.st_mtime_ns


@contextlib.contextmanager
def _changing(folder: DataDirectory) -> Iterator[None]:
    """One at a time, among processes."""
    path = folder.namespaces.with_suffix(".lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
