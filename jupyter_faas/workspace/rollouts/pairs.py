"""ReplayedPairs: which call of a shadow repeats which call of its function.

The playground notes this in the records of live copies. Records of replayed inputs cannot hold it
on any host, so it is kept in the data directory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jupyter_faas.bundle.atomic_files import write_atomically


@dataclass(frozen=True)
class ReplayedPairs:
    """The pairs of one data directory, in a file per shadow and version.

    A key has the target's place, the shadow's namespace, its name, and the time of its update.
    """

    root: Path

    def read(self, *key: str | int) -> dict[str, str]:
        """Return the ids of a shadow's runs, by the ids of the earlier runs."""
        try:
            found = json.loads(self._path(key).read_bytes())
        except (OSError, ValueError):
            return {}  # without the file, only live copies are compared
        return {str(then): str(now) for then, now in found.items()}

    def add(self, pairs: Iterable[tuple[str, str]], *key: str | int) -> None:
        """Add pairs of ids. Raises OSError if the file cannot be written."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        known = {**self.read(*key), **dict(pairs)}
        write_atomically(path, json.dumps(known).encode())

    def _path(self, key: tuple[str | int, ...]) -> Path:
        name = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:24]
        return self.root / "rollouts" / f"{name}.json"
