"""The entry point of actions, loaded from its text as the notebook's own calls load it."""

from __future__ import annotations

from typing import Any

from jupyter_faas.workspace.local.function import load_action_main

MAIN: Any = load_action_main()
NUMBER, INTEGER, STRING = {"type": "number"}, {"type": "integer"}, {"type": "string"}


def spec(properties: dict[str, Any], *required: str, **more: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(required), **more}
    return {"name": "iris", "parameter_style": "named", "schema": schema}
