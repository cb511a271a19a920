"""Runs a package on its own: in a fresh interpreter, with only what it declares."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import stored_models
from jupyter_faas.workspace.models import local_environment

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, ModelFiles, PackageRecord

_STOPWATCH = Path(__file__).with_name("stopwatch.py")
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
_MESSAGE_LINES = 3
# So that chance shows, and a warm call is measured.
_OFTEN = 4


@dataclass(frozen=True)
class Ran:
    """What a package did on its own. ``took_ms`` is the whole run's.

    ``ended`` says why the process gave no answer, ``failed`` what was raised while the package
    loaded or was called: then not all ``answers`` are there. They are, of each call, one for each
    time. ``said`` are its last words on stderr, ``times`` those of ``stopwatch.py``. ``missing``,
    ``unread`` and ``unset`` were looked for in vain.
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
    ) -> None:
        self._models = models
        self._notebook = notebook
        self._record = record
        self._bundle = bundle
        self._folder = folder
        self._runs = 0

    @classmethod
    @contextmanager
    def of(
        cls, record: PackageRecord, bundle: Bundle, notebook: Path, models: ModelFiles | None
    ) -> Iterator[Room]:
        """The room is gone after the block, with all that ran in it.

        ``notebook`` is the notebook's folder, whose files a package cannot read. ``models`` has
        those that do not travel in the package. Raises ModelNotFound.
        """
        with tempfile.TemporaryDirectory(prefix="faas-room-") as folder:
            yield cls(record, bundle, Path(folder), notebook, models)

    def run(
        self, calls: Sequence[Mapping[str, Any]], limit_s: float, *, often: bool = False
    ) -> Ran:
        """A fresh interpreter loads the package and answers the calls: the first one four times.

        With ``often`` it answers all of them four times.

        ``calls`` are parameters; those that the package record presets are there too. The process
        and all that it started are ended after ``limit_s``.
        """
        self._runs += 1
        # Each run has files of its own: the one before may have changed the package's.
        folder = self._folder / str(self._runs)
        package, home = folder / "package", folder / "home"
        home.mkdir(parents=True)
        self._bundle.unpack(package)
        for path in self._bundle.manifest.vendored_owners():
            # Wheels of the target's platform and Python: here, the same ones are installed.
            wheel = package.joinpath(*path.split("/"))
            shutil.rmtree(wheel) if wheel.is_dir() else wheel.unlink(missing_ok=True)
        begun = time.monotonic()
        times = [_OFTEN if often or number == 0 else 1 for number in range(len(calls))]
        ended = self._run(folder, package, self._job(calls, times), limit_s)
        took_ms = round((time.monotonic() - begun) * 1000)
        words = (folder / "complaints").read_text("utf-8", "replace")
        said = _last_lines(words, package)
        answer = folder / "answer"
        if ended or not answer.exists():
            return Ran(took_ms, ended=ended or said or "It ended without an answer.", said=said)
        found = json.loads(answer.read_text("utf-8"))
        return Ran(
            took_ms,
            failed=(found["failed"] or "").replace(f"{package}{os.sep}", ""),
            said=said,
            answers=tuple(map(tuple, found["answers"])),
            times={name: found[name] for name in ("imported", "loaded", "first", "warm")},
            missing=tuple(found["missing"]),
            unread=tuple(found["unread"]),
            unset=tuple(found["unset"]),
        )

    def _run(self, folder: Path, package: Path, asked: Mapping[str, Any], limit_s: float) -> str:
        """Why it gave no answer; empty when it did."""
        job, answer = folder / "job", folder / "answer"
        job.write_text(json.dumps(asked), "utf-8")
        models = self._models
        brought = local_environment(self._bundle, models, folder / "cache") if models else {}
        started = str(time.time_ns())
        with (folder / "complaints").open("wb") as stderr:
            # Files and not pipes: a process that the function leaves behind would hold a pipe open.
            process = subprocess.Popen(
                [
                    *(interpreter(self._record.environment), "-I", "-X", "utf8"),
                    *(str(_STOPWATCH), str(package), started, str(answer), str(job)),
                ],
                cwd=package,
                env={**_environment(folder / "home"), **brought},
                stdin=subprocess.PIPE,  # by its closing the process knows that the asker has ended
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
            )
            try:
                process.wait(limit_s)
            except subprocess.TimeoutExpired:
                return f"It did not answer within {limit_s:g} s."
            finally:
                _end(process)
        if answer.exists() or (folder / "complaints").stat().st_size:
            return ""
        return f"It ended with status {process.returncode} and said nothing."

    def _job(self, calls: Sequence[Mapping[str, Any]], times: Sequence[int]) -> dict[str, Any]:
        manifest = self._bundle.manifest
        return {
            "requirements": [each["name"] for each in manifest.requirements],
            "hidden": _users_folders(self._notebook),
            "shown": self._models_folders(),
            "home": os.path.expanduser("~"),
            "calls": [{**self._record.parameters, **params} for params in calls],
            "times": list(times),
        }

    def _models_folders(self) -> list[str]:
        """Where the store is, as far as this run knows one."""
        if self._models is None:
            return []
        paths = [self._models.path(one) for one in stored_models(self._bundle.manifest)]
        return sorted({str(path.parent) for path in paths})


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


def _environment(home: Path) -> dict[str, str]:
    passed = {
        key: value
        for key, value in os.environ.items()
        if key in _PASSED_ON or key.startswith("LC_")
    }
    return {**passed, **_FIXED, "HOME": str(home)}


def _end(process: subprocess.Popen[bytes]) -> None:
    """The whole group: the function may have started processes of its own."""
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _last_lines(complained: str, package: Path) -> str:
    lines = [line.strip() for line in complained.splitlines() if line.strip()]
    # Paths of the run mean nothing to the reader.
    return "\n".join(lines[-_MESSAGE_LINES:]).replace(f"{package}{os.sep}", "")
