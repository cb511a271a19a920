"""Runs a package on its own: in a fresh interpreter, with only what it declares."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import stored_models
from jupyter_faas.workspace.models import local_environment
from jupyter_faas.workspace.roomprocess import RunFiles, end, ends, launched

if TYPE_CHECKING:
    import subprocess

    from jupyter_faas.bundle import Bundle, ModelFiles, PackageRecord
    from jupyter_faas.workspace.roomprocess import AheadRoom

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
