"""``tool_actions``: the deployed actions that agents may call, as ``ToolAction``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError, ParametersRejected, TargetError
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.whisk.names import OWN_NAMESPACE, RESERVED_PACKAGE, FullName
from jupyter_faas.workspace.deployment.tool_annotations import (
    DESCRIPTION,
    PYTHON_TYPES,
    TOOL,
    TYPE,
)
from jupyter_faas.workspace.functions import is_composition
from jupyter_faas.workspace.handover.remote_function import Callee
from jupyter_faas.workspace.handover.service import callee, find_action
from jupyter_faas.workspace.handover.web_actions import every_action
from jupyter_faas.workspace.naming import check_parameter_names

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action

_JSON_TYPES = {python: json for json, python in PYTHON_TYPES.items()}
_DEFAULT = re.compile(r"\s*\(default=[^)]*\)")


@dataclass(frozen=True)
class ToolAction:
    """An action as a tool.

    ``input_schema`` and ``output_schema`` are JSON schemas, and ``output_schema`` is None if the
    result is not declared. ``timeout_ms`` and ``memory_mb`` are the limits of a run. ``session``
    says whether it is a composition or sequence, whose runs have steps. The schema of ``callee``
    does not have the preset parameters.
    """

    callee: Callee
    description: str
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any] | None
    timeout_ms: int
    memory_mb: int
    session: bool

    @property
    def name(self) -> str:
        return self.callee.name

    def check_names(self, arguments: Iterable[str]) -> None:
        """Raise ParametersRejected if an argument is not in the tool's schema."""
        given = list(arguments)
        check_parameter_names(self.name, self.input_schema, given)
        # A function with ``**kwargs`` or a dictionary takes any name, which may be a preset one.
        preset = [each for each in given if each in self.callee.preset]
        if preset:
            raise ParametersRejected(f"{self.name} does not take {' or '.join(preset)}.")


def tool_actions(
    client: Client, names: Sequence[str] = (), package: str | None = None
) -> list[ToolAction]:
    """Return the actions that agents may call, sorted by name.

    These are the actions called ``names``, or all with the annotation of ``--tool``. With
    ``package``, they are those of that package, which ``names`` need not repeat. Raises
    ActionNotFound for an unknown name, and InputError if there are none.
    """
    if names:
        paths = (f"{package}/{each}" if package and "/" not in each else each for each in names)
        return [_tool(find_action(client, each), client) for each in dict.fromkeys(paths)]
    found = []
    for each in every_action(client):
        inside = package is None or (each.full_name.package or RESERVED_PACKAGE) == package
        if inside and each.annotation(TYPE) == TOOL:
            # The list does not contain parameters, so the whole action is fetched.
            found.append(_tool(client.get_action(each.full_name.local), client))
    if not found:
        where = f"Package {package!r} on {client.target.label}" if package else client.target.label
        raise InputError(
            f"{where} does not contain a function that agents may call.",
            hint="Add --tool to a function's cell, run the cell, and deploy the function. Or name "
            "a function: --function NAME",
        )
    return sorted(found, key=lambda each: each.name)


def _tool(action: Action, client: Client) -> ToolAction:
    called = callee(action, client)
    session = action.exec.kind == SEQUENCE or is_composition(action)
    described = action.annotation(DESCRIPTION)
    kind = "composition" if session else "function"
    doc = called.doc or (described if isinstance(described, str) else "")
    schema = called.schema if called.schema is not None else _annotated_schema(action)
    given, start = _without_names(schema, called.preset), ""
    first = _first_step(action, client) if session else None
    if first is not None and first.schema is not None:
        # It receives the parameters of the call.
        given = _without_names(first.schema, called.preset | first.preset)
        about = first.doc.partition("\n")[0]
        start = f" Its first step is {first.name}{': ' if about else '.'}{about}"
    return ToolAction(
        callee=_without_presets(called),
        description=doc or f"The {kind} {called.name} on {called.where}.{start}",
        input_schema=_input_schema(given),
        output_schema=_output_schema(schema),
        timeout_ms=action.limits.timeout,
        memory_mb=action.limits.memory,
        session=session,
    )


def _first_step(action: Action, client: Client) -> Callee | None:
    """Return the function with which a composition or sequence begins, or None for other steps.

    A combinator or an inline function says nothing about its parameters.
    """
    if action.exec.kind == SEQUENCE:
        name = action.exec.components[0] if action.exec.components else None
    else:
        node = action.annotation("conductor")
        while isinstance(node, Mapping) and node.get("type") == "sequence":
            node = next(iter(node.get("components") or ()), None)
        is_action = isinstance(node, Mapping) and node.get("type") == "action"
        name = FullName.parse(str(node.get("name"))) if is_action else None
    if name is None or name.namespace not in (OWN_NAMESPACE, action.full_name.namespace):
        return None
    try:
        found = client.get_action(name.local)
    except TargetError:
        return None
    if found.exec.kind == SEQUENCE or is_composition(found):
        return None
    return callee(found, client)


def _annotated_schema(action: Action) -> dict[str, Any]:
    """Return the schema of an action of another tool, from OpenServerless' annotations."""
    properties: dict[str, Any] = {}
    required: list[str] = []
    for each in action.annotations:
        name, colon, kind = each.key.partition(":")
        if not colon or name in ("mcp", "") or kind not in _JSON_TYPES:
            continue
        words = str(each.value)
        properties[name] = {
            "type": _JSON_TYPES[kind],
            "description": _DEFAULT.sub("", words),
        }
        if not _DEFAULT.search(words):
            required.append(name)
    found: dict[str, Any] = {"type": "object", "properties": properties}
    if not properties:
        # The action's parameters are not known, so it may take any.
        return {**found, "additionalProperties": True}
    return {**found, "required": required} if required else found


def _without_presets(called: Callee) -> Callee:
    """Return a callee whose schema does not have the preset parameters.

    The host adds preset parameters, whose values may be secret. An agent must not replace them, and
    no signature in an error must name them.
    """
    if called.schema is None:
        return called
    return replace(called, schema=_without_names(called.schema, called.preset))


def _without_names(schema: Mapping[str, Any], preset: frozenset[str]) -> dict[str, Any]:
    """Return a schema without these parameters."""
    found = dict(schema)
    properties = found.get("properties")
    if isinstance(properties, Mapping):
        found["properties"] = {
            name: each for name, each in properties.items() if name not in preset
        }
    required = [name for name in found.pop("required", ()) if name not in preset]
    return {**found, "required": required} if required else found


def _input_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema without the keys that only we know."""
    return {"type": "object", **_plain(schema)}


def _output_schema(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    known = schema.get("x-faas-result")
    plain = _plain(known) if isinstance(known, Mapping) else None
    # Clients before 2026-07 accept only objects.
    return plain if plain is not None and plain.get("type") == "object" else None


def _plain(schema: Any) -> Any:
    """Return a schema without our own keys (``x-faas-…``), at any depth."""
    if isinstance(schema, Mapping):
        return {
            key: _plain(each) for key, each in schema.items() if not str(key).startswith("x-faas")
        }
    return [_plain(each) for each in schema] if isinstance(schema, list) else schema
