"""Execution of a package in a fresh interpreter that can access only the declared requirements.

The process runs ``shipped/cleanroom/cleanroom_main.py``, which hides the user's files, environment
variables and all modules outside the requirements. The process reads a job file, calls the
function, and writes an answer file. To save time, it can be started before the package exists
(``PrestartedProcess``). It then imports modules, and continues after it reads a byte from stdin.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import stored_models
from jupyter_faas.processor import PROCESSOR_VARIABLES
from jupyter_faas.workspace.model_stores.service import local_environment

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, ModelFiles, PackageRecord
    from jupyter_faas.workspace.cleanroom.target_python import TargetPython

_CLEANROOM_MAIN = Path(str(resources.files("jupyter_faas") / "shipped/cleanroom/cleanroom_main.py"))
# As in the playground's workers, libraries use one thread and onnxruntime does not send telemetry.
_FIXED = {
    "ORT_DISABLE_TELEMETRY": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}
# Environment variables that libraries, TLS and proxies need. This machine's other variables do not
# exist on a target, so a package that needs them must fail here.
_PASSED_ON = PROCESSOR_VARIABLES.union(
    (
        *("LANG", "TZ", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    )
)


@dataclass(frozen=True)
class RunFiles:
    """The paths of one run's files, all in ``folder``."""

    folder: Path

    @property
    def package(self) -> Path:
        return self.folder / "package"

    @property
    def libraries(self) -> Path:
        return self.folder / "libraries"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def job(self) -> Path:
        return self.folder / "job"

    @property
    def answer(self) -> Path:
        return self.folder / "answer"

    @property
    def stderr(self) -> Path:
        return self.folder / "stderr"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def make(self) -> None:
        for folder in (self.package, self.home):
            folder.mkdir(parents=True)


def start_process(
    files: RunFiles,
    interpreter: str,
    *words: str,
    environment: Mapping[str, str] | None = None,
    bare: bool = False,
) -> subprocess.Popen[bytes]:
    """Start ``cleanroom_main.py`` in its own process group.

    ``words`` are additional arguments, and ``environment`` adds environment variables. With
    ``bare``, the interpreter has none of this machine's libraries, and neither HOME nor PATH, as an
    action on OpenWhisk.
    """
    # -I ignores PYTHONPATH and user packages. -S leaves out site-packages. UTF-8 mode makes the
    # encoding independent of the user's locale.
    flags = ("-I", "-S") if bare else ("-I",)
    own = {**_environment(files.home), **(environment or {})}
    if bare:
        own = {name: value for name, value in own.items() if name not in ("HOME", "PATH")}
    with files.stderr.open("wb") as stderr:
        # Use files instead of pipes, because a background process that the function starts would
        # keep a pipe open.
        return subprocess.Popen(
            [
                *(interpreter, *flags, "-X", "utf8", str(_CLEANROOM_MAIN), str(files.package)),
                *(str(time.time_ns()), str(files.answer), str(files.job), *words),
            ],
            cwd=files.package,
            env=own,
            stdin=subprocess.PIPE,  # The pipe closes when this process ends, which ends the child.
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )


def wait_for_exit(process: subprocess.Popen[bytes], limit_s: float) -> bool:
    """Wait for a process to end. Return False if it is still running after ``limit_s`` seconds."""
    if hasattr(os, "pidfd_open"):
        with suppress(OSError):  # The kernel may be too old, or no file descriptor may be left.
            descriptor = os.pidfd_open(process.pid)
            try:
                poll = select.poll()
                poll.register(descriptor, select.POLLIN)
                if not poll.poll(limit_s * 1000):
                    return False
            finally:
                os.close(descriptor)
            process.wait()
            return True
    try:
        # This wait is slower than a pidfd, because subprocess polls at intervals of up to 50 ms.
        process.wait(limit_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def kill_process_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and the other processes in its group."""
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()


class PrestartedProcess:
    """A clean-room process that imports modules before its package exists.

    ``settings`` are the isolation settings (see ``cleanroom_main.py``). The process can only be
    used for a run with the same settings. The caller must close the object even if it was not used.

    ``resume`` lets the process continue with a package and sets these attributes.
    ``run``: the value that identifies the run.
    ``started_at``: the start of the run in monotonic seconds.
    ``process``: the process, or None if it had already ended.
    """

    def __init__(
        self,
        interpreter: str,
        settings: Mapping[str, Any],
        imports: Sequence[str],
        secrets: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._interpreter = interpreter
        self._secrets = dict(secrets)
        self._settings = settings
        self.files = RunFiles(Path(tempfile.mkdtemp(prefix="faas-room-")))
        self.files.make()
        self.run: Any = None
        self.started_at = 0.0
        self.process: subprocess.Popen[bytes] | None = None
        start = json.dumps({"told": settings, "imports": list(imports)})
        self._process = start_process(self.files, interpreter, start, environment=secrets)

    def matches(
        self,
        interpreter: str,
        job: Mapping[str, Any],
        secrets: Mapping[str, str] = MappingProxyType({}),
    ) -> bool:
        """Return whether the process has this interpreter, these secrets and the job's settings."""
        same = all(job[name] == value for name, value in self._settings.items())
        return same and interpreter == self._interpreter and dict(secrets) == self._secrets

    def resume(self, run: Any) -> None:
        """Let the process continue. The package's files must already be written.

        ``run`` is any value that identifies the run.
        """
        assert self._process.stdin is not None  # noqa: S101 - Popen was given PIPE
        self.run, self.started_at = run, time.monotonic()
        with suppress(BrokenPipeError):
            self._process.stdin.write(b"g")
            self._process.stdin.flush()
            self.process = self._process

    def close(self) -> None:
        """Kill the process and delete its files."""
        kill_process_group(self._process)
        shutil.rmtree(self.files.folder, ignore_errors=True)


def _environment(home: Path) -> dict[str, str]:
    passed = {
        key: value
        for key, value in os.environ.items()
        if key in _PASSED_ON or key.startswith("LC_")
    }
    return {**passed, **_FIXED, "HOME": str(home)}


# The number of stderr lines in a message. The last lines of a traceback name the error.
_MESSAGE_LINES = 3
# How many times the function is called with the first example. Repeated calls show whether answers
# are deterministic, and measure warm calls.
_REPEATS = 4


@dataclass(frozen=True)
class RunResult:
    """The result of one run.

    ``duration_ms``: the duration of the whole run.
    ``process_error``: why the process did not write an answer file, or an empty string.
    ``exception``: the error that was raised while the package was loaded or called, or an empty
    string. Calls after an error have no answers.
    ``stderr_tail``: the last lines of stderr.
    ``answers``: a tuple for each call, with one answer per repetition.
    ``timings``: the times that ``cleanroom_main.py`` measured, in ms.
    ``missing_modules``, ``missing_files`` and ``missing_variables``: the names that the package
    looked up but that were not available.
    """

    duration_ms: int
    process_error: str = ""
    exception: str = ""
    stderr_tail: str = ""
    answers: tuple[tuple[Any, ...], ...] = ()
    timings: Mapping[str, float | None] | None = None
    missing_modules: tuple[str, ...] = ()
    missing_files: tuple[str, ...] = ()
    missing_variables: tuple[str, ...] = ()


class CleanRoom:
    """An isolated environment in which a package can be run any number of times."""

    def __init__(
        self,
        record: PackageRecord,
        bundle: Bundle,
        folder: Path,
        notebook: Path,
        models: ModelFiles | None,
        prestarted: PrestartedProcess | None = None,
        secrets: Mapping[str, str] = MappingProxyType({}),
        python: TargetPython | None = None,
    ) -> None:
        self._secrets = secrets
        self._models = models
        # Without an interpreter of the target's version, the wheels cannot be run.
        self._python = python if python is not None and python.executable else None
        self._prestarted = prestarted
        self._notebook = notebook
        self._record = record
        self._bundle = bundle
        self._folder = folder
        self._runs = 0

    @classmethod
    @contextmanager
    def of(
        cls,
        record: PackageRecord,
        bundle: Bundle,
        notebook: Path,
        models: ModelFiles | None,
        prestarted: PrestartedProcess | None = None,
        secrets: Mapping[str, str] = MappingProxyType({}),
        python: TargetPython | None = None,
    ) -> Iterator[CleanRoom]:
        """Open a clean room, whose files are deleted at the end of the ``with`` block.

        ``notebook``: the notebook's directory, whose files are hidden from the package.
        ``models``: local copies of the models that are stored outside the package.
        ``prestarted``: a process for the first run, which is used if its settings match. The caller
        must close it, whether it was used or not.
        ``secrets``: environment variables of the process. They are in no file.
        ``python``: the target's Python, for a package with wheels. Without it, the libraries of the
        notebook's environment are used.
        """
        with tempfile.TemporaryDirectory(prefix="faas-room-") as folder:
            yield cls(record, bundle, Path(folder), notebook, models, prestarted, secrets, python)

    def run(
        self, calls: Sequence[Mapping[str, Any]], limit_s: float, *, repeat: bool = False
    ) -> RunResult:
        """Load the package in a fresh interpreter and call the function.

        Each item in ``calls`` contains the parameters of one call, without preset parameters. The
        first call is made four times. With ``repeat``, every call is made four times. After
        ``limit_s`` seconds, the process and its child processes are killed. Raises ModelNotFound.
        """
        self._runs += 1
        files, process, started_at = self._start(self._job(calls, repeat=repeat))
        try:
            finished = wait_for_exit(process, limit_s)
        finally:
            kill_process_group(process)
        duration_ms = round((time.monotonic() - started_at) * 1000)
        stderr_tail = _stderr_tail(files.stderr.read_text("utf-8", "replace"), files.package)
        if not finished:
            error = f"The function did not finish within {limit_s:g} s."
            return RunResult(duration_ms, error, stderr_tail=stderr_tail)
        if not files.answer.exists():
            silent = f"The process exited with status {process.returncode} without any output."
            return RunResult(duration_ms, stderr_tail or silent, stderr_tail=stderr_tail)
        return _read_result(files, duration_ms, stderr_tail)

    def resume_prestarted(self, calls: Sequence[Mapping[str, Any]]) -> None:
        """Start the next run in the prestarted process, if its settings match."""
        if self._prestarted is not None:
            self._use_prestarted(self._prestarted, self._job(calls))

    def _start(self, job: Mapping[str, Any]) -> tuple[RunFiles, subprocess.Popen[bytes], float]:
        """Start a run. Return its files, its process, and its start time in monotonic seconds."""
        prestarted, self._prestarted = self._prestarted, None
        is_used = prestarted is not None and self._use_prestarted(prestarted, job)
        if prestarted is not None and is_used and prestarted.process is not None:
            return prestarted.files, prestarted.process, prestarted.started_at
        # Each run has fresh files, because an earlier run may have changed the package's files.
        files = RunFiles(self._folder / str(self._runs))
        files.make()
        self._write_files(files, job)
        started_at = time.monotonic()
        environment = {**self._secrets, **self._local_environment(files)}
        bare = self._python is not None
        process = start_process(files, self._interpreter(), environment=environment, bare=bare)
        return files, process, started_at

    def _interpreter(self) -> str:
        if self._python is not None:
            return self._python.executable
        return interpreter(self._record.environment)

    def _use_prestarted(self, prestarted: PrestartedProcess, job: Mapping[str, Any]) -> bool:
        """Use the prestarted process for this run if it matches. Return whether it is used."""
        run, python = (self._bundle.sha256, job), interpreter(self._record.environment)
        # A prestarted process has this machine's libraries.
        if self._python is not None:
            return False
        if prestarted.run is None and prestarted.matches(python, job, self._secrets):
            # Models outside the package need environment variables that the process does not have.
            if self._local_environment(prestarted.files):
                return False
            self._write_files(prestarted.files, job)
            prestarted.resume(run)
        return bool(prestarted.run == run)

    def _write_files(self, files: RunFiles, job: Mapping[str, Any]) -> None:
        self._bundle.unpack(files.package)
        if self._python is None:
            for path in self._bundle.manifest.vendored_owners():
                # The wheels are for another platform or Python version. The run uses the
                # distributions that are installed on this machine instead.
                wheel = files.package.joinpath(*path.split("/"))
                shutil.rmtree(wheel) if wheel.is_dir() else wheel.unlink(missing_ok=True)
        else:
            for path, data in self._python.libraries.items():
                file = files.libraries.joinpath(*path.split("/"))
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
        files.job.write_text(json.dumps(job), "utf-8")

    def _local_environment(self, files: RunFiles) -> dict[str, str]:
        models = self._models
        return local_environment(self._bundle, models, files.cache) if models else {}

    def _job(self, calls: Sequence[Mapping[str, Any]], *, repeat: bool = False) -> dict[str, Any]:
        names = [each["name"] for each in self._bundle.manifest.requirements]
        if self._python is not None:
            # The package and the image's libraries have all that the target has.
            names = []
        return {
            **isolation_settings(names, self._notebook, self._models_folders()),
            "libraries": self._python is not None,
            "calls": [{**self._record.parameters, **params} for params in calls],
            "times": [_REPEATS if repeat or number == 0 else 1 for number in range(len(calls))],
        }

    def _models_folders(self) -> list[str]:
        """Return the directories of models outside the package, which this run may read."""
        if self._models is None:
            return []
        paths = [self._models.path(one) for one in stored_models(self._bundle.manifest)]
        return sorted({str(path.parent) for path in paths})


def isolation_settings(
    requirements: Iterable[str], notebook: Path, shown: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the isolation settings of a run for ``cleanroom_main.py``.

    ``notebook`` is the notebook's directory, which is hidden. ``shown`` are directories that the
    run may read.
    """
    return {
        "requirements": sorted(requirements, key=str.lower),
        "hidden": _user_folders(notebook),
        "shown": list(shown),
        # The process has a different HOME, so it cannot determine the user's home directory itself.
        "home": os.path.expanduser("~"),
    }


def _read_result(files: RunFiles, duration_ms: int, stderr_tail: str) -> RunResult:
    found = json.loads(files.answer.read_text("utf-8"))
    return RunResult(
        duration_ms,
        exception=(found["failed"] or "").replace(f"{files.package}{os.sep}", ""),
        stderr_tail=stderr_tail,
        answers=tuple(map(tuple, found["answers"])),
        timings={name: found[name] for name in ("imported", "loaded", "first", "warm")},
        missing_modules=tuple(found["missing"]),
        missing_files=tuple(found["unread"]),
        missing_variables=tuple(found["unset"]),
    )


def is_interpreter_available(environment: Mapping[str, str]) -> bool:
    """Return whether the interpreter of a package record's environment is on this machine."""
    executable = environment.get("executable", "")
    return bool(executable) and os.access(executable, os.X_OK)


def interpreter(environment: Mapping[str, str]) -> str:
    """Return the interpreter of an environment, or the running interpreter if it is unavailable."""
    return environment["executable"] if is_interpreter_available(environment) else sys.executable


def _user_folders(notebook: Path) -> list[str]:
    """Return the directories with the user's own files: the home and notebook directories."""
    folders = {os.path.realpath(os.path.expanduser("~")), os.path.realpath(notebook)}
    # A root directory is omitted, because hiding it would hide Python itself.
    return sorted(folder for folder in folders if os.path.dirname(folder) != folder)


def _stderr_tail(stderr: str, package: Path) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    # The path of the temporary directory is meaningless to the user.
    return "\n".join(lines[-_MESSAGE_LINES:]).replace(f"{package}{os.sep}", "")
