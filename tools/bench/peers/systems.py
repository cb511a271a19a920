"""The systems that serve the models, each as its own documentation says."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.bench.peers import memory
from tools.bench.peers.client import Answer, Call
from tools.bench.peers.models import Model
from tools.bench.peers.places import PROGRAMS, environment_of, install, run

STOP_PATIENCE_S = 20
# For whoever starts from an estimator and has no converter.
CONVERTING = ("scikit-learn", "skl2onnx")


@dataclass(frozen=True)
class Memory:
    """MB of proportional set size: of everything, and of one worker that waits for requests."""

    all: float
    worker: float


class System(ABC):
    """One of them. ``prepare`` is done once, ``start`` in every round."""

    name: str

    @abstractmethod
    def prepare(self, folder: Path, models: dict[str, Model]) -> None: ...

    @abstractmethod
    def start(self, model: Model, port: int) -> Call:
        """Begin to start it; the request that it will answer."""

    @abstractmethod
    def stop(self) -> None: ...

    @abstractmethod
    def memory(self) -> Memory: ...

    def log(self) -> str:
        """Return the end of what it has written, or nothing if that is not kept."""
        return ""

    def probabilities(self, answer: Answer) -> list[float]:
        found: list[float] = json.loads(answer.body)["probabilities"]
        return found


class Served(System):
    """A system that is one command, in an environment of its own."""

    requirements: tuple[str, ...]

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self, folder: Path, models: dict[str, Model]) -> None:
        self.folder = folder / self.name
        self.folder.mkdir()
        self.python = install(self.name, self.requirements)
        for model in models.values():
            self.prepare_model(model)

    def prepare_model(self, model: Model) -> None:
        """What is done before a model is served."""

    @abstractmethod
    def command(self, model: Model, port: int) -> list[str]: ...

    def environment(self, model: Model) -> dict[str, str]:
        return environment_of(self.python, MODEL=str(model.path))

    def call(self, model: Model, port: int) -> Call:
        return Call(port, "/predict", {"row": list(model.row)})

    def start(self, model: Model, port: int) -> Call:
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                self.command(model, port),
                env=self.environment(model),
                cwd=self.cwd(model),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.call(model, port)

    def cwd(self, model: Model) -> Path:
        return self.folder

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def stop(self) -> None:
        if self._process is None:
            return
        processes = memory.tree(self._process.pid)
        self._process.terminate()
        try:
            self._process.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for each in processes:
            if each.is_running():
                each.kill()
        self._process = None

    def memory(self) -> Memory:
        assert self._process is not None
        sizes = [memory.pss_mb(each.pid) for each in memory.tree(self._process.pid)]
        # The worker is the process that has loaded the model.
        return Memory(sum(sizes), max(sizes))

    def _tool(self, name: str) -> str:
        return str(self.python.parent / name)


class Floor(Served):
    name = "floor"
    requirements = ("starlette", "uvicorn", "uvloop", "httptools", "numpy", "onnxruntime")

    def command(self, model: Model, port: int) -> list[str]:
        return [str(self.python), str(PROGRAMS / "floor.py"), str(model.path), str(port)]


class Relay(Floor):
    name = "relay"

    def command(self, model: Model, port: int) -> list[str]:
        return [str(self.python), str(PROGRAMS / "relay.py"), str(model.path), str(port)]


class FunctionsFramework(Served):
    name = "functions-framework"
    requirements = ("functions-framework", "numpy", "onnxruntime")

    def command(self, model: Model, port: int) -> list[str]:
        source = str(PROGRAMS / "functions_framework_main.py")
        tool = self._tool("functions-framework")
        return [tool, "--target", "predict", "--source", source, "--port", str(port)]


class LitServe(Served):
    name = "litserve"
    requirements = ("litserve", "numpy", "onnxruntime")

    def command(self, model: Model, port: int) -> list[str]:
        return [str(self.python), str(PROGRAMS / "litserve_main.py"), str(model.path), str(port)]


class MLflow(Served):
    name = "mlflow"
    requirements = ("mlflow", "onnx", "numpy", "onnxruntime", *CONVERTING)

    def prepare_model(self, model: Model) -> None:
        saved = str(self.folder / model.name)
        program = str(PROGRAMS / "mlflow_save.py")
        command = [str(self.python), program, str(model.path), saved]
        run(command, self.environment(model), self.folder)

    def command(self, model: Model, port: int) -> list[str]:
        saved = str(self.folder / model.name)
        serve = [self._tool("mlflow"), "models", "serve", "--model-uri", saved]
        return [*serve, "--port", str(port), "--env-manager", "local"]

    def environment(self, model: Model) -> dict[str, str]:
        # What it hands on to uvicorn; its access log is off for everybody.
        return {**super().environment(model), "UVICORN_ACCESS_LOG": "false"}

    def call(self, model: Model, port: int) -> Call:
        return Call(port, "/invocations", {"inputs": [list(model.row)]})

    def probabilities(self, answer: Answer) -> list[float]:
        found: Any = json.loads(answer.body)["predictions"]["probabilities"][0]
        return list(found)


class BentoML(Served):
    name = "bentoml"
    requirements = ("bentoml", "uv", "numpy", "onnxruntime", *CONVERTING)  # it wants uv to build

    def prepare_model(self, model: Model) -> None:
        folder = self.folder / model.name
        folder.mkdir()
        shutil.copy(PROGRAMS / "bentoml_service.py", folder)
        shutil.copy(model.path, folder / "model.onnx")

    def command(self, model: Model, port: int) -> list[str]:
        tool = self._tool("bentoml")
        return [tool, "serve", "bentoml_service:Model", "--port", str(port), "--quiet"]

    def cwd(self, model: Model) -> Path:
        return self.folder / model.name

    def environment(self, model: Model) -> dict[str, str]:
        return {**super().environment(model), "BENTOML_HOME": str(self.folder / "home")}
