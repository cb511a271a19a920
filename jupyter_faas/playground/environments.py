"""Registered Python environments, each stored in a JSON file and found by id or version."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jupyter_faas.errors import InputError
from jupyter_faas.playground.data_dir import DataDirectory, write_private

# The annotation with the id of the environment that an action was packaged in.
ANNOTATION = "faas-environment"

# An id is also a file name, so it must not contain a slash or start with a dot.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


# The modification time (ns), size and inode of a file.
_FileState = tuple[int, int, int]


@dataclass(frozen=True)
class Environment:
    """A Python environment on this machine.

    ``executable``: the path of the interpreter.
    ``prefix``: the interpreter's ``sys.prefix``.
    ``version``: the full Python version, such as ``3.11.7``.
    """

    id: str
    executable: str
    prefix: str
    version: str

    @property
    def minor(self) -> str:
        """The major and minor version, such as ``3.11``."""
        return ".".join(self.version.split(".")[:2])

    @property
    def present(self) -> bool:
        """Whether the interpreter exists and is executable."""
        return os.access(self.executable, os.X_OK)

    @classmethod
    def from_json(cls, obj: object) -> Environment:
        """Check the fields of a JSON object, and return the environment.

        Raises InputError if ``obj`` is not an object, if a field is missing, empty or not a string,
        or if the id cannot be a file name.
        """
        if not isinstance(obj, Mapping):
            raise InputError(
                "An environment must be an object with id, executable, prefix and version."
            )
        values: dict[str, Any] = {
            name: obj.get(name) for name in ("id", "executable", "prefix", "version")
        }
        for name, value in values.items():
            if not isinstance(value, str) or not value:
                raise InputError(f"The {name} of an environment must be a non-empty string.")
        if not _ID.fullmatch(values["id"]):
            raise InputError(f"'{values['id']}' is not a valid environment ID.")
        return cls(**values)


def register(data_dir: Path, environment: Mapping[str, Any]) -> str:
    """Store an environment in ``data_dir`` and return its id. The playground need not be running.

    ``environment``: an object with the fields ``id``, ``executable``, ``prefix`` and ``version``.
    Raises InputError if a field is missing or invalid.
    """
    registered = Environment.from_json(environment)
    folder = DataDirectory(data_dir)
    folder.create()
    folder.environments.mkdir(mode=0o700, exist_ok=True)
    path = folder.environments / f"{registered.id}.json"
    text = json.dumps(asdict(registered), indent=2) + "\n"
    # Each deployment registers its environment, so the file usually exists and is up to date.
    if not path.exists() or path.read_text() != text:
        write_private(path, text)
    return registered.id


def newest_of_version(folder: DataDirectory, minor: str) -> Environment | None:
    """Return the last registered environment with the version ``minor``, such as ``3.11``.

    Skip environments whose interpreter no longer exists. Return None if there is no match.
    """
    files = sorted(folder.environments.glob("*.json"), key=_modified_at, reverse=True)
    environment = (read(folder, path.stem) for path in files)
    return next((each for each in environment if each is not None and each.minor == minor), None)


def read(folder: DataDirectory, environment_id: object) -> Environment | None:
    """Return the environment with the given id.

    Return None if the id is invalid or unknown, if the file is damaged, or if the interpreter no
    longer exists.
    """
    if not isinstance(environment_id, str) or not _ID.fullmatch(environment_id):
        return None
    try:
        text = (folder.environments / f"{environment_id}.json").read_text()
        environment = Environment.from_json(json.loads(text))
    except (OSError, ValueError, InputError):
        return None
    return environment if environment.present else None


class EnvironmentCache:
    """Finds registered environments by id, and reads a file again only when it has changed."""

    def __init__(self, folder: DataDirectory) -> None:
        self._folder = folder
        self._known: dict[str, tuple[_FileState, Environment]] = {}

    def has(self, environment_id: object) -> bool:
        """Return whether ``find`` would not read a file."""
        known = self._known.get(environment_id) if isinstance(environment_id, str) else None
        return known is not None and known[0] == _file_state(self._folder, known[1].id)

    def find(self, environment_id: object) -> Environment | None:
        """Return the environment with the given id, or None as ``read`` does."""
        if self.has(environment_id):
            environment = self._known[str(environment_id)][1]
            return environment if environment.present else None
        # The state is taken first, so that a file that changes meanwhile is read again.
        valid = isinstance(environment_id, str) and _ID.fullmatch(environment_id)
        state = _file_state(self._folder, str(environment_id)) if valid else None
        found = read(self._folder, environment_id)
        if found is not None and found.id == environment_id and state is not None:
            self._known[found.id] = state, found
        return found


def _file_state(folder: DataDirectory, environment_id: str) -> _FileState | None:
    try:
        status = os.stat(f"{folder.environments}/{environment_id}.json")
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
