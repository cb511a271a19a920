"""Compose, deploy and run a composition of the given number of nodes; print the times as JSON.

A program of its own, so that its memory is that of one composition.
"""

from __future__ import annotations

import json
import statistics
import sys

from jupyter_faas.workspace import Packaged, Workspace
from tests.workspace.helpers.composing import ComposingNotebook
from tools.bench.scale.machine import seconds

_STEP = '    lambda p: {"n": p["n"] + %d},'


def main(count: int) -> None:
    workspace = Workspace.open(target="playground")
    notebook = ComposingNotebook(workspace)
    # The sequence itself is a node, too.
    steps = range(count - 1)
    cell = "\n".join(["sequence(", *(_STEP % number for number in steps), ")"])
    made: list[Packaged] = []
    times = {
        "package": seconds(lambda: made.append(notebook.compose("long", cell))),
        "deploy": seconds(lambda: workspace.deploy(made[0].record.id)),
    }
    times["first call"] = seconds(lambda: workspace.invoke("long", {"n": 0}))
    record = workspace.invoke("long", {"n": 0})
    if record.result != {"n": sum(steps)}:
        raise RuntimeError(f"the composition answered {record.result}")
    times["call"] = seconds(lambda: workspace.invoke("long", {"n": 0}))
    # A full garbage collection of this process (about 90 ms) may fall into one of these.
    times["open"] = statistics.median(
        seconds(lambda: workspace.sessions.session(record.id).to_json()) for _ in range(5)
    )
    print(json.dumps(times))


if __name__ == "__main__":
    main(int(sys.argv[1]))
