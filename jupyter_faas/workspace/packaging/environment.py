"""Environment variables of a package: values that --env adds, and variables that targets lack.

The value of a variable may be a password. It therefore becomes part of a package only if the user
names the variable in ``--env``, and never if it looks like a credential.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_faas.capture.dependencies.environment_reads import EnvironmentRead
from jupyter_faas.errors import InputError
from jupyter_faas.processor import PROCESSOR_VARIABLES
from jupyter_faas.workspace.preflight.variables import is_credential

# Variables that systems, shells, Jupyter and runtimes set. Their values differ on every machine, so
# code that reads them expects that.
_OF_THE_MACHINE = re.compile(
    r"__OW_.*|FAAS_.*|JPY_.*|JUPYTER.*|IPY.*|PYTHON.*|PYDEVD.*|CONDA.*|VIRTUAL_ENV.*|LD_.*|DYLD_.*"
    r"|LC_.*|LANG|LANGUAGE|XDG_.*|SSH_.*|OTEL_.*|TZ|HOME|PATH|PWD|OLDPWD|SHELL|SHLVL|TERM|COLORTERM"
    r"|USER|USERNAME|LOGNAME|HOST|HOSTNAME|TMPDIR|TEMP|TMP|USERPROFILE|APPDATA|LOCALAPPDATA|OS"
    r"|SYSTEMROOT|COMSPEC|EDITOR|VISUAL|PAGER|GIT_PAGER|DISPLAY|MPLBACKEND|CLICOLOR.*|FORCE_COLOR"
    r"|NO_COLOR|COLUMNS|LINES|.*_NUM_THREADS|CUDA_.*|.*_proxy|.*_PROXY|SSL_CERT_.*|.*_CA_BUNDLE"
    r"|traceparent|tracestate|TRACEPARENT|TRACESTATE"
)


def given_variables(names: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the values of the variables in ``--env``.

    Raises InputError for a variable that is not set, or that looks like a credential.
    """
    found = {}
    for name in sorted(set(names)):
        if name not in environ:
            raise InputError(
                f"The environment variable {name} of --env is not set in this notebook.",
                hint=f"Set it in a cell above: import os; os.environ[{name!r}] = 'value'",
            )
        if is_credential(name, environ[name]):
            raise InputError(
                f"The environment variable {name} looks like a password or key, but --env stores "
                "its value in the package.",
                hint=f"Write --secret {name} instead of --env {name}.",
            )
        found[name] = environ[name]
    return found


def unset_variables(
    reads: Iterable[EnvironmentRead], provided: Iterable[str], environ: Mapping[str, str]
) -> tuple[dict[str, Any], ...]:
    """Return the variables that the code reads, and that are set here, but not on a target.

    Each item has the keys ``name``, ``secret`` (whether the variable looks like a credential), and
    ``certain`` (whether the function reads it, and not only a module of which it uses a part).
    ``provided`` are the names in ``--env`` and ``--secret``.
    """
    missing = [
        read
        for read in reads
        if read.name in environ
        and read.name not in provided
        and not is_machine_variable(read.name)
        and not read.is_default(environ[read.name])
    ]
    return tuple(
        {
            "name": read.name,
            "secret": is_credential(read.name, environ[read.name]),
            "certain": read.is_certain,
        }
        for read in missing
    )


def is_machine_variable(name: str) -> bool:
    """Return whether a system, Jupyter or a runtime sets the variable."""
    return name in PROCESSOR_VARIABLES or _OF_THE_MACHINE.fullmatch(name) is not None
