"""Parsing of compositions from a JSON syntax tree or the output of Composer's ``compose``."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from jupyter_faas.composer.json_values import json_value
from jupyter_faas.composer.messages import Place, kind_of, shown
from jupyter_faas.composer.nodes import SHAPES, Composition, Json
from jupyter_faas.composer.tasks import MAX_DEPTH, checked, qualified_loosely

NODE_HINT = "Pass a node, such as: parse({'type': 'empty'})"


def parse(data: object) -> Composition:
    """Return the composition in ``data``, which was read from JSON.

    ``data`` is a syntax tree, or ``{"composition", "ast", "version", "actions"?}`` as printed by
    the ``compose`` command. Inline functions have source text, but no ``live`` object. Raises
    CompositionError when ``data`` is invalid, with the invalid place in the message.
    """
    tree = data
    # ``ast`` is the tree as the user wrote it, and ``composition`` is the lowered tree.
    if isinstance(data, Mapping) and "type" not in data:
        tree = data.get("ast", data.get("composition"))
    if not isinstance(tree, Mapping):
        raise Place("composition").error(
            f"{shown(data)} is {kind_of(data)} that does not contain a composition.", hint=NODE_HINT
        )
    return checked(_parsed(tree, "", 1), Place(str(tree.get("type"))))


def _parsed(data: object, path: str, depth: int) -> Composition:
    if not isinstance(data, Mapping):
        raise Place("composition", "", path).error(
            f"{shown(data)} is {kind_of(data)}, but must be a node.", hint=NODE_HINT
        )
    type_ = data.get("type")
    if not isinstance(type_, str) or type_ not in SHAPES:
        close = difflib.get_close_matches(str(type_), SHAPES, 1)
        raise Place("composition", "", path).error(
            f"{shown(type_)} is not a combinator.",
            hint=f"Write {close[0]!r} instead of {type_!r}." if close else NODE_HINT,
        )
    place = Place(type_, "", path)
    if depth > MAX_DEPTH:
        raise place.error(f"the composition is nested more than {MAX_DEPTH} levels deep.")
    shape = SHAPES[type_]
    arguments: dict[str, Composition | Json] = {}
    for name in shape.nodes:
        # Composer omits ``alternate`` if an ``if`` does not have an alternate.
        if data.get(name) is None and name == "alternate":
            arguments[name] = Composition("empty")
        else:
            arguments[name] = _parsed(data.get(name), f"{path}.{name}", depth + 1)
    for name in shape.values:
        if name in data or name != "action":
            arguments[name] = _READERS[name](data, Place(type_, f".{name}", path))
    components = None
    if shape.components:
        given = data.get("components")
        if not isinstance(given, list):
            raise place.error(f"components is {kind_of(given)}, but must be a list.")
        parsed = []
        # Before Python 3.12, a comprehension would add a nested call for each level.
        for index, item in enumerate(given):
            parsed.append(_parsed(item, f"{path}[{index}]", depth + 1))
        components = tuple(parsed)
    return Composition(type_, arguments, components)


def _declarations(data: Mapping[str, Any], place: Place) -> Json:
    return _object(data.get("declarations"), place)


def _object(value: object, place: Place) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise place.error(f"{shown(value)} is {kind_of(value)}, but must be a dictionary.")
    copied: dict[str, Json] = json_value(value, place)
    return copied


def _count(data: Mapping[str, Any], place: Place) -> Json:
    # JSON from npm's Composer may contain negative or fractional counts.
    count = data.get("count")
    if not isinstance(count, int | float) or isinstance(count, bool):
        raise place.error(f"{shown(count)} is {kind_of(count)}, but must be a number.")
    return json_value(count, place)


def _value(data: Mapping[str, Any], place: Place) -> Json:
    if "value" not in data:
        raise place.error("the value is missing.")
    return json_value(data["value"], place)


def _function(data: Mapping[str, Any], place: Place) -> Json:
    function = _object(data.get("function"), place)
    _check_exec(function.get("exec"), place)
    return function


def _check_exec(exec_: object, place: Place) -> None:
    is_code = isinstance(exec_, dict) and isinstance(exec_.get("kind"), str)
    if not is_code:
        raise place.error(f"{shown(exec_)} must be a dictionary with the key kind.")
    if not isinstance(exec_, dict) or not isinstance(exec_.get("code", ""), str):
        raise place.error("its code must be a string.")


def _name(data: Mapping[str, Any], place: Place) -> Json:
    return qualified_loosely(data.get("name"), place)


def _action(data: Mapping[str, Any], place: Place) -> Json:
    action = _object(data["action"], place)
    _check_exec(action.get("exec"), place)
    return action


_READERS = {
    "declarations": _declarations,
    "count": _count,
    "value": _value,
    "function": _function,
    "name": _name,
    "action": _action,
}
