"""The playground: the same files, deployed as functions."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from jupyter_faas.playground import control
from tools.bench.peers import memory
from tools.bench.peers.client import Call, blocking_call
from tools.bench.peers.models import Model
from tools.bench.peers.places import PROGRAMS, ROOT, environment_of, run
from tools.bench.peers.systems import Memory, System


class Playground(System):
    """Records, keys, limits and isolation included: there is no mode without them."""

    name = "playground"

    def prepare(self, folder: Path, models: dict[str, Model]) -> None:
        self.data_dir = folder / self.name
        self.data_dir.mkdir()
        words = [f"{model.name}={model.path}" for model in models.values()]
        command = [sys.executable, str(PROGRAMS / "ours_deploy.py"), *words]
        run(command, self.environment(), folder)
        self.stop()

    def environment(self) -> dict[str, str]:
        return environment_of(
            Path(sys.executable), PYTHONPATH=str(ROOT), JUPYTER_FAAS_DATA_DIR=str(self.data_dir)
        )

    def start(self, model: Model, port: int) -> Call:
        info = control.start(self.data_dir, port=port)
        return blocking_call(info, model.name, {"row": list(model.row)})

    def stop(self) -> None:
        control.stop(self.data_dir)

    def memory(self) -> Memory:
        info = control.status(self.data_dir)
        assert info is not None
        sizes = [memory.pss_mb(process.pid) for process in memory.tree(info.pid)]
        workers = memory.workers(info.pid)
        return Memory(sum(sizes), statistics.fmean(map(memory.worker_mb, workers or [0])))
