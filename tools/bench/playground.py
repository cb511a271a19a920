"""Cold and warm calls of the playground, with forked workers and with separate interpreters."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from jupyter_faas.client import Client, playground_target
from jupyter_faas.playground import control
from jupyter_faas.whisk import Activation
from tests.ui.helpers.lab import free_port
from tools.bench import coldstart
from tools.bench.figures import Figure, sized

ECHO = "def main(args):\n    return args\n"
ORT = "import numpy, onnxruntime\n" + ECHO


def rows() -> Iterator[Figure | str]:
    yield from figures()
    yield from coldstart.rows()


def figures() -> list[Figure]:
    cold = Figure("cold blocking invoke, empty action")
    cold_ort = Figure("cold blocking invoke, imports numpy and onnxruntime")
    warm = Figure("warm blocking invoke, one connection")
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        control.start(data_dir, port=free_port())
        try:
            client = Client(playground_target(data_dir))
            for name, code, figure in (("echo", ECHO, cold), ("ort", ORT, cold_ort)):
                for _ in range(sized(5, 1)):
                    client.put_action(name, {"exec": {"kind": "python:default", "code": code}})
                    with figure.timed():
                        answer = client.invoke(name, {})
                    if not (isinstance(answer, Activation) and answer.response.success):
                        raise RuntimeError(f"{name} failed: {answer}")
            for _ in range(sized(500, 5)):
                with warm.timed():
                    client.invoke("echo", {})
        finally:
            control.stop(data_dir)
    return [cold, cold_ort, warm]
