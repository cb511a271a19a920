"""The runtime for Python actions, which chooses the interpreter and its environment variables.

The first interpreter in this list that exists is used:

1. the path from a kind override;
2. the registered environment in which the action was packaged (``../environments.py``);
3. the playground's own interpreter, if it has the requested version;
4. ``python3.x`` on the PATH;
5. another registered environment with the requested version.

If the archive has a ``requirements.txt`` that the interpreter does not satisfy, a virtualenv of
that interpreter is used (``virtualenvs.py``).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.playground import environments
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.entities.resolved_action import ResolvedAction
from jupyter_faas.playground.notes import OTHER_PACKAGES, PIP_INSTALL
from jupyter_faas.playground.runtimes.archive import VIRTUALENV
from jupyter_faas.playground.runtimes.base import Runtime
from jupyter_faas.playground.runtimes.image_packages import packages_beyond_openwhisk
from jupyter_faas.playground.runtimes.virtualenvs import FILE, Virtualenvs
from jupyter_faas.playground.workers.process import WorkerSpec, data_segment_limit
from jupyter_faas.processor import PROCESSOR_VARIABLES

OWN_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"

# Variables that a worker inherits from the playground. Other variables may contain secrets.
_INHERITED_VARIABLES = PROCESSOR_VARIABLES.union(
    (
        *("HOME", "USER", "LOGNAME", "SHELL", "TZ", "TMPDIR", "LANG", "LANGUAGE"),
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    )
)
_LAUNCHER = "launcher.py"
_ZYGOTE = "zygote.py"

_DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"

# A worker runs one request at a time, so it does not need thread pools. Thread pools and the
# telemetry of onnxruntime would also start threads in a zygote, which then could not be forked.
_FIXED_VARIABLES = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "PYTHONUTF8": "1",
}

# The version of the proxy in OpenWhisk's images of Python 3.9 and newer.
_PROXY_VERSION = "1.25.0"

# How many remarks on the packages of an action are kept.
_MAX_NOTES = 1000

# How long the playground waits before it repeats a failed search for a version.
_RETRY_S = 30.0

_VERSION_PROBE = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"


class _InterpreterChoice(NamedTuple):
    """The interpreter that was chosen for an action.

    ``prefix``: the prefix of the interpreter's environment; None if unknown.
    ``version``: the Python version, such as ``3.11``.
    """

    executable: str
    prefix: str | None
    version: str


class PythonRuntime(Runtime):
    """Chooses the interpreter for an action (see the module docstring)."""

    def __init__(
        self,
        folder: DataDirectory,
        environ: Mapping[str, str],
        virtualenvs: Virtualenvs,
        find: Callable[[str], str | None] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Write the workers' files to the data directory. This constructor blocks.

        ``find``: returns the path of an interpreter for a version such as ``3.11``, or None.
        ``now``: returns the current time of a monotonic clock.
        """
        self._virtualenvs = virtualenvs
        self._now = now
        self._missing_since: dict[str, float] = {}
        self._folder = folder
        # A copy, because os.environ decodes each variable at each access.
        self._environ = dict(environ)
        self._notes: dict[Path, str] = {}
        self._registered = environments.EnvironmentCache(folder)
        self._environments: dict[_InterpreterChoice, dict[str, str]] = {}
        self._find = find or (lambda version: find_interpreter(version, environ.get("PATH")))
        self._interpreters: dict[str, str] = {OWN_VERSION: sys.executable}
        for name in (_LAUNCHER, _ZYGOTE, "prefork.py", "python_worker.py", "warmup_action.py"):
            folder.copy_worker_file(name)

    def is_known(self, resolved: ResolvedAction, kind: str) -> bool:
        return self._choose_known(resolved, kind) is not None

    async def check(self, resolved: ResolvedAction, kind: str) -> None:
        await self._choose_async(resolved, kind)

    async def spec(
        self, resolved: ResolvedAction, kind: str, directory: Path, init: Mapping[str, str]
    ) -> WorkerSpec:
        choice = found = await self._choose_async(resolved, kind)
        began = time.perf_counter()
        if _brings_requirements(directory):
            environment = self._environment(choice)
            built = await self._virtualenvs.get(
                directory, choice.executable, environment, resolved.timeout_s
            )
            if built is not None:
                found = _InterpreterChoice(
                    str(built / "bin" / "python"), str(built), choice.version
                )
        waited_s = time.perf_counter() - began
        spec = self._spec(found, resolved, kind, directory)
        return spec._replace(
            init={**proxy_variables(found.version), **init},
            waited_s=waited_s,
            note=await self._note(resolved, directory),
        )

    async def prewarm_spec(
        self, resolved: ResolvedAction, kind: str, directory: Path
    ) -> WorkerSpec | None:
        choice = await self._choose_async(resolved, kind)
        if _brings_requirements(directory):
            environment = self._environment(choice)
            if not await self._virtualenvs.is_satisfied(directory, choice.executable, environment):
                return None
        await self._note(resolved, directory)
        return self._spec(choice, resolved, kind, directory)

    def default_zygote(self) -> tuple[tuple[str, ...], Mapping[str, str]]:
        choice = self._own_interpreter()
        command = (choice.executable, str(self._folder.shipped / _ZYGOTE))
        return command, self._workers_environment(choice)

    async def warm_up(self) -> None:
        choice = self._own_interpreter()
        environment = self._environment(choice)
        await asyncio.to_thread(self._virtualenvs.warm_up, choice.executable, environment)

    def _spec(
        self, choice: _InterpreterChoice, resolved: ResolvedAction, kind: str, directory: Path
    ) -> WorkerSpec:
        return WorkerSpec(
            command=(choice.executable, str(self._folder.shipped / _LAUNCHER)),
            directory=directory,
            main=resolved.action.exec.main or "main",
            environment=self._workers_environment(choice),
            init={},
            data_bytes=data_segment_limit(resolved.memory_mb),
            runtime="" if kind == resolved.kind else f"python {choice.version}",
            zygote=(choice.executable, str(self._folder.shipped / _ZYGOTE)),
        )

    async def _note(self, resolved: ResolvedAction, directory: Path) -> str:
        note = self._notes.get(directory)
        if note is None:
            note = await asyncio.to_thread(_note, resolved, directory)
            # Changed code gets another directory. The cache also keeps deleted actions, so clear it
            # when it has grown large.
            if len(self._notes) > _MAX_NOTES:
                self._notes.clear()
            self._notes[directory] = note
        return note

    def _environment(self, choice: _InterpreterChoice) -> Mapping[str, str]:
        found = self._environments.get(choice)
        if found is None:
            found = worker_environment(self._environ, choice.executable, choice.prefix)
            self._environments[choice] = found
        return found

    def _workers_environment(self, choice: _InterpreterChoice) -> dict[str, str]:
        # All workers share a cache of downloaded models, which is cleared at playground start.
        return {**self._environment(choice), "FAAS_MODEL_CACHE": str(self._folder.model_cache)}

    async def _choose_async(self, resolved: ResolvedAction, kind: str) -> _InterpreterChoice:
        known = self._choose_known(resolved, kind)
        if known is not None:
            return known
        return await asyncio.to_thread(self._choose, resolved, kind)

    def _choose_known(self, resolved: ResolvedAction, kind: str) -> _InterpreterChoice | None:
        """Return the choice if it can be made without reading files, or None.

        Using a thread would take longer than to look whether a file has changed.
        """
        wanted = resolved.action.annotation(environments.ANNOTATION)
        known = kind.partition(":")[2] in self._interpreters
        if known and (wanted is None or self._registered.has(wanted)):
            return self._choose(resolved, kind)
        return None

    def _choose(self, resolved: ResolvedAction, kind: str) -> _InterpreterChoice:
        version = kind.partition(":")[2]
        if "/" in version:
            return self._interpreter_at(version)
        wanted = resolved.action.annotation(environments.ANNOTATION)
        environment = self._registered.find(wanted) if wanted else None
        if environment is not None and environment.minor == version:
            return _InterpreterChoice(environment.executable, environment.prefix, version)
        if version == OWN_VERSION:
            return self._own_interpreter()
        return _InterpreterChoice(self._interpreter(version), None, version)

    def _own_interpreter(self) -> _InterpreterChoice:
        return _InterpreterChoice(sys.executable, sys.prefix, OWN_VERSION)

    def _interpreter_at(self, path: str) -> _InterpreterChoice:
        environment = worker_environment(self._environ, path, None)
        found = self._virtualenvs.interpreters.probe(path, environment)
        if found is None:
            raise KindNotSupported(
                f"The kind is mapped to '{path}', which is not a working Python interpreter."
            )
        return _InterpreterChoice(path, os.path.dirname(os.path.dirname(path)), found.version)

    def _interpreter(self, version: str) -> str:
        known = self._interpreters.get(version)
        if known is not None:
            return known
        # The search starts a process, so do not repeat it if a client retries in a loop.
        missing_since = self._missing_since.get(version)
        if missing_since is None or self._now() - missing_since > _RETRY_S:
            found = self._find(version)
            if found is not None:
                self._interpreters[version] = found
                return found
            self._missing_since[version] = self._now()
        registered = environments.newest_of_version(self._folder, version)
        if registered is not None:
            return registered.executable
        raise KindNotSupported(
            f"The kind 'python:{version}' cannot run here: there is no python{version} on the "
            f"PATH of the playground, which itself runs Python {OWN_VERSION}. Install Python "
            f"{version}, or map the kind to another version: write "
            f'{{"python:{version}": "python:{OWN_VERSION}"}} to kinds.json in the playground\'s '
            "folder."
        )


