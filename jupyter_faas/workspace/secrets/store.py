"""SecretStore: values of secrets from the environment, private files or the system's keyring.

A function declares the *name* of a secret (``--secret NAME``). The package, the card and all
records contain this name only. A deploy looks up the value, in this order:

1. the environment variable NAME of this process, so that CI and shells can provide values;
2. what ``secret set NAME`` stored: a reference to a file that only its owner can read, or the value
   itself, in the system's keyring if there is one and otherwise in the data directory.

The data directory has one file per stored secret, ``secrets/NAME.json`` with mode 0600. It is the
only file of the data directory that may contain a value, apart from the playground's database.

``provide`` sets the environment variables of this process, so that a notebook reads the same values
as its actions. The store remembers the values that it provided. Otherwise, a value that was changed
with ``secret set`` would be hidden by the environment variable with the earlier value.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from jupyter_faas.bundle.atomic_files import write_atomically
from jupyter_faas.errors import InputError
from jupyter_faas.workspace.naming import check_secret_name

_SERVICE = "jupyter_faas"

Place = Literal["environment", "file", "keyring", "data folder"]


class Keyring(Protocol):
    """The functions of the ``keyring`` library that the store uses."""

    def get_password(self, service_name: str, username: str) -> str | None: ...

    def set_password(self, service_name: str, username: str, password: str) -> None: ...

    def delete_password(self, service_name: str, username: str) -> None: ...


def system_keyring() -> Keyring | None:
    """Return the system's keyring, or None without the library or without a keyring that works."""
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        return None
    try:
        chosen: Any = keyring.get_keyring()
        usable = not isinstance(chosen, fail.Keyring | null.Keyring) and chosen.priority >= 1
    # Each backend has its own errors, such as a missing service.
    except Exception:
        return None
    return chosen if usable else None


@dataclass(frozen=True)
class KnownSecret:
    """A stored secret: its name, where its value is, and a problem with it or an empty string."""

    name: str
    place: Place
    path: str = ""
    problem: str = ""

    def to_json(self) -> dict[str, str]:
        return {"name": self.name, "place": self.place, "path": self.path, "problem": self.problem}


