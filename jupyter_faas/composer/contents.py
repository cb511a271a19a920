"""Queries for the inline functions, called actions and embedded actions of a composition."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, cast

from jupyter_faas.composer.fsm import is_inline
from jupyter_faas.composer.named_composition import NamedComposition
from jupyter_faas.composer.nodes import Composition, Json
from jupyter_faas.errors import CompositionError


def inline_functions(node: Composition) -> list[tuple[str, Callable[..., object]]]:
    """Return ``(path, function)`` for each inline function that exists as a Python object.

    The functions are in source order.
    """
    return [
        (path, cast("Callable[..., object]", each.live))
        for path, each in node.walk()
        if is_inline(each)
    ]


def text_functions(node: Composition) -> list[str]:
    """Return the paths of Python functions from JSON, for which only source code exists."""
    return [path for path, each in _functions(node, "python") if not is_inline(each)]


def javascript_functions(node: Composition) -> list[str]:
    """Return the paths of inline JavaScript functions."""
    return [path for path, _ in _functions(node, "nodejs")]


def _functions(node: Composition, family: str) -> list[tuple[str, Composition]]:
    return [
        (path, each)
        for path, each in node.walk()
        if each.type == "function"
        # A kind consists of a family and a version, such as ``nodejs:20`` or ``python:default``.
        and each.arguments["function"]["exec"]["kind"].partition(":")[0] == family
    ]


def called_actions(node: Composition) -> dict[str, list[str]]:
    """Return the paths of the calls of each action, by the action's full name (``/_/iris``).

    Components of an embedded sequence are included with the path of the sequence.
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
    """Return the notebook's handles and named compositions that ``node`` calls, by full name."""
    return {
        each.arguments["name"]: each.live
        for _, each in node.walk()
        if each.type == "action" and each.live is not None
    }


def named_compositions(node: Composition) -> dict[str, NamedComposition]:
    """Return the named compositions that ``node`` calls directly, by name.

    Indirect calls are not included. Raises CompositionError when two different compositions have
    the same name.
    """
    found: dict[str, NamedComposition] = {}
    for path, each in node.walk():
        if isinstance(each.live, NamedComposition):
            named = found.setdefault(each.live.name, each.live)
            if named != each.live:
                raise CompositionError(
                    f"root{path}: two different compositions are named {named.name}.",
                    hint=f"Write {named.name + '_2'!r} instead of {named.name!r} for one of them.",
                )
    return found


def embedded_actions(node: Composition) -> list[dict[str, Json]]:
    """Return the definitions of actions in a composition.

    Each definition is ``{"name", "action": {"exec", "limits"?}}``.
    """
    return [
        {"name": each.arguments["name"], "action": copy.deepcopy(each.arguments["action"])}
        for _, each in node.walk()
        if each.type == "action" and "action" in each.arguments
    ]


def composed_json(node: Composition, lowered: Composition) -> dict[str, Any]:
    """Return the JSON that Composer's ``compose`` command prints, without the version.

    The keys are ``composition`` (the lowered tree), ``ast`` and, if the composition defines
    actions, ``actions``.
    """
    data: dict[str, Any] = {"composition": lowered.to_json(), "ast": node.to_json()}
    embedded = embedded_actions(node)
    if embedded:
        data["actions"] = embedded
    return data