def proxy_variables(version: str) -> dict[str, str]:
    """Return the variables that OpenWhisk's Python proxy sets for every action (contract §5.2)."""
    return {
        "__OW_EXECUTION_ENV": f"openwhisk/action-python-v{version}",
        "__OW_PROXY_VERSION": _PROXY_VERSION,
        "__OW_WAIT_FOR_ACK": "1",
    }


def _brings_requirements(directory: Path) -> bool:
    """Return whether the code has a requirements.txt and does not contain a virtualenv.

    A virtualenv in the archive takes precedence over the requirements.txt.
    """
    return (directory / FILE).is_file() and not (directory / VIRTUALENV).is_dir()


def _note(resolved: ResolvedAction, directory: Path) -> str:
    """Return the remark on packages that OpenWhisk's images do not contain, or an empty text.

    Other images may contain anything, and a virtualenv in the archive is the same everywhere.
    """
    if resolved.action.exec.image is not None or (directory / VIRTUALENV).is_dir():
        return ""
    if (directory / FILE).is_file():
        return PIP_INSTALL
    missing = packages_beyond_openwhisk(directory)
    return OTHER_PACKAGES.format(", ".join(missing)) if missing else ""


def find_interpreter(version: str, path: str | None) -> str | None:
    """Return the interpreter behind the command ``python3.x`` on ``path``.

    Return None if the command does not exist or does not work. For example, it may be a version
    manager's shim for a version that is not installed.
    """
    command = shutil.which(f"python{version}", path=path)
    if command is None:
        return None
    try:
        done = subprocess.run(
            [command, "-I", "-c", _VERSION_PROBE],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    said = done.stdout.splitlines()
    # sys.executable is the path of the interpreter itself, even if the command is a shim.
    return said[1] if len(said) == 2 and said[0] == version else None


def worker_environment(
    environ: Mapping[str, str], executable: str, prefix: str | None
) -> dict[str, str]:
    """Return the environment variables of a worker, without the action's own variables."""
    passed = {
        key: value
        for key, value in environ.items()
        if key in _INHERITED_VARIABLES or key.startswith("LC_")
    }
    path = [os.path.dirname(executable), environ.get("PATH") or _DEFAULT_PATH]
    found = {**passed, **_FIXED_VARIABLES, "PATH": os.pathsep.join(path)}
    found.setdefault("HOME", os.path.expanduser("~"))
    if prefix and os.path.exists(os.path.join(prefix, "pyvenv.cfg")):
        found["VIRTUAL_ENV"] = prefix
    return found
