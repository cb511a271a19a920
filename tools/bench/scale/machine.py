"""What the parts share: playgrounds, timed calls, and commands whose memory is watched."""

from __future__ import annotations

import contextlib
import os
import platform
import resource
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from unittest import mock

import psutil

from jupyter_faas.client import Client, playground_target
from jupyter_faas.playground import control
from jupyter_faas.playground.options import PREFIX
from jupyter_faas.workspace import Workspace
from tests.ui.helpers.lab import free_port
from tools.bench.figures import sized
from tools.bench.peers import memory
from tools.bench.peers.client import Call, blocking_call, latencies
from tools.bench.scale.curve import Run

_EVERY_S = 0.1
_PATIENCE_S = 900.0
# Whatever a size needs: records are never deleted, and workers never ended, while it is measured.
_KEEPS = {
    "KEEP_ACTIVATIONS": "0",
    "KEEP_DAYS": "0",
    "KEEP_MB": "0",
    "WORKER_IDLE_SECONDS": "3600",
    "MEMORY_MB": str(128 * 1024),
}


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        yield Path(name)


@dataclass(frozen=True)
class Running:
    """A playground, with the seconds that its start took."""

    data_dir: Path
    info: control.PlaygroundInfo
    started_s: float

    @cached_property
    def client(self) -> Client:
        return Client(playground_target(self.data_dir))

    @cached_property
    def workspace(self) -> Workspace:
        return Workspace.open(self.data_dir, target="playground")

    @property
    def memory_mb(self) -> float:
        """The memory of the playground and its workers."""
        return _pss_mb(self.info.pid)

    def call(self, action: str) -> Call:
        """A blocking call of an action, without arguments."""
        return blocking_call(self.info, action, {})

    def warm_call_ms(self, action: str, rounds: int = sized(300, 3)) -> float:
        """The median of warm calls over one connection."""
        call = self.call(action)
        latencies(call, 5)
        return statistics.median(latencies(call, rounds))


@contextlib.contextmanager
def playground(data_dir: Path) -> Iterator[Running]:
    """Start the playground of a folder, and stop it."""
    environment = {f"{PREFIX}{name}": value for name, value in _KEEPS.items()}
    with mock.patch.dict(os.environ, environment):
        began = time.perf_counter()
        info = control.start(data_dir, port=free_port(), wait_s=600)
        running = Running(data_dir, info, time.perf_counter() - began)
        try:
            yield running
        finally:
            running.client.close()
            control.stop(data_dir, wait_s=60)


def start_s(data_dir: Path, rounds: int = sized(3, 1)) -> float:
    """The median of the seconds that starts of the playground of a folder take."""
    found = []
    for _ in range(rounds):
        with playground(data_dir) as running:
            found.append(running.started_s)
    return statistics.median(found)


def _pss_mb(pid: int) -> float:
    return sum(memory.pss_mb(process.pid) for process in memory.tree(pid))


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def processor_seconds(work: Callable[[], object]) -> float:
    """The time of this process, which other programs and the disk do not prolong."""
    began = time.process_time()
    work()
    return time.process_time() - began


def median_ms(work: Callable[[], object], rounds: int = 9) -> float:
    return statistics.median(seconds(work) * 1000 for _ in range(rounds))


@dataclass(frozen=True)
class Watched:
    """A command that has ended: its times, the peak of its memory, and its output.

    ``processor_s``: the processor time of the command and of its children.
    """

    seconds: float
    processor_s: float
    peak_mb: float
    output: str


def watched(command: Sequence[str], data_dir: Path, cwd: Path | None = None) -> Watched:
    """Run a command with a data folder. Raises RuntimeError with its last lines if it fails."""
    environment = {**os.environ, "JUPYTER_FAAS_DATA_DIR": str(data_dir), "OMP_NUM_THREADS": "1"}
    began, used = time.perf_counter(), _children_s()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    ended = threading.Event()
    peaks: list[float] = [0.0]

    def watch() -> None:
        while not ended.wait(_EVERY_S):
            peaks.append(_pss_mb(process.pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        output, _ = process.communicate(timeout=_PATIENCE_S)
    finally:
        process.kill()
        ended.set()
        watcher.join()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{output[-3000:]}")
    return Watched(time.perf_counter() - began, _children_s() - used, max(peaks), output)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def this_run() -> Run:
    """Return the day, the machine, and how busy other programs keep it."""
    busy = psutil.cpu_percent(interval=sized(5.0, 0.1)) / 100
    return Run(time.strftime("%Y-%m-%d"), round(busy, 2), size_of_machine())


def size_of_machine() -> str:
    """Processors, memory and Python of this machine, for the page."""
    gigabytes = psutil.virtual_memory().total / 1024**3
    model = platform.machine()
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as file:
        found = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
        model = found[0] if found else model
    return (
        f"{psutil.cpu_count()} processors ({model}), {gigabytes:.0f} GB of memory, "
        f"Python {platform.python_version()}"
    )
