"""The ``node`` of this machine, and which version it is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

_VERSION = re.compile(r"v(\d+)\.\d+\.\d+\S*")
_PATIENCE_S = 20


@dataclass(frozen=True)
class Node:
    """``version`` as it says it itself: ``v22.3.0``."""

    executable: str
    version: str

    @property
    def major(self) -> int:
        found = _VERSION.fullmatch(self.version)
        return int(found[1]) if found else 0


class Nodes:
    """Asks a ``node`` once for its version, and again when the file has changed."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._known: dict[tuple[str, int], Node | None] = {}

    def find(self) -> Node | None:
        """The first on the PATH; None when there is none that runs. Blocking."""
        path = self._environ.get("PATH")
        command = shutil.which("node", path=path)
        if command is None:
            return None
        executable = os.path.abspath(command)
        key = (executable, os.stat(executable).st_mtime_ns)
        if key not in self._known:
            version = self._ask(executable)
            self._known[key] = Node(executable, version) if version else None
        return self._known[key]

    def _ask(self, executable: str) -> str | None:
        environment = {key: self._environ[key] for key in ("PATH", "HOME") if key in self._environ}
        try:
            done = subprocess.run(
                [executable, "--version"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=_PATIENCE_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        said = done.stdout.strip()
        return said if _VERSION.fullmatch(said) else None
