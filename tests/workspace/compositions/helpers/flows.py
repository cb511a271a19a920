"""What the tests of compositions have in common."""

from __future__ import annotations

from typing import Any

from jupyter_faas.client import Client
from jupyter_faas.workspace import ActivationRecord, Workspace

DOUBLE = "def {name}(n: int):\n    return {{'n': 2 * n}}\n"

BRANCH = """\
import math
ADD = 1
def more(p):
    return {"n": p["n"] + ADD}
sequence(
    "double",
    when(lambda p: {"value": p["n"] > 10}, more, lambda p: {"n": math.floor(p["n"] / 2)}),
    let({"seen": 0}, lambda p: {"n": p["n"] + seen}),
)
"""


def annotated(client: Client, name: str) -> dict[str, Any]:
    return {each.key: each.value for each in client.get_action(name).annotations}


def run(workspace: Workspace, name: str, **params: Any) -> Any:
    record: ActivationRecord = workspace.invoke(name, params)
    return record.result
