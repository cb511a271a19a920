"""The runtime of Python actions: which interpreter runs an action, and its environment variables.

The interpreter is the first of these that exists: a path from a kind override; the registered
environment that the action was packaged in (``environments.py``); the playground's own interpreter
if it has the version; ``python3.x`` on the PATH; another registered environment of the version. If
the archive has a ``requirements.txt``, a virtualenv of that interpreter is used
(``virtualenvs.py``).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.entities.resolved_action import ResolvedAction
from jupyter_faas.playground.runtimes import environments
from jupyter_faas.playground.runtimes.archive import VIRTUALENV
from jupyter_faas.playground.runtimes.base import Runtime
from jupyter_faas.playground.runtimes.virtualenvs import FILE, Virtualenvs
from jupyter_faas.playground.workers.process import WorkerSpec, data_segment_limit

OWN_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"

# Variables that a worker inherits from the playground. The others may contain secrets.
_INHERITED_VARIABLES = frozenset(
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

# A worker runs one request at a time, so thread pools have no use. They and onnxruntime's telemetry
# would also start threads in a zygote, which then could not be forked.
_FIXED_VARIABLES = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "PYTHONUTF8": "1",
}

# How long the playground waits before it repeats a failed search for a version.
_RETRY_S = 30.0

_VERSION_PROBE = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"


@dataclass(frozen=True)
class _InterpreterChoice:
    """An interpreter. ``prefix``: that of its environment, if known; ``version``: like ``3.11``."""

    executable: str
    prefix: str | None
    version: str


class PythonRuntime(Runtime):
    """Chooses the interpreter of an action (see the module's docstring)."""

    def __init__(
        self,
        folder: DataDirectory,
        environ: Mapping[str, str],
        virtualenvs: Virtualenvs,
        find: Callable[[str], str | None] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """``find`` returns the path of an interpreter for a version such as ``3.11``, or None.

        Blocking: writes the workers' files.
        """
        self._virtualenvs = virtualenvs
        self._now = now
        self._missing_since: dict[str, float] = {}
        self._folder = folder
        self._environ = environ
        self._find = find or (lambda version: find_interpreter(version, environ.get("PATH")))
        self._interpreters: dict[str, str] = {OWN_VERSION: sys.executable}
        for name in (_LAUNCHER, _ZYGOTE, "prefork.py", "python_worker.py", "warmup_action.py"):
            folder.copy_worker_file(name)

    async def check(self, plan: ResolvedAction, kind: str) -> None:
        await self._choose_async(plan, kind)

    async def spec(
        self, plan: ResolvedAction, kind: str, directory: Path, init: Mapping[str, str]
    ) -> WorkerSpec:
        choice = found = await self._choose_async(plan, kind)
        began = time.perf_counter()
        if _brings_requirements(directory):
            environment = self._environment(choice)
            built = await self._virtualenvs.get(
                directory, choice.executable, environment, plan.timeout_s
            )
            if built is not None:
                found = _InterpreterChoice(
                    str(built / "bin" / "python"), str(built), choice.version
                )
        spec = self._spec(found, plan, kind, directory)
        return replace(spec, init=init, waited_s=time.perf_counter() - began)

    async def prewarm_spec(
        self, plan: ResolvedAction, kind: str, directory: Path
    ) -> WorkerSpec | None:
        choice = await self._choose_async(plan, kind)
        if _brings_requirements(directory):
            environment = self._environment(choice)
            if not await self._virtualenvs.is_satisfied(directory, choice.executable, environment):
                return None
        return self._spec(choice, plan, kind, directory)

    def default_zygote(self) -> tuple[tuple[str, ...], Mapping[str, str]]:
        choice = self._own_interpreter()
        command = (choice.executable, str(self._folder.shipped / _ZYGOTE))
        return command, self._workers_environment(choice)

    async def warm_up(self) -> None:
        choice = self._own_interpreter()
        environment = self._environment(choice)
        await asyncio.to_thread(self._virtualenvs.warm_up, choice.executable, environment)

    def _spec(
        self, choice: _InterpreterChoice, plan: ResolvedAction, kind: str, directory: Path
    ) -> WorkerSpec:
        return WorkerSpec(
            command=(choice.executable, str(self._folder.shipped / _LAUNCHER)),
            directory=directory,
            main=plan.action.exec.main or "main",
            environment=self._workers_environment(choice),
            init={},
            data_bytes=data_segment_limit(plan.memory_mb),
            runtime="" if kind == plan.kind else f"python {choice.version}",
            zygote=(choice.executable, str(self._folder.shipped / _ZYGOTE)),
        )

    def _environment(self, choice: _InterpreterChoice) -> dict[str, str]:
        return worker_environment(self._environ, choice.executable, choice.prefix)

    def _workers_environment(self, choice: _InterpreterChoice) -> dict[str, str]:
        # All workers share downloaded models, which are removed when the playground starts.
        return {**self._environment(choice), "FAAS_MODEL_CACHE": str(self._folder.model_cache)}

    async def _choose_async(self, plan: ResolvedAction, kind: str) -> _InterpreterChoice:
        known = kind.partition(":")[2] in self._interpreters
        if known and plan.action.annotation(environments.ANNOTATION) is None:
            return self._choose(plan, kind)  # This reads no file, so a thread would take longer.
        return await asyncio.to_thread(self._choose, plan, kind)

    def _choose(self, plan: ResolvedAction, kind: str) -> _InterpreterChoice:
        version = kind.partition(":")[2]
        if "/" in version:
            return self._interpreter_at(version)
        wanted = plan.action.annotation(environments.ANNOTATION)
        environment = environments.read(self._folder, wanted) if wanted else None
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
            raise KindNotSupported(f"The mapping names '{path}', which is no Python that works.")
        return _InterpreterChoice(path, os.path.dirname(os.path.dirname(path)), found.version)

    def _interpreter(self, version: str) -> str:
        known = self._interpreters.get(version)
        if known is not None:
            return known
        # The search starts a process, and a client may retry in a loop.
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
            f"PATH of the playground, which itself runs Python {OWN_VERSION}. Install it, or let "
            f"another version run it with --map python:{version}=python:{OWN_VERSION}."
        )


def _brings_requirements(directory: Path) -> bool:
    """Return whether requirements.txt applies: a virtualenv in the archive takes precedence."""
    return (directory / FILE).is_file() and not (directory / VIRTUALENV).is_dir()


def find_interpreter(version: str, path: str | None) -> str | None:
    """Return the interpreter of ``python3.x`` on ``path``; None if it is missing or does not run.

    The command may be the shim of a version manager, for a version that is not installed.
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
    # sys.executable is the interpreter itself, even if the command is a shim.
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
