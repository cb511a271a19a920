"""Conversion of tasks (action names, functions, handles, compositions) to nodes of the tree."""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping
from typing import Any

from jupyter_faas.composer.function_source import TextMissing, function_text
from jupyter_faas.composer.messages import PART_HINT, Place, kind_of, shown
from jupyter_faas.composer.nodes import SHAPES, Composition, Json
from jupyter_faas.errors import NameNotAllowed
from jupyter_faas.whisk import FullName
from jupyter_faas.whisk.names import action_name

MAX_NODES = 1_000
# Lowering a tree and reading its JSON are recursive, and Python allows 1,000 nested calls.
MAX_DEPTH = 100
PYTHON = "python:3"


def make_node(
    type_: str,
    arguments: Mapping[str, Composition | Json] | None = None,
    components: tuple[object, ...] | None = None,
    *,
    word: str = "",
) -> Composition:
    """Return a checked node, after converting tasks in arguments and components to nodes.

    ``word`` is the combinator's name in messages. By default, messages use the Python name of
    ``type_``. Raises CompositionError when a task is invalid or the node is too large or too deep.
    """
    shape = SHAPES[type_]
    ready = {
        name: task_node(value, Place(type_, f".{name}")) if name in shape.nodes else value
        for name, value in (arguments or {}).items()
    }
    below = None
    if components is not None:
        below = tuple(
            task_node(task, Place(word or type_, f"[{index}]"))
            for index, task in enumerate(components)
        )
    return checked(Composition(type_, ready, below), Place(word or type_))


def checked(node: Composition, place: Place) -> Composition:
    """Return ``node``. Raises CompositionError when ``node`` is too large or too deep."""
    if node.size > MAX_NODES:
        raise place.error(
            f"the composition has {node.size:,} nodes; the maximum is {MAX_NODES:,}.",
            hint=PART_HINT,
        )
    if node.depth > MAX_DEPTH:
        raise place.error(
            f"the composition is nested more than {MAX_DEPTH} levels deep.",
            hint=PART_HINT,
        )
    return node


def task_node(task: object, place: Place) -> Composition:
    """Return the node for a task: a name, a function, a handle, a composition, a list or None.

    A list of tasks is a sequence. Raises CompositionError when ``task`` is anything else or is
    invalid.
    """
    # This check comes first, because a NamedComposition is also a Composition, but a named
    # composition in a task means a call.
    named = getattr(task, "__faas_action__", None)
    if isinstance(named, str):
        return action_node(named, place, live=task)
    if isinstance(task, Composition):
        return task
    if task is None:
        return Composition("empty")
    if isinstance(task, str):
        return action_node(task, place)
    if callable(task):
        return function_node(task, place)
    if isinstance(task, list | tuple):
        return make_node("sequence", components=tuple(task))
    text = shown(task)
    raise place.error(
        f"{text} is {kind_of(task)}, but must be a task.", hint=_task_hint(task, text)
    )


def _task_hint(task: object, text: str) -> str:
    if hasattr(task, "predict"):
        return (
            "In the composition, write 'predict' instead of the model. To define it, run this cell "
            "(replace MODEL with the name of the model):\n"
            "%%function predict\ndef predict(rows): return MODEL.predict(rows)"
        )
    # The start of a long text is not an expression.
    if isinstance(task, bool | int | float | dict) and not text.endswith("…"):
        return f"Write value({text}) instead of {text}."
    return "Wrap it in value(…)."


def action_node(name: str, place: Place, *, live: object | None = None) -> Composition:
    """Return a call of the action ``name``; ``live`` is the notebook's object for the action."""
    return Composition("action", {"name": qualified(name, place)}, live=live)


def function_node(function: Any, place: Place) -> Composition:
    """Return a node with the source text of ``function``, and ``function`` itself as ``live``.

    Raises CompositionError when ``function`` is not a Python function with at most one parameter,
    or when its source is not available.
    """
    if not isinstance(function, types.FunctionType):
        raise place.error(
            f"{shown(function)} is {kind_of(function)}, but must be a function written in Python.",
            hint=f"Write lambda p: {word}(p) instead of {word}."
            if (word := getattr(function, "__name__", ""))
            else "Call it from a lambda, such as lambda p: …(p).",
        )
    word = "the lambda" if function.__name__ == "<lambda>" else f"{function.__name__}()"
    check_parameters(function, word, place)
    try:
        code = function_text(function)
    except TextMissing:
        raise place.error(
            f"the source code of {word} is not available.",
            hint="Define it in a separate cell, without exec or eval.",
        ) from None
    exec_ = {"kind": PYTHON, "code": code}
    return Composition("function", {"function": {"exec": exec_}}, live=function)