@dataclass
class SecretStore:
    """The secrets of one data directory. ``environ`` is the environment of this process.

    ``keyring`` is the system's keyring, or None to keep values in the data directory.
    ``provided`` are the values that ``provide`` has set in ``environ``.
    """

    data_dir: Path
    environ: MutableMapping[str, str]
    keyring: Keyring | None = None
    provided: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def folder(self) -> Path:
        return self.data_dir / "secrets"

    def value(self, name: str) -> str | None:
        """Return the value of a secret, or None if it is not set on this machine.

        Raises InputError if the file or the keyring that holds it cannot be read.
        """
        here = self.environ.get(name)
        if here and here != self.provided.get(name):
            return here
        return self._stored(name) or here or None

    def values(self, names: Iterable[str]) -> dict[str, str]:
        """Return the values of secrets by name. Raises InputError if one of them is not set."""
        found = {name: self.value(name) for name in names}
        missing = [name for name, value in found.items() if value is None]
        if missing:
            raise _not_set(missing)
        return {name: value for name, value in found.items() if value is not None}

    def available(self, names: Iterable[str]) -> dict[str, str]:
        """Return the values of the secrets that are set here and can be read."""
        found = {}
        for name in names:
            with suppress(InputError):
                value = self.value(name)
                if value is not None:
                    found[name] = value
        return found

    def provide(self, names: Iterable[str]) -> None:
        """Set the environment variables of this process. Raises InputError as ``values`` does."""
        for name, value in self.values(names).items():
            if self.environ.get(name) != value:
                self.environ[name] = self.provided[name] = value

    def set(self, name: str, value: str) -> KnownSecret:
        """Store a value. Raises InputError for an invalid name or value."""
        check_secret_name(name)
        if not value or "\0" in value:
            raise InputError(f"The value of {name} is empty or contains a null character.")
        if self.keyring is not None:
            try:
                self.keyring.set_password(_SERVICE, self._key(name), value)
            # A keyring raises the errors of its system, such as a locked or missing service.
            except Exception as error:
                raise InputError(
                    f"The system's keyring could not store {name} ({type(error).__name__}).",
                    hint=f"Unlock it, or keep the value in a file: "
                    f"%faas secret set {name} --file FILE",
                ) from error
            return self._write(name, {"keyring": _SERVICE})
        return self._write(name, {"value": value})

    def set_file(self, name: str, path: Path) -> KnownSecret:
        """Store a reference to a file with the value.

        Raises InputError for an invalid name, or if the file cannot be read or others can read it.
        """
        check_secret_name(name)
        _read_private(name, path)
        return self._write(name, {"file": str(path)})

    def remove(self, name: str) -> None:
        """Forget a stored secret. The user's own file stays. Raises InputError if it is unknown."""
        entry = self._entry(check_secret_name(name))
        if entry is None:
            raise InputError(
                f"There is no secret {name} on this machine.",
                hint="To list the names: %faas secret list",
            )
        self._forget(name, entry)
        self._path(name).unlink(missing_ok=True)
        given = self.provided.pop(name, None)
        if given is not None and self.environ.get(name) == given:
            del self.environ[name]

    def _forget(self, name: str, entry: Mapping[str, Any]) -> None:
        """Delete the value in the keyring, if ``entry`` has it there.

        Raises InputError if the value is still there afterwards.
        """
        if "keyring" not in entry or self.keyring is None:
            return
        # The user may have deleted the entry in the keyring.
        with suppress(Exception):
            self.keyring.delete_password(_SERVICE, self._key(name))
        if self._stored(name) is not None:
            raise InputError(
                f"The system's keyring could not remove {name}.", hint="Unlock it, and try again."
            )

    def list(self) -> list[KnownSecret]:
        """Return the stored secrets, sorted by name, with what is wrong with each."""
        try:
            names = sorted(path.stem for path in self.folder.glob("*.json"))
        except OSError:
            return []
        return [self._known(name) for name in names]

    def _known(self, name: str) -> KnownSecret:
        problem = ""
        try:
            if self._stored(name) is None:
                problem = "it has no value"
        except InputError as error:
            problem = error.message
        entry = self._entry(name) or {}
        if "file" in entry:
            return KnownSecret(name, "file", str(entry["file"]), problem)
        return KnownSecret(name, "keyring" if "keyring" in entry else "data folder", "", problem)

    def _stored(self, name: str) -> str | None:
        entry = self._entry(name)
        if entry is None:
            return None
        if "file" in entry:
            return _read_private(name, Path(str(entry["file"])))
        if "keyring" not in entry:
            value = entry.get("value")
            return value if isinstance(value, str) and value else None
        if self.keyring is None:
            raise InputError(
                f"The value of {name} is in the system's keyring, which this process cannot use.",
                hint="Install keyring (pip install keyring), or set the environment variable "
                f"{name} to the value.",
            )
        try:
            return self.keyring.get_password(_SERVICE, self._key(name))
        # As in ``set``: each system has its own errors.
        except Exception as error:
            raise InputError(
                f"The system's keyring could not return {name} ({type(error).__name__}).",
                hint="Unlock it, and try again.",
            ) from error

    def _entry(self, name: str) -> dict[str, Any] | None:
        try:
            entry = json.loads(self._path(name).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return entry if isinstance(entry, dict) else None

    def _write(self, name: str, entry: dict[str, str]) -> KnownSecret:
        if "keyring" not in entry:
            # A value that was in the keyring must not stay there.
            self._forget(name, self._entry(name) or {})
        # The file is created with mode 0600 in a directory with mode 0700.
        write_atomically(self._path(name), f"{json.dumps(entry)}\n".encode())
        if name in self.provided:
            # The notebook must read the new value, as the next deploy does.
            self.provide([name])
        return self._known(name)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _key(self, name: str) -> str:
        # Two data directories may have different values under one name.
        return f"{name}@{self.data_dir}"


def _not_set(names: list[str]) -> InputError:
    first = names[0]
    what, is_ = (f"The secret {first}", "is") if len(names) == 1 else ("The secrets ", "are")
    listed = "" if len(names) == 1 else ", ".join(names)
    return InputError(
        f"{what}{listed} {is_} not set on this machine.",
        hint=f"To set {first}: %faas secret set {first}\nOr set the environment variable {first}.",
    )


def _read_private(name: str, path: Path) -> str:
    """Return the text of a file without the newline at its end."""
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text file"
        raise InputError(
            f"The file with the secret {name} cannot be read: {path} ({reason}).",
            hint=f"To use another file: %faas secret set {name} --file FILE",
        ) from error
    # Mode bits have no meaning on Windows.
    if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
        raise InputError(
            f"Other users can read the file with the secret {name}: {path}.",
            hint=f"Restrict the permissions: chmod 600 {path}",
        )
    value = text.removesuffix("\n").removesuffix("\r")
    if not value:
        raise InputError(f"The file with the secret {name} is empty: {path}.")
    return value
