"""Python actions: which interpreter runs them, and in what environment."""

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

# What a worker gets of the playground's own environment. Nothing else: it may hold secrets.
_PASSED_ON = frozenset(
    (
        *("HOME", "USER", "LOGNAME", "SHELL", "TZ", "TMPDIR", "LANG", "LANGUAGE"),
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    )
)
_LAUNCHER = "launcher.py"
_ZYGOTE = "zygote.py"

_PATH = "/usr/local/bin:/usr/bin:/bin"

# One request at a time needs no pools of threads; and onnxruntime reports to nobody.
_FIXED = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "PYTHONUTF8": "1",
}

# How long a version that was not found is not looked for again.
_LOOK_AGAIN_S = 30.0

_WHO = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"


@dataclass(frozen=True)
class _Choice:
    """``prefix``: that of its environment, if that is not simply its own; ``version``: ``3.11``."""

    executable: str
    prefix: str | None
    version: str


class PythonRuntime(Runtime):
    """The environment that packaged the action if it is known here, else the kind's interpreter.

    The playground's own interpreter is its version's; others are ``python3.x`` on the PATH. In the
    place of a version may stand the path of an interpreter, which is then the one.
    """

    def __init__(
        self,
        folder: DataDirectory,
        environ: Mapping[str, str],
        virtualenvs: Virtualenvs,
        find: Callable[[str], str | None] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """``find`` gives the interpreter of a version. Blocking: writes the workers' files."""
        self._virtualenvs = virtualenvs
        self._now = now
        self._missing: dict[str, float] = {}
        self._folder = folder
        self._environ = environ
        self._find = find or (lambda version: find_interpreter(version, environ.get("PATH")))
        self._interpreters: dict[str, str] = {OWN_VERSION: sys.executable}
        for name in (_LAUNCHER, _ZYGOTE, "prefork.py", "python_worker.py", "warmup_action.py"):
            folder.ship(name)

    async def check(self, plan: ResolvedAction, kind: str) -> None:
        await self._chosen(plan, kind)

    async def spec(
        self, plan: ResolvedAction, kind: str, directory: Path, init: Mapping[str, str]
    ) -> WorkerSpec:
        chosen = found = await self._chosen(plan, kind)
        began = time.perf_counter()
        if _brings_requirements(directory):
            environment = self._environment(chosen)
            built = await self._virtualenvs.get(
                directory, chosen.executable, environment, plan.timeout_s
            )
            if built is not None:
                found = _Choice(str(built / "bin" / "python"), str(built), chosen.version)
        spec = self._spec(found, plan, kind, directory)
        return replace(spec, init=init, waited_s=time.perf_counter() - began)

    async def prewarm_spec(
        self, plan: ResolvedAction, kind: str, directory: Path
    ) -> WorkerSpec | None:
        chosen = await self._chosen(plan, kind)
        if _brings_requirements(directory):
            environment = self._environment(chosen)
            if not await self._virtualenvs.is_satisfied(directory, chosen.executable, environment):
                return None
        return self._spec(chosen, plan, kind, directory)

    def default_zygote(self) -> tuple[tuple[str, ...], Mapping[str, str]]:
        chosen = self._own()
        command = (chosen.executable, str(self._folder.shipped / _ZYGOTE))
        return command, self._workers_environment(chosen)

    async def warm_up(self) -> None:
        chosen = self._own()
        environment = self._environment(chosen)
        await asyncio.to_thread(self._virtualenvs.warm_up, chosen.executable, environment)

    def _spec(
        self, chosen: _Choice, plan: ResolvedAction, kind: str, directory: Path
    ) -> WorkerSpec:
        return WorkerSpec(
            command=(chosen.executable, str(self._folder.shipped / _LAUNCHER)),
            directory=directory,
            main=plan.action.exec.main or "main",
            environment=self._workers_environment(chosen),
            init={},
            data_bytes=data_segment_limit(plan.memory_mb),
            runtime="" if kind == plan.kind else f"python {chosen.version}",
            zygote=(chosen.executable, str(self._folder.shipped / _ZYGOTE)),
        )

    def _environment(self, chosen: _Choice) -> dict[str, str]:
        return worker_environment(self._environ, chosen.executable, chosen.prefix)

    def _workers_environment(self, chosen: _Choice) -> dict[str, str]:
        # The models are shared by all workers, and gone when the playground starts anew.
        return {**self._environment(chosen), "FAAS_MODEL_CACHE": str(self._folder.model_cache)}

    async def _chosen(self, plan: ResolvedAction, kind: str) -> _Choice:
        known = kind.partition(":")[2] in self._interpreters
        if known and plan.action.annotation(environments.ANNOTATION) is None:
            return self._choose(plan, kind)  # Nothing is read: a thread would take longer.
        return await asyncio.to_thread(self._choose, plan, kind)

    def _choose(self, plan: ResolvedAction, kind: str) -> _Choice:
        version = kind.partition(":")[2]
        if "/" in version:
            return self._at(version)
        wanted = plan.action.annotation(environments.ANNOTATION)
        environment = environments.read(self._folder, wanted) if wanted else None
        if environment is not None and environment.minor == version:
            return _Choice(environment.executable, environment.prefix, version)
        if version == OWN_VERSION:
            return self._own()
        return _Choice(self._interpreter(version), None, version)

    def _own(self) -> _Choice:
        return _Choice(sys.executable, sys.prefix, OWN_VERSION)

    def _at(self, path: str) -> _Choice:
        environment = worker_environment(self._environ, path, None)
        found = self._virtualenvs.interpreters.probe(path, environment)
        if found is None:
            raise KindNotSupported(f"The mapping names '{path}', which is no Python that works.")
        return _Choice(path, os.path.dirname(os.path.dirname(path)), found.version)

    def _interpreter(self, version: str) -> str:
        known = self._interpreters.get(version)
        if known is not None:
            return known
        # A look takes a while, and somebody may try again and again.
        looked = self._missing.get(version)
        if looked is None or self._now() - looked > _LOOK_AGAIN_S:
            found = self._find(version)
            if found is not None:
                self._interpreters[version] = found
                return found
            self._missing[version] = self._now()
        registered = environments.newest_of_version(self._folder, version)
        if registered is not None:
            return registered.executable
        raise KindNotSupported(
            f"The kind 'python:{version}' cannot run here: there is no python{version} on the "
            f"PATH of the playground, which itself runs Python {OWN_VERSION}. Install it, or let "
            f"another version run it with --map python:{version}=python:{OWN_VERSION}."
        )


def _brings_requirements(directory: Path) -> bool:
    """A virtual environment that the action brings goes before (contract §5.3)."""
    return (directory / FILE).is_file() and not (directory / VIRTUALENV).is_dir()


def find_interpreter(version: str, path: str | None) -> str | None:
    """The ``python3.x`` on ``path`` that really is one: a version manager's shim may be none."""
    command = shutil.which(f"python{version}", path=path)
    if command is None:
        return None
    try:
        done = subprocess.run(
            [command, "-I", "-c", _WHO], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    said = done.stdout.splitlines()
    return said[1] if len(said) == 2 and said[0] == version else None


def worker_environment(
    environ: Mapping[str, str], executable: str, prefix: str | None
) -> dict[str, str]:
    """What a worker finds in its environment before the action's own part of it."""
    passed = {
        key: value for key, value in environ.items() if key in _PASSED_ON or key.startswith("LC_")
    }
    path = [os.path.dirname(executable), environ.get("PATH") or _PATH]
    found = {**passed, **_FIXED, "PATH": os.pathsep.join(path)}
    found.setdefault("HOME", os.path.expanduser("~"))
    if prefix and os.path.exists(os.path.join(prefix, "pyvenv.cfg")):
        found["VIRTUAL_ENV"] = prefix
    return found
