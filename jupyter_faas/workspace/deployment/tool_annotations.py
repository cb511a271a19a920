"""The annotations of an action that agents may call as a tool (``%%function --tool``).

``jupyter faas mcp`` serves every action with the annotation ``mcp:type`` = ``tool``. The other
annotations are for OpenServerless' own MCP plugin (``ops a41 mcp``), which generates a server from
them: ``mcp:desc`` is the description, and ``NAME:TYPE`` stands for a parameter with a Python type,
whose value describes it and may end with ``(default=VALUE)``. Source: ``mcp/mcproxy/generator.py``
in the repository mastrogpt/olaris-a41, read on 2026-11-28.

It is apart from ``plan.py``, because ``handover/tools.py`` reads the same annotations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TYPE, TOOL, DESCRIPTION = "mcp:type", "tool", "mcp:desc"

PYTHON_TYPES: Mapping[str, str] = {
    "number": "float",
    "integer": "int",
    "string": "str",
    "boolean": "bool",
    "array": "list",
    "object": "dict",
}


def tool_annotations(schema: Mapping[str, Any], doc: str) -> dict[str, str]:
    """Return the annotations of a tool other than ``mcp:type``.

    ``schema`` is the JSON schema of the parameters, and ``doc`` the docstring.
    """
    found = {DESCRIPTION: doc} if doc else {}
    properties = schema.get("properties")
    for name, each in (properties if isinstance(properties, Mapping) else {}).items():
        known = each if isinstance(each, Mapping) else {}
        words = str(known.get("description") or known.get("title") or name)
        # The plugin writes the default into Python code, and reads it up to the next parenthesis.
        default = repr(known["default"]) if "default" in known else ""
        if default and ")" not in default:
            words = f"{words} (default={default})"
        found[f"{name}:{PYTHON_TYPES.get(str(known.get('type')), 'str')}"] = words
    return found
