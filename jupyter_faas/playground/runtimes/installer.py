"""Common code for pip, uv and npm: the environment, input files and error messages."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from jupyter_faas.playground.runtimes.builds import without_credentials

# Prefixes of variables that configure the installers, in particular the package index.
_PREFIXES = ("PIP_", "UV_", "NPM_CONFIG_", "XDG_")

# Network settings for installers, in addition to those that every worker inherits.
_NETWORK = frozenset(("ALL_PROXY", "NETRC", "NODE_EXTRA_CA_CERTS"))

# With these variables, an installer would write to another directory or not install anything.
_OTHER_LOCATION = frozenset(
    (
        *("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON", "PIP_DRY_RUN"),
        *("UV_SYSTEM_PYTHON", "UV_PYTHON", "UV_PROJECT_ENVIRONMENT", "UV_WORKING_DIRECTORY"),
        *("NPM_CONFIG_PREFIX", "NPM_CONFIG_GLOBAL", "NPM_CONFIG_LOCATION", "NPM_CONFIG_DRY_RUN"),
    )
)

# Output of pip, uv and npm that shows that the package registry could not be reached.
_NETWORK_ERROR = re.compile(
    "|".join(
        (
            r"Failed to fetch|error sending request|dns error|NewConnectionError|Max retries",
            r"connection broken|ConnectTimeout|ReadTimeout|Temporary failure in name resolution",
            r"ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTCACHED|network (is|was)",
            r"Connection refused|tunnel|network connectivity",
        )
    ),
    re.IGNORECASE,
)


def installer_environment(
    environ: Mapping[str, str], environment: Mapping[str, str]
) -> dict[str, str]:
    """Return the worker's ``environment`` with the installer settings from ``environ`` added."""
    configured = {
        key: value
        for key, value in environ.items()
        if (key.upper().startswith(_PREFIXES) or key.upper() in _NETWORK)
        and key.upper() not in _OTHER_LOCATION
    }
    result = {**environment, **configured}
    # VIRTUAL_ENV names the environment of the action's interpreter, not the one being built.
    result.pop("VIRTUAL_ENV", None)
    return result


def failure_message(what: str, requirements: Sequence[str], output: str) -> str:
    """Return the error message for a failed installation.

    ``what``: a description of the packages to install.
    ``requirements``: the requirements that ``output`` mentions.
    ``output``: the output of the installer.
    """
    named = ", ".join(f"'{without_credentials(each)}'" for each in requirements[:3])
    if len(requirements) > 3:
        named += f" and {len(requirements) - 3} more"
    of = f" ({named})" if named else ""
    if _NETWORK_ERROR.search(output):
        return (
            f"The {what} could not be installed{of}: the package index is not reachable. See logs "
            "for details."
        )
    return f"The {what} could not be installed{of}. See logs for details."


class InstallFiles:
    """The files of an action that the installer reads."""

    def __init__(self, directory: Path, names: Sequence[str] | None) -> None:
        """Select files in ``directory``.

        ``names``: the names of the files, which need not exist; None for all files at any depth.
        """
        self._directory = directory
        self._names = names

    def digest(self, *parts: str) -> str:
        """Return a cache key: a hash of the files and of ``parts``. This method blocks."""
        # Separators and lengths ensure that different sets of files have different hash input.
        digest = hashlib.sha256("\0".join(parts).encode())
        for path in self._paths():
            content = path.read_bytes()
            name = path.relative_to(self._directory).as_posix()
            digest.update(f"\0{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()[:32]

    def copy_to(self, folder: Path) -> None:
        """Copy the files to ``folder``, keeping their relative paths. This method blocks."""
        for path in self._paths():
            target = folder / path.relative_to(self._directory)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copy(path, target)

    def _paths(self) -> list[Path]:
        if self._names is not None:
            paths = [self._directory / name for name in self._names]
            return [path for path in paths if path.is_file()]
        return sorted(
            path
            for path in self._directory.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        )
