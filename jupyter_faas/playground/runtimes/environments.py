"""Registered Python environments: one JSON file each, found by id or by version."""

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

# An id is also a file name, so it has no slash and no leading dot.

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True)
class Environment:
    """An interpreter on this machine. ``prefix`` is its sys.prefix, ``version`` like ``3.11.7``."""

    id: str
    executable: str
    prefix: str
    version: str

    @property
    def minor(self) -> str:
        """The version without its last part: ``3.11``."""
        return ".".join(self.version.split(".")[:2])

    @property
    def present(self) -> bool:
        return os.access(self.executable, os.X_OK)

    @classmethod
    def from_json(cls, obj: object) -> Environment:
        """Check the fields and return the environment.

        Raises InputError if a field is missing or not a string, or if the id is not a file name.
        """
        if not isinstance(obj, Mapping):
            raise InputError("An environment is an object with id, executable, prefix and version.")
        values: dict[str, Any] = {
            name: obj.get(name) for name in ("id", "executable", "prefix", "version")
        }
        for name, value in values.items():
            if not isinstance(value, str) or not value:
                raise InputError(f"The environment has no {name}.")
        if not _ID.fullmatch(values["id"]):
            raise InputError(f"'{values['id']}' cannot be the id of an environment.")
        return cls(**values)


def register(data_dir: Path, environment: Mapping[str, Any]) -> str:
    """Store an environment and return its id. This needs no running playground.

    Raises InputError if ``environment`` is not ``{id, executable, prefix, version}``.
    """
    registered = Environment.from_json(environment)
    folder = DataDirectory(data_dir)
    folder.create()
    folder.environments.mkdir(mode=0o700, exist_ok=True)
    path = folder.environments / f"{registered.id}.json"
    text = json.dumps(asdict(registered), indent=2) + "\n"
    # Every deployment registers its environment, which is nearly always unchanged.
    if not path.exists() or path.read_text() != text:
        write_private(path, text)
    return registered.id


def newest_of_version(folder: DataDirectory, minor: str) -> Environment | None:
    """Return the environment of a version (``3.11``) that was registered last and still exists.

    Return None if there is no such environment.
    """
    files = sorted(folder.environments.glob("*.json"), key=_modified_at, reverse=True)
    environment = (read(folder, path.stem) for path in files)
    return next((each for each in environment if each is not None and each.minor == minor), None)


def read(folder: DataDirectory, environment_id: object) -> Environment | None:
    """Return the environment of an id; None if it is unknown, damaged or has no interpreter."""
    if not isinstance(environment_id, str) or not _ID.fullmatch(environment_id):
        return None
    try:
        text = (folder.environments / f"{environment_id}.json").read_text()
        environment = Environment.from_json(json.loads(text))
    except (OSError, ValueError, InputError):
        return None
    return environment if environment.present else None


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
