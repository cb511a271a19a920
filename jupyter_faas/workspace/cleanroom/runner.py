"""Runs a package on its own: in a fresh interpreter, with only what it declares."""

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
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import stored_models
from jupyter_faas.workspace.model_stores.service import local_environment

if TYPE_CHECKING:
    import subprocess

    from jupyter_faas.bundle import Bundle, ModelFiles, PackageRecord
    # was an import of its own part


# -- The process of a clean room and its files: started for a package, or before there is one.


_CLEANROOM_MAIN = Path(str(resources.files("jupyter_faas") / "shipped/cleanroom/cleanroom_main.py"))
# As in a worker: one thread each, and no telemetry of onnxruntime.
_FIXED = {
    "ORT_DISABLE_TELEMETRY": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}
# What leads out of here and to libraries. A target has nothing else of this machine's variables.
_PASSED_ON = frozenset(
    (
        *("LANG", "TZ", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    )
)


@dataclass(frozen=True)
class RunFiles:
    """Where one run has its files; ``package`` is the package's folder."""

    folder: Path

    @property
    def package(self) -> Path:
        return self.folder / "package"

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
    def complaints(self) -> Path:
        return self.folder / "complaints"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def make(self) -> None:
        for folder in (self.package, self.home):
            folder.mkdir(parents=True)


def launched(
    files: RunFiles,
    interpreter: str,
    *words: str,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``cleanroom_main.py`` in a process; ``words`` are the ones behind the files'."""
    with files.complaints.open("wb") as stderr:
        # Files and not pipes: a process that the function leaves behind would hold a pipe open.
        return subprocess.Popen(
            [
                *(interpreter, "-I", "-X", "utf8", str(_CLEANROOM_MAIN), str(files.package)),
                *(str(time.time_ns()), str(files.answer), str(files.job), *words),
            ],
            cwd=files.package,
            env={**_environment(files.home), **(environment or {})},
            stdin=subprocess.PIPE,  # by its closing the process knows that the asker has ended
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )


def ends(process: subprocess.Popen[bytes], limit_s: float) -> bool:
    """Whether it ends within ``limit_s``, known at once when it does."""
    if hasattr(os, "pidfd_open"):
        with suppress(OSError):  # a kernel older than that, or no descriptor left
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
        # Which looks at the process every 50 ms in the end.
        process.wait(limit_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def end(process: subprocess.Popen[bytes]) -> None:
    """The whole group: the function may have started processes of its own."""
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()


class AheadRoom:
    """A room whose process has begun before there is a package: it has imported what is known.

    ``told`` is what it hides (see ``cleanroom_main.py``): it suits only a run that hides the same.
    To be closed when the run is over, or not to come. Once it was told to go, ``run`` is what it
    was told, ``begun`` when (by the monotonic clock), and ``process`` None when it had ended.
    """

    def __init__(self, interpreter: str, told: Mapping[str, Any], imports: Sequence[str]) -> None:
        self._interpreter = interpreter
        self._told = told
        self.files = RunFiles(Path(tempfile.mkdtemp(prefix="faas-room-")))
        self.files.make()
        # Of a run that has begun.
        self.run: Any = None
        self.begun = 0.0
        self.process: subprocess.Popen[bytes] | None = None
        early = json.dumps({"told": told, "imports": list(imports)})
        self._process = launched(self.files, interpreter, early)

    def suits(self, interpreter: str, asked: Mapping[str, Any]) -> bool:
        """Whether it is what a run under ``interpreter`` that is asked this would begin."""
        alike = all(asked[name] == value for name, value in self._told.items())
        return alike and interpreter == self._interpreter

    def go(self, run: Any) -> None:
        """Begin with the package, which is there; ``run`` tells this run from others."""
        assert self._process.stdin is not None  # noqa: S101 - Popen was given PIPE
        self.run, self.begun = run, time.monotonic()
        with suppress(BrokenPipeError):
            self._process.stdin.write(b"g")
            self._process.stdin.flush()
            self.process = self._process

    def close(self) -> None:
        """End the process, and take the files away."""
        end(self._process)
        shutil.rmtree(self.files.folder, ignore_errors=True)


def _environment(home: Path) -> dict[str, str]:
    passed = {
        key: value
        for key, value in os.environ.items()
        if key in _PASSED_ON or key.startswith("LC_")
    }
    return {**passed, **_FIXED, "HOME": str(home)}


_MESSAGE_LINES = 3
# So that chance shows, and a warm call is measured.
_OFTEN = 4


@dataclass(frozen=True)
class Ran:
    """What a package did on its own. ``took_ms`` is the whole run's.

    ``ended`` says why the process gave no answer, ``failed`` what was raised while the package
    loaded or was called: then not all ``answers`` are there. They are, of each call, one for each
    time. ``said`` are its last words on stderr, ``times`` those of ``cleanroom_main.py``.
    ``missing``, ``unread`` and ``unset`` were looked for in vain.
    """

    took_ms: int
    ended: str = ""
    failed: str = ""
    said: str = ""
    answers: tuple[tuple[Any, ...], ...] = ()
    times: Mapping[str, float | None] | None = None
    missing: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()


class Room:
    """A package, unpacked to be run by itself any number of times."""

    def __init__(
        self,
        record: PackageRecord,
        bundle: Bundle,
        folder: Path,
        notebook: Path,
        models: ModelFiles | None,
        ahead: AheadRoom | None = None,
    ) -> None:
        self._models = models
        self._ahead = ahead
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
        ahead: AheadRoom | None = None,
    ) -> Iterator[Room]:
        """The room is gone after the block, with all that ran in it.

        ``notebook`` is the notebook's folder, whose files a package cannot read. ``models`` has
        those that do not travel in the package. ``ahead`` makes the first run where it suits; it is
        the caller's to close. Raises ModelNotFound.
        """
        with tempfile.TemporaryDirectory(prefix="faas-room-") as folder:
            yield cls(record, bundle, Path(folder), notebook, models, ahead)

    def run(
        self, calls: Sequence[Mapping[str, Any]], limit_s: float, *, often: bool = False
    ) -> Ran:
        """A fresh interpreter loads the package and answers the calls: the first one four times.

        With ``often`` it answers all of them four times.

        ``calls`` are parameters; those that the package record presets are there too. The process
        and all that it started are ended after ``limit_s``.
        """
        self._runs += 1
        files, process, begun = self._begin(self._job(calls, often=often))
        try:
            ended = "" if ends(process, limit_s) else f"It did not answer within {limit_s:g} s."
        finally:
            end(process)
        took_ms = round((time.monotonic() - begun) * 1000)
        said = _last_lines(files.complaints.read_text("utf-8", "replace"), files.package)
        if ended or not files.answer.exists():
            silent = f"It ended with status {process.returncode} and said nothing."
            return Ran(took_ms, ended=ended or said or silent, said=said)
        return _told(files, took_ms, said)

    def begin(self, calls: Sequence[Mapping[str, Any]]) -> None:
        """Let the process that was begun ahead go on with the run that comes, where it suits."""
        if self._ahead is not None:
            self._go_ahead(self._ahead, self._job(calls))

    def _begin(self, asked: Mapping[str, Any]) -> tuple[RunFiles, subprocess.Popen[bytes], float]:
        """The run's files, its process, and when it began."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and self._go_ahead(ahead, asked) and ahead.process is not None:
            return ahead.files, ahead.process, ahead.begun
        # Each run has files of its own: the one before may have changed the package's.
        files = RunFiles(self._folder / str(self._runs))
        files.make()
        self._furnish(files, asked)
        begun, brought = time.monotonic(), self._local_environment(files)
        python = interpreter(self._record.environment)
        return files, launched(files, python, environment=brought), begun

    def _go_ahead(self, ahead: AheadRoom, asked: Mapping[str, Any]) -> bool:
        """Whether the process that was begun ahead makes this run."""
        run = (self._bundle.sha256, asked)
        if ahead.run is None and ahead.suits(interpreter(self._record.environment), asked):
            if self._local_environment(ahead.files):
                return False
            self._furnish(ahead.files, asked)
            ahead.go(run)
        return bool(ahead.run == run)

    def _furnish(self, files: RunFiles, asked: Mapping[str, Any]) -> None:
        self._bundle.unpack(files.package)
        for path in self._bundle.manifest.vendored_owners():
            # Wheels of the target's platform and Python: here, the same ones are installed.
            wheel = files.package.joinpath(*path.split("/"))
            shutil.rmtree(wheel) if wheel.is_dir() else wheel.unlink(missing_ok=True)
        files.job.write_text(json.dumps(asked), "utf-8")

    def _local_environment(self, files: RunFiles) -> dict[str, str]:
        models = self._models
        return local_environment(self._bundle, models, files.cache) if models else {}

    def _job(self, calls: Sequence[Mapping[str, Any]], *, often: bool = False) -> dict[str, Any]:
        names = [each["name"] for each in self._bundle.manifest.requirements]
        return {
            **hidden_from(names, self._notebook, self._models_folders()),
            "calls": [{**self._record.parameters, **params} for params in calls],
            "times": [_OFTEN if often or number == 0 else 1 for number in range(len(calls))],
        }

    def _models_folders(self) -> list[str]:
        """Where the store is, as far as this run knows one."""
        if self._models is None:
            return []
        paths = [self._models.path(one) for one in stored_models(self._bundle.manifest)]
        return sorted({str(path.parent) for path in paths})


def hidden_from(
    requirements: Iterable[str], notebook: Path, shown: Iterable[str] = ()
) -> dict[str, Any]:
    """What tells a process what it shall find; ``shown`` are folders of models."""
    return {
        "requirements": sorted(requirements, key=str.lower),
        "hidden": _users_folders(notebook),
        "shown": list(shown),
        "home": os.path.expanduser("~"),
    }


def _told(files: RunFiles, took_ms: int, said: str) -> Ran:
    found = json.loads(files.answer.read_text("utf-8"))
    return Ran(
        took_ms,
        failed=(found["failed"] or "").replace(f"{files.package}{os.sep}", ""),
        said=said,
        answers=tuple(map(tuple, found["answers"])),
        times={name: found[name] for name in ("imported", "loaded", "first", "warm")},
        missing=tuple(found["missing"]),
        unread=tuple(found["unread"]),
        unset=tuple(found["unset"]),
    )


def is_here(environment: Mapping[str, str]) -> bool:
    """Whether the interpreter that packaged a function is on this machine."""
    executable = environment.get("executable", "")
    return bool(executable) and os.access(executable, os.X_OK)


def interpreter(environment: Mapping[str, str]) -> str:
    """The interpreter that packaged it; this one when that is on another machine."""
    return environment["executable"] if is_here(environment) else sys.executable


def _users_folders(notebook: Path) -> list[str]:
    """Where a user's own files are: the home folder and the notebook's."""
    folders = {os.path.realpath(os.path.expanduser("~")), os.path.realpath(notebook)}
    return sorted(folder for folder in folders if os.path.dirname(folder) != folder)


def _last_lines(complained: str, package: Path) -> str:
    lines = [line.strip() for line in complained.splitlines() if line.strip()]
    # Paths of the run mean nothing to the reader.
    return "\n".join(lines[-_MESSAGE_LINES:]).replace(f"{package}{os.sep}", "")
