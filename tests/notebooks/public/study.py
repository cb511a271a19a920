"""Deploy a public notebook as its user would, and compare the action with the notebook."""

from __future__ import annotations

import json
import math
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from jupyter_faas.bundle import BundleStore
from jupyter_faas.client import Client, read_wskprops
from tests.cli.conftest import Program
from tests.magics.helpers.kernels import NotebookKernel
from tests.notebooks.public.case import PublicCase
from tests.notebooks.study import RESET

DEADLINE_S = 240.0
# A float answer that differs by more is a wrong one: the largest tolerance of the parity check.
_CLOSE = 1e-5
# Resets the settings that a notebook may have changed and that would stop the next notebook, or
# change its answers.
_DEFAULTS = """\
import os, sys, time, warnings
os.environ.pop("TZ", None)
time.tzset()
warnings.filters[:] = [one for one in warnings.filters if one[0] != "error"]
if "numpy" in sys.modules:
    sys.modules["numpy"].seterr(divide="warn", over="warn", under="ignore", invalid="warn")
if "sklearn" in sys.modules:
    sys.modules["sklearn"].set_config(transform_output="default")
del os, sys, time, warnings
"""
_STEPS = (1e-15, 1e-12, 1e-9, _CLOSE)


@dataclass(frozen=True)
class Answers:
    """The comparison of the answers to 50 inputs.

    ``wrong`` has a line for each wrong answer. ``furthest`` is the largest difference of two
    floats.
    """

    count: int
    wrong: tuple[str, ...]
    furthest: float

    @property
    def words(self) -> str:
        if self.wrong:
            return f"{len(self.wrong)} of {self.count} WRONG"
        if self.furthest == 0:
            return "same"
        bound = next(step for step in _STEPS if self.furthest <= step)
        return f"within {bound:.0e}"


@dataclass(frozen=True)
class Deployed:
    """The outcome of a deploy. ``refusal`` is the error with its hint, or empty if it was deployed.

    ``models`` are the forms of the package's models, such as ``onnx double`` or ``skops``.
    """

    refusal: str
    seconds: float
    models: tuple[str, ...] = ()
    answers: Answers | None = None

    @property
    def words(self) -> str:
        """The forms of the models and the answers on one line, or the first line of the error."""
        if self.answers is None:
            return f"refused: {self.refusal.splitlines()[0]}"
        return " | ".join((", ".join(self.models) or "no model", self.answers.words))


class Deployer(Protocol):
    """Deploys notebooks. ``seconds`` of the outcome are those of the cells and the deploy."""

    def deploy(self, case: PublicCase, folder: Path) -> Deployed:
        """Deploy the notebook from ``folder``, and compare the answers when it deployed."""


@dataclass(frozen=True)
class CommandLine:
    """``jupyter faas deploy NOTEBOOK``: a new kernel for each notebook."""

    program: Program

    def deploy(self, case: PublicCase, folder: Path) -> Deployed:
        path = case.write(folder)
        started = time.monotonic()
        done = subprocess.run(
            [*self.program.command, "deploy", str(path), "--json"],
            capture_output=True,
            text=True,
            env=self.program.environ,
            timeout=DEADLINE_S,
        )
        seconds = time.monotonic() - started
        if done.returncode:
            return Deployed(_refusal(done.stderr), seconds)
        (deployment,) = json.loads(done.stdout)["deployments"]
        name, bundle = deployment["name"], deployment["bundle"]
        return _compared(self.program.data_dir, name, bundle, folder, seconds)


