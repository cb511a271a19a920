"""The process of a clean room and its files: started for a package, or before there is one."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """The stopwatch as a process of its own; ``words`` are the ones behind the files'."""
    with files.complaints.open("wb") as stderr:
        # Files and not pipes: a process that the function leaves behind would hold a pipe open.
        return subprocess.Popen(
            [
                *(interpreter, "-I", "-X", "utf8", str(_STOPWATCH), str(files.package)),
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

    ``told`` is what it hides (see ``stopwatch.py``): it suits only a run that hides the same.
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