def check_parameters(function: types.FunctionType, word: str, place: Place) -> None:
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise place.error(
            f"{word} is a generator, but an inline function returns a single result.",
            hint="Collect the yielded values in a list, and return the list.",
        )
    # Python users write ``lambda p, n=n: …`` to bind a loop variable. The conductor passes only one
    # argument, so that such a parameter keeps its default.
    given = list(inspect.signature(function).parameters.values())
    parameters = [
        one
        for at, one in enumerate(given)
        if one.default is one.empty or (at == 0 and one.kind is not one.KEYWORD_ONLY)
    ]
    for parameter in parameters:
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            written = str(parameter).partition(":")[0]
            if parameter.kind is parameter.KEYWORD_ONLY and len(given) == 1:
                raise place.error(
                    f"{word} takes {written} only by keyword, but an inline function takes the "
                    "whole dictionary as a positional argument.",
                    hint="Remove the * from its parameters.",
                )
            raise place.error(
                f"{word} takes {written}, but an inline function takes the whole dictionary in "
                "one parameter, or nothing.",
                hint=f"Write {parameter.name} instead of {written}."
                if len(given) == 1
                else f"Remove {written} from its parameters.",
            )
    if len(parameters) > 1:
        names = ", ".join(parameter.name for parameter in parameters)
        raise place.error(
            f"{word} has {len(parameters)} parameters ({names}), but an inline function takes the "
            "whole dictionary in one parameter, or nothing.",
            hint="Use one parameter for the whole dictionary: "
            f'lambda p: … p["{parameters[0].name}"] …',
        )


# The functions below return full action names, which always contain a namespace.


def qualified(name: object, place: Place) -> str:
    """Return the full name of an action; ``_`` stands for the deploying user's namespace.

    ``iris`` becomes ``/_/iris``, ``models/iris`` becomes ``/_/models/iris``, and ``/guest/iris``
    does not change. Raises CompositionError for a name that OpenWhisk does not allow.
    """
    if not isinstance(name, str):
        raise place.error(f"{shown(name)} is {kind_of(name)}, but must be the name of an action.")
    try:
        return f"/{FullName.parse(action_name(name.strip())).path}"
    except NameNotAllowed as error:
        text = error.message
        # The original message may contain only part of the name, but the user needs the full name.
        if not text.startswith(repr(name)):
            text = f"{shown(name)}: {text}"
        raise place.error(text, hint=error.hint) from None


def qualified_loosely(name: object, place: Place) -> str:
    """Return the full name of an action from JSON, after checking only its number of parts.

    npm's Composer checks only the number of parts, so its JSON may contain names that ``qualified``
    rejects. Raises CompositionError for a wrong number of parts, an empty part, or a value that is
    not a string.
    """
    if not isinstance(name, str):
        raise place.error(f"{shown(name)} is {kind_of(name)}, but must be the name of an action.")
    parts = name.strip().split("/")
    absolute = parts[0] == "" and len(parts) > 1
    fits = len(parts) in ((3, 4) if absolute else (1, 2, 3))
    if not fits or not all(part.strip() for part in parts[absolute:]):
        kept = "/".join([part.strip() for part in parts if part.strip()][-2:])
        raise place.error(
            f"{shown(name)} is not a valid action name.",
            hint=f"Write {kept!r} instead of {name!r} in the file." if kept else "",
        )
    named = "/".join(parts[absolute:])
    return f"/_/{named}" if not absolute and len(parts) < 3 else f"/{named}"


def local_name(name: object, place: Place) -> str:
    """Return the name under which a composition is deployed: ``name`` or ``package/name``.

    Raises CompositionError for a name that contains a namespace or is invalid.
    """
    full = qualified(name, place)
    if not full.startswith("/_/") or str(name).strip().startswith("/"):
        raise place.error(
            f"'{name}' contains a namespace, but a composition is always deployed to your own "
            "namespace.",
            hint=f"Write {full.lstrip('/').partition('/')[2]!r} instead of {str(name)!r}.",
        )
    return full.removeprefix("/_/")
