"""Run uv or pip to fetch wheels for another platform, and map their failures to our errors."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from jupyter_faas.errors import VendoringFailed
from jupyter_faas.installation import find_uv
from jupyter_faas.vendoring.platform import PIP_PLATFORMS, PLATFORM, UV_PLATFORM

# These environment variables would make the installer use another directory or interpreter. All
# other settings of the user are passed on, such as the package index.
_LOCATION_VARIABLES = frozenset(
    (
        *("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON", "PIP_DRY_RUN"),
        *("UV_SYSTEM_PYTHON", "UV_PYTHON", "UV_PROJECT_ENVIRONMENT", "UV_WORKING_DIRECTORY"),
        "VIRTUAL_ENV",
    )
)
# Both installers exit with the same status for a missing wheel and for a network failure, so these
# phrases from their messages are used to recognize network failures. They come from uv, pip and
# the HTTP libraries of both.
_NETWORK_ERRORS = re.compile(
    r"Failed to fetch|error sending request|dns error|NewConnectionError|Max retries"
    r"|connection broken|ConnectTimeout|ReadTimeout|Temporary failure in name resolution"
    r"|Connection refused|tunnel|network connectivity|network was disabled",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_NOISE = re.compile(r"^\s*(WARNING|warning|Using |Resolved |Prepared |\[notice\])")
# The maximum number of lines of the installer's output that an error message shows.
_WORDS_SHOWN = 6
# The time limit of an installation in seconds. The wheels of torch take up gigabytes, so a download
# may take minutes.
_LIMIT_S = 900.0


class WheelNotFound(VendoringFailed):
    """Raised when the package index does not have a matching wheel."""


def install(
    requirements: Sequence[str],
    python: str,
    folder: Path,
    environ: Mapping[str, str],
    constraints: Path | None = None,
) -> None:
    """Install the wheels of ``requirements`` and of their dependencies into ``folder``.

    ``constraints`` is a constraints file of provided.py for what the target has, or None.
    Raises VendoringFailed if neither installer exists or the network fails. Every other failure of
    the installer raises WheelNotFound, usually because a wheel for that Python version and platform
    does not exist. Raises subprocess.TimeoutExpired after 15 minutes.
    """
    command = _command(python, folder)
    if constraints is not None:
        command += ["--constraint", str(constraints)]
    process = subprocess.run(
        [*command, *requirements],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={
            key: value for key, value in environ.items() if key.upper() not in _LOCATION_VARIABLES
        },
        timeout=_LIMIT_S,
        check=False,
    )
    if process.returncode == 0:
        return
    output = process.stdout.decode("utf-8", "replace")
    shown = _excerpt(output)
    if _NETWORK_ERRORS.search(output):
        raise VendoringFailed(
            "The wheels for the package could not be downloaded: the package index is not "
            f"reachable.\n{shown}",
            hint="Try again, or use an image that contains these libraries: --image NAME, without "
            "--vendor",
        )
    raise WheelNotFound(
        f"Not all wheels for {', '.join(requirements)} are available for Python {python} on "
        f"{PLATFORM}.\n{shown}",
        hint=_other_version(python),
    )


def _other_version(python: str) -> str:
    """Return what to do without wheels for a Python version: this environment's may have some."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    if python != own:
        return f"Use the Python version of this notebook: --kind python:{own}"
    return "Use an image that contains these libraries: --image NAME, without --vendor"


def _command(python: str, folder: Path) -> list[str]:
    uv = find_uv()
    if uv is not None:
        return [
            *(uv, "pip", "install", "--quiet"),
            *("--python", sys.executable, "--target", str(folder)),
            *("--python-version", python, "--python-platform", UV_PLATFORM),
            *("--only-binary", ":all:", "--no-compile-bytecode"),
        ]
    if find_spec("pip") is None:
        raise VendoringFailed(
            "Downloading wheels needs uv or pip, and neither is installed.",
            hint="To install pip, run this code in a cell:\nimport ensurepip\n"
            "ensurepip.bootstrap()",
        )
    # uv derives all compatible tags from one platform, whereas pip needs a list of them.
    platforms = [word for each in PIP_PLATFORMS for word in ("--platform", each)]
    return [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-input", "--no-compile", "--target", str(folder), "--only-binary", ":all:"),
        *("--implementation", "cp", "--python-version", python, *platforms),
    ]


def _excerpt(output: str) -> str:
    """Return the first relevant lines of the output, with the credentials in URLs masked."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if not _NOISE.match(line)] or lines
    return _CREDENTIALS.sub("***@", "\n".join(telling[:_WORDS_SHOWN]))
