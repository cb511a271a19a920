"""Commands that install this package, from the place where the running copy came from.

PEP 610 records that place in ``direct_url.json``: a folder, a version-control URL with its commit,
or the URL of a file. The record is missing only after an installation from a package index.
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jupyter_faas.errors import NotInstalled, listed
from jupyter_faas.version import __version__

NAME = "jupyter_faas"
# The extras of pyproject.toml that errors name.
MODELS = "models"
PLAYGROUND = "playground"
LAB = "lab"
_RECORD = "direct_url.json"


@dataclass(frozen=True)
class Origin:
    """Where a copy of this package came from.

    ``url`` is empty for a package index. ``folder`` is set for a folder or file of this machine.
    """

    url: str = ""
    folder: Path | None = None
    editable: bool = False

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Origin:
        """Return the origin in a ``direct_url.json``."""
        url = str(record["url"])
        vcs = record.get("vcs_info")
        if vcs:
            url = f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
        if subdirectory := record.get("subdirectory"):
            url = f"{url}#subdirectory={subdirectory}"
        parts = urlsplit(url)
        path = Path(unquote(parts.path)) if parts.scheme == "file" else None
        return cls(url, path, bool(record.get("dir_info", {}).get("editable")))

    @property
    def exists(self) -> bool:
        """Whether the package can still be installed from there, as far as this machine knows."""
        return self.folder is None or self.folder.exists()

    @property
    def elsewhere(self) -> bool:
        """Whether other machines can install from there too."""
        return self.folder is None

    def arguments(self, extra: str = "") -> list[str]:
        """Return the arguments of ``pip install`` for this copy with one extra."""
        name = f"{NAME}[{extra}]" if extra else NAME
        if not self.url:
            return [f"{name}=={__version__}"]
        if self.editable and self.folder is not None:
            return ["-e", f"{self.folder}[{extra}]" if extra else str(self.folder)]
        return [f"{name} @ {self.url}"]


def origin() -> Origin:
    """Return where the running copy came from."""
    # Imported here, because the playground starts faster without it.
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        record = distribution(NAME).read_text(_RECORD)
    except PackageNotFoundError:
        # The package was imported from a checkout that is not installed.
        root = Path(__file__).parents[1]
        return Origin(root.as_uri(), root, editable=True)
    return Origin.from_record(json.loads(record)) if record else Origin()


def pip_arguments(extra: str = "") -> str:
    """Return the arguments of ``pip install`` as text for a shell, or "" if none work any more."""
    found = origin()
    return shlex.join(found.arguments(extra)) if found.exists else ""


def install_hint(extra: str = "") -> str:
    """Return a hint with the command that installs this package with ``extra``."""
    found = origin()
    if not found.exists:
        return (
            f"{found.folder}, from which {NAME} was installed, no longer exists. Install "
            f"{NAME}{f'[{extra}]' if extra else ''} {__version__} again."
        )
    return f"Run in a terminal: {shlex.join(install_command(found.arguments(extra)))}"


def install_command(arguments: Sequence[str]) -> list[str]:
    """Return a command that installs into this environment.

    Environments without pip were made by uv.
    """
    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", *arguments]
    return ["uv", "pip", "install", "--python", sys.executable, *arguments]


def find_uv(path: str | None = None) -> str | None:
    """Return the ``uv`` executable of this environment or on ``path`` (default: PATH), or None."""
    # The ``uv`` package may be missing, because many users install only the executable.
    try:
        from uv import find_uv_bin
    except ImportError:
        return shutil.which("uv", path=path)
    try:
        return find_uv_bin()
    except FileNotFoundError:
        return shutil.which("uv", path=path)


def require(modules: Sequence[str], extra: str, purpose: str) -> None:
    """Raise NotInstalled if one of ``modules`` is missing, with the command that installs them.

    ``purpose`` begins the message: ``Packaging a model``.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        names = listed(_DISTRIBUTIONS.get(name, name) for name in missing)
        raise NotInstalled(
            f"{purpose} needs {names}, which {_be(missing)} not installed in this environment "
            f"({sys.prefix}).",
            hint=install_hint(extra),
        )


def _be(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


_DISTRIBUTIONS = {"sklearn": "scikit-learn"}
