"""The Python version and libraries of a target, on this machine.

A package with wheels is run as its target would run it: by an interpreter of the same version,
without this machine's libraries, with the distributions that the target's image has in the same
versions. That is possible on Linux on x86-64, for which the wheels are, if the interpreter is here.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import VendoringFailed
from jupyter_faas.workspace.settings import is_linux_x86

if TYPE_CHECKING:
    from jupyter_faas.bundle import Manifest
    from jupyter_faas.vendoring import VendorCache

_OWN_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
_UV_LIMIT_S = _START_LIMIT_S = 20.0


@dataclass(frozen=True)
class TargetPython:
    """How a package with wheels can be run here.

    ``executable``: an interpreter of the target's version, or an empty string if there is none.
    ``version``: the target's Python version, such as ``3.12``.
    ``libraries``: the files of the image's distributions that the package uses, by path.
    ``missing``: why the wheels cannot be run here, or an empty string.
    """

    version: str
    executable: str = ""
    libraries: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    missing: str = ""

    @property
    def note(self) -> str:
        """A clause for the card about how the package was run."""
        if self.missing:
            return f"the wheels were not tested: {self.missing}"
        return f"the zip was tested with Python {self.version}"


def target_python(
    manifest: Manifest,
    wheels: VendorCache | None,
    progress: Callable[[str], None],
    find: Callable[[str], str] | None = None,
) -> TargetPython | None:
    """Return how a package can be run as on its target, or None if it has no wheels.

    ``wheels`` is used to fetch the distributions that the target's image has. ``find`` finds an
    interpreter by its version.
    """
    vendored = manifest.vendored
    if vendored is None:
        return None
    version = str(vendored["python"])
    if not is_linux_x86():
        return TargetPython(
            version, missing="wheels for Linux on x86-64 do not run on this machine"
        )
    executable = (find or find_python)(version)
    if not executable:
        return TargetPython(version, missing=f"Python {version} is not installed on this machine")
    provided = {str(each["name"]): str(each["version"]) for each in vendored.get("provided", ())}
    if not provided:
        return TargetPython(version, executable)
    words = ", ".join(f"{name} {found}" for name, found in sorted(provided.items()))
    if wheels is None:
        return TargetPython(
            version, missing=f"the target's {words} cannot be loaded on this machine"
        )
    try:
        libraries = wheels.vendor(provided, version, progress=progress).files
    # The image may contain a distribution that was compiled there and has no wheel.
    except VendoringFailed:
        return TargetPython(version, missing=f"the target's {words} cannot be downloaded")
    return TargetPython(version, executable, libraries)


def find_python(version: str) -> str:
    """Return an interpreter of a version such as ``3.12``, or an empty string if there is none."""
    if version == _OWN_VERSION:
        return sys.executable
    found = shutil.which(f"python{version}")
    return (_started(found) if found else "") or _found_by_uv(version)


def _started(command: str) -> str:
    """Return the interpreter that a command starts, or an empty string if it starts none.

    A version manager has commands for versions that are not active, which only print a message.
    """
    try:
        done = subprocess.run(
            [command, "-c", "import sys; print(sys.executable)"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_START_LIMIT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _found_by_uv(version: str) -> str:
    from jupyter_faas.installation import find_uv

    uv = find_uv()
    if uv is None:
        return ""
    command = [uv, "python", "find", "--no-python-downloads", "--no-project", version]
    try:
        done: Any = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_UV_LIMIT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
