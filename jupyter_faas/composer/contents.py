"""List what a composition contains: inline functions, called actions, embedded actions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, cast

from jupyter_faas.composer.fsm import is_inline
from jupyter_faas.composer.named_composition import NamedComposition
from jupyter_faas.composer.nodes import Composition, Json
from jupyter_faas.errors import CompositionError


def inline_functions(node: Composition) -> list[tuple[str, Callable[..., object]]]:
    """Path and function of each live Python function, in the order they are written in."""
    return [
        (path, cast("Callable[..., object]", each.live))
        for path, each in node.walk()
        if is_inline(each)
    ]


def text_functions(node: Composition) -> list[str]:
    """Paths of the Python functions whose text alone is known: those read from JSON."""
    return [path for path, each in _functions(node, "python") if not is_inline(each)]


def javascript_functions(node: Composition) -> list[str]:
    """Paths of the functions that are JavaScript."""
    return [path for path, _ in _functions(node, "nodejs")]


def _functions(node: Composition, family: str) -> list[tuple[str, Composition]]:
    return [
        (path, each)
        for path, each in node.walk()
        if each.type == "function"
        and each.arguments["function"]["exec"]["kind"].partition(":")[0] == family
    ]


def called_actions(node: Composition) -> dict[str, list[str]]:
    """The actions that run, by full name (``/_/iris``), with the paths that call them.

    The components of an embedded sequence count too, with the sequence's path.
    """
    called: dict[str, list[str]] = {}
    for path, each in node.walk():
        if each.type == "action":
            exec_ = each.arguments.get("action", {}).get("exec", {})
            for name in (each.arguments["name"], *exec_.get("components", ())):
                paths = called.setdefault(name, [])
                if path not in paths:
                    paths.append(path)
    return called


def live_references(node: Composition) -> dict[str, object]:
    """The notebook's handles and named compositions that it calls, by full name."""
    return {
        each.arguments["name"]: each.live
        for _, each in node.walk()
        if each.type == "action" and each.live is not None
    }


def named_compositions(node: Composition) -> dict[str, NamedComposition]:
    """The named compositions directly in it, by name; not those inside of them.

    Raises CompositionError when two different ones have the same name.
    """
    found: dict[str, NamedComposition] = {}
    for path, each in node.walk():
        if isinstance(each.live, NamedComposition):
            named = found.setdefault(each.live.name, each.live)
            if named != each.live:
                raise CompositionError(
                    f"root{path}: {named.name} is two different compositions in this one.",
                    hint="Give one of them another name.",
                )
    return found


def embedded_actions(node: Composition) -> list[dict[str, Json]]:
    """``{"name", "action": {"exec", "limits"?}}`` of each action whose definition is part of it."""
    return [
        {"name": each.arguments["name"], "action": copy.deepcopy(each.arguments["action"])}
        for _, each in node.walk()
        if each.type == "action" and "action" in each.arguments
    ]


def composed_json(node: Composition, lowered: Composition) -> dict[str, Any]:
    """Return what ``compose`` prints, but the version: ``composition``, ``ast``, ``actions``."""
    data: dict[str, Any] = {"composition": lowered.to_json(), "ast": node.to_json()}
    embedded = embedded_actions(node)
    if embedded:
        data["actions"] = embedded
    return data
