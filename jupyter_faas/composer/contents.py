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
    """Return the path and the function of each live Python function, in the order of the source."""
    return [
        (path, cast("Callable[..., object]", each.live))
        for path, each in node.walk()
        if is_inline(each)
    ]


def text_functions(node: Composition) -> list[str]:
    """Return the paths of Python functions without a live object: those that come from JSON."""
    return [path for path, each in _functions(node, "python") if not is_inline(each)]


def javascript_functions(node: Composition) -> list[str]:
    """Return the paths of the JavaScript functions."""
    return [path for path, _ in _functions(node, "nodejs")]


def _functions(node: Composition, family: str) -> list[tuple[str, Composition]]:
    return [
        (path, each)
        for path, each in node.walk()
        if each.type == "function"
        # A kind is a family and a version: ``nodejs:20``, ``python:default``.
        and each.arguments["function"]["exec"]["kind"].partition(":")[0] == family
    ]


def called_actions(node: Composition) -> dict[str, list[str]]:
    """Return the actions that are called, by full name (``/_/iris``), with the paths of the calls.

    The components of an embedded sequence are included, with the path of the sequence.
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
    """Return the handles and named compositions of the notebook that it calls, by full name."""
    return {
        each.arguments["name"]: each.live
        for _, each in node.walk()
        if each.type == "action" and each.live is not None
    }


def named_compositions(node: Composition) -> dict[str, NamedComposition]:
    """Return the named compositions that it calls directly, by name.

    Those that a named composition calls in turn are not included. Raises CompositionError when two
    different ones have the same name.
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
    """Return the actions that it defines, each as ``{"name", "action": {"exec", "limits"?}}``."""
    return [
        {"name": each.arguments["name"], "action": copy.deepcopy(each.arguments["action"])}
        for _, each in node.walk()
        if each.type == "action" and "action" in each.arguments
    ]


def composed_json(node: Composition, lowered: Composition) -> dict[str, Any]:
    """Return the JSON that Composer's ``compose`` command prints, without the version.

    Its keys are ``composition`` (the lowered tree), ``ast`` and, if there are any, ``actions``.
    """
    data: dict[str, Any] = {"composition": lowered.to_json(), "ast": node.to_json()}
    embedded = embedded_actions(node)
    if embedded:
        data["actions"] = embedded
    return data