@dataclass(frozen=True)
class SharedKernel:
    """Cells and ``%faas deploy`` in one kernel, in which the libraries are imported once.

    ``root`` holds the kernel's data folder and the folders of the notebooks.
    """

    kernel: NotebookKernel
    root: Path

    def deploy(self, case: PublicCase, folder: Path) -> Deployed:
        case.write(folder)
        self.kernel.run(RESET.format(root=str(self.root), folder=str(folder)))
        self.kernel.run(_DEFAULTS)
        started = time.monotonic()
        cards = []
        for source in [*case.sources, f"%faas deploy {case.function}"]:
            cell = self.kernel.run(source, fails=None, within_s=DEADLINE_S)
            if cell.error is not None:
                message, _, hint = cell.traceback.partition("\n\n")
                said = f"{message.partition(': ')[2]}\n{hint}"
                return Deployed(said, time.monotonic() - started)
            cards += [card for card in cell.cards if card["type"] == "function"]
        bundle = cards[-1]["bundle"]
        seconds = time.monotonic() - started
        return _compared(self.root / "faas", case.function, bundle, folder, seconds)


def _compared(data_dir: Path, name: str, bundle: str, folder: Path, seconds: float) -> Deployed:
    manifest = json.loads(BundleStore(data_dir).get(bundle).read("manifest.json"))
    client = Client(read_wskprops(data_dir / "playground" / "wskprops"))
    notebook = json.loads((folder / "answers.json").read_text())
    answers = _compare(client, name, notebook)
    return Deployed("", seconds, tuple(_forms(manifest)), answers)


def _refusal(said: str) -> str:
    start = said.find("{\n")
    error = json.loads(said[start:])["error"] if start >= 0 else {"message": said}
    message = error["message"]
    if message.startswith("Cell "):
        # The message consists of three parts: what happened, the cell that failed, and the error.
        message = message.split("\n\n", 2)[-1]
    return "\n".join(filter(None, (message, error.get("hint"))))


def _forms(manifest: Mapping[str, Any]) -> Iterator[str]:
    for model in manifest["models"]:
        yield "skops" if model["route"] == "skops" else f"onnx {model['route']}"
    kinds = [one["kind"] for one in manifest["captured"]]
    if kinds.count("data"):
        yield f"data {kinds.count('data')}"


def _compare(client: Client, name: str, notebook: Mapping[str, Any]) -> Answers:
    wrong, furthest = [], 0.0
    inputs = notebook["inputs"]
    for one, here, plain in zip(inputs, notebook["here"], notebook["plain"], strict=True):
        activation = client.invoke(name, one)
        assert not isinstance(activation, str), "an activation without its record"
        response = activation.response
        there = {"answer": response.result} if response.success else {"error": response.result}
        far = _distance(_boxed(here), there)
        if far > _CLOSE:
            wrong.append(f"{_line(one)}: {_line(here)} in the notebook, {_line(there)} deployed")
        elif "answer" in (plain or {}) and not _rejected(here) and _distance(plain, here) > 0:
            wrong.append(f"{_line(one)}: {_line(plain)} plainly, {_line(here)} in the notebook")
        furthest = max(furthest, 0.0 if far > _CLOSE else far)
    return Answers(len(inputs), tuple(wrong), furthest)


def _rejected(here: Mapping[str, Any]) -> bool:
    """Whether the notebook's handle refused the parameters by their annotations."""
    return str(here.get("error", "")).startswith(("ParametersRejected", "ResultRejected"))


def _boxed(said: Mapping[str, Any]) -> Mapping[str, Any]:
    if "answer" not in said or isinstance(said["answer"], dict):
        return said
    return {"answer": {"value": said["answer"]}}


def _distance(one: Any, other: Any) -> float:
    """0 for the same JSON, infinity for another answer, else between two floats, relative to 1.

    Errors are the same whatever they say.
    """
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        if "error" in one and len(one) == 1:
            return 0.0
        return max((_distance(one[key], other[key]) for key in one), default=0.0)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return max(map(_distance, one, other), default=0.0)
    if type(one) is float and type(other) is float:
        if one == other or (math.isnan(one) and math.isnan(other)):
            return 0.0
        return abs(one - other) / max(1.0, abs(one), abs(other))
    return 0.0 if type(one) is type(other) and one == other else math.inf


def _line(value: Any) -> str:
    line = json.dumps(value)
    return line if len(line) <= 200 else line[:199] + "…"
