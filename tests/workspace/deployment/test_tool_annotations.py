"""What ``--tool`` adds to an action, for us and for OpenServerless' MCP plugin."""

from __future__ import annotations

from jupyter_faas.workspace.deployment.tool_annotations import tool_annotations
from jupyter_faas.workspace.options import FunctionOptions


def test_parameters_are_described_as_the_plugin_reads_them() -> None:
    schema = {
        "properties": {
            "width": {"type": "number", "description": "in metres"},
            "name": {"type": "string", "default": "a"},
            "tags": {"type": "array", "default": "(odd)"},
            "any": {},
        }
    }
    assert tool_annotations(schema, "The area.") == {
        "mcp:desc": "The area.",
        "width:float": "in metres",
        "name:str": "name (default='a')",
        "tags:list": "tags",
        "any:str": "any",
    }


def test_the_option_exports_the_function() -> None:
    assert FunctionOptions("iris", tool=True).all_annotations == {"mcp:type": "tool"}
    assert FunctionOptions("iris").all_annotations == {}
