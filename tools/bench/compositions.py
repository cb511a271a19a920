"""Ten steps as a composition against ten calls of the same action from outside."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from jupyter_faas.client import Client, playground_target
from jupyter_faas.composer import sequence
from jupyter_faas.playground import control
from jupyter_faas.whisk import Activation
from jupyter_faas.workspace import CompositionOptions, CompositionRequest, Workspace
from tests.ui.helpers.lab import free_port
from tools.bench.figures import Figure, sized

NOTHING = "def main(args):\n    return args\n"
STEPS = 10
ROUNDS = sized(30, 1)
# What a composition may take of what as many calls take.
RATIO = 3


def figures() -> list[Figure]:
    direct = Figure(f"{STEPS} direct warm calls of an action that does nothing")
    composed = Figure(f"a composition of {STEPS} such calls")
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        control.start(data_dir, port=free_port())
        try:
            client = Client(playground_target(data_dir))
            client.put_action("nothing", {"exec": {"kind": "python:default", "code": NOTHING}})
            workspace = Workspace.open(data_dir)
            request = CompositionRequest("", CompositionOptions("ten"))
            node = sequence(*["nothing"] * STEPS)
            packaged = workspace.package_composition(request, node, {})
            workspace.deploy(packaged.record.id)
            client.invoke("ten", {})
            for _ in range(ROUNDS):
                with direct.timed():
                    for _ in range(STEPS):
                        client.invoke("nothing", {})
                with composed.timed():
                    answer = client.invoke("ten", {})
                # One record for each call, and one for each round of the conductor.
                if not (isinstance(answer, Activation) and len(answer.logs) == 2 * STEPS + 1):
                    raise RuntimeError(f"the composition did not finish: {answer}")
        finally:
            control.stop(data_dir)
    composed.bound_ms = RATIO * statistics.median(direct.samples)
    return [direct, composed]
