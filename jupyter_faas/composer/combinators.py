"""The combinators: functions that build a composition from tasks.

A task is the name of an action, a function or lambda (inline code), a packaged function, another
composition, a list of tasks (a sequence), or None for no task. The combinators raise
CompositionError for invalid arguments. The message names the combinator, the argument and its path
in the composition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

from jupyter_faas.composer.inline_actions import definition
from jupyter_faas.composer.json_values import json_declarations, json_value, whole_count
from jupyter_faas.composer.messages import Place, shown
from jupyter_faas.composer.named_composition import NamedComposition
from jupyter_faas.composer.nodes import Composition, Json
from jupyter_faas.composer.tasks import function_node, local_name, make_node, qualified, task_node


class ActionHandle(Protocol):
    """The handle of a packaged function; ``__faas_action__`` is ``name`` or ``package/name``.

    This class is a protocol, because the handle classes are defined in a higher layer.
    """

    @property
    def __faas_action__(self) -> str: ...


Task: TypeAlias = "Composition | str | Callable[..., object] | ActionHandle | Sequence[Task] | None"
# The kind of source code without one, as in npm's Composer.
_JAVASCRIPT = "nodejs:default"


def sequence(*components: Task) -> Composition:
    """Run components one after another, passing each result to the next component.

    The first error ends the sequence.
    """
    return make_node("sequence", components=components)


def seq(*components: Task) -> Composition:
    """Run components like ``sequence``, for which this is Composer's short name."""
    return make_node("seq", components=components)


def empty() -> Composition:
    """Do nothing and return the input."""
    return make_node("empty")


def task(task: Task) -> Composition:
    """Return a single task as a composition."""
    return task_node(task, Place("task"))


def when(test: Task, consequent: Task, alternate: Task = None) -> Composition:
    """Run ``consequent`` if ``test`` returns ``{"value": true}``, else ``alternate``.

    Both receive the input of ``test``.
    """
    return _choice("if", test, consequent, alternate)


def when_nosave(test: Task, consequent: Task, alternate: Task = None) -> Composition:
    """Choose like ``when``, but pass the result of ``test`` to the chosen task."""
    return _choice("if_nosave", test, consequent, alternate)


def _choice(type_: str, test: Task, consequent: Task, alternate: Task) -> Composition:
    return make_node(type_, {"test": test, "consequent": consequent, "alternate": alternate})


def loop(test: Task, body: Task) -> Composition:
    """Run ``test`` before each iteration, and ``body`` while it returns ``{"value": true}``."""
    return make_node("while", {"test": test, "body": body})


def loop_nosave(test: Task, body: Task) -> Composition:
    """Repeat like ``loop``, but pass the result of ``test`` to ``body``."""
    return make_node("while_nosave", {"test": test, "body": body})


def doloop(body: Task, test: Task) -> Composition:
    """Run ``body`` once, and repeat it while ``test`` returns ``{"value": true}``."""
    return make_node("dowhile", {"body": body, "test": test})


def doloop_nosave(body: Task, test: Task) -> Composition:
    """Repeat like ``doloop``, but pass the result of ``test`` to ``body`` and to the next task."""
    return make_node("dowhile_nosave", {"body": body, "test": test})


def do(body: Task, handler: Task) -> Composition:
    """Run ``body``. If it fails, run ``handler`` with ``{"error": …}`` as its input."""
    return make_node("try", {"body": body, "handler": handler})


def ensure(body: Task, finalizer: Task) -> Composition:
    """Run ``body``, then run ``finalizer`` with the result of ``body``, even if it is an error."""
    return make_node("finally", {"body": body, "finalizer": finalizer})


def let(declarations: Mapping[str, Json], *components: Task) -> Composition:
    """Run a sequence with variables, which its inline functions read and set as globals.

    ``declarations`` maps variable names to initial values, which must be JSON values.
    """
    ready = json_declarations(declarations, Place("let", ".declarations"))
    return make_node("let", {"declarations": ready}, components)


def mask(*components: Task) -> Composition:
    """Run a sequence and hide the variables of the innermost enclosing ``let`` from it."""
    return make_node("mask", components=components)


def retain(*components: Task) -> Composition:
    """Run a sequence and return ``{"params": its input, "result": its output}``."""
    return make_node("retain", components=components)


def retain_catch(*components: Task) -> Composition:
    """Run a sequence like ``retain``, but return an error as the ``result`` instead of failing."""
    return make_node("retain_catch", components=components)


def merge(*components: Task) -> Composition:
    """Run a sequence and return its input, updated with its result."""
    return make_node("merge", components=components)


def repeat(count: int, *components: Task) -> Composition:
    """Run a sequence ``count`` times, passing each result to the next iteration."""
    ready = whole_count(count, Place("repeat", ".count"))
    return make_node("repeat", {"count": ready}, components)


def retry(count: int, *components: Task) -> Composition:
    """Run a sequence. After an error, retry at most ``count`` times with the same input."""
    ready = whole_count(count, Place("retry", ".count"))
    return make_node("retry", {"count": ready}, components)


def value(value: Json) -> Composition:
    """Return a JSON constant; a value that is not a dictionary becomes ``{"value": …}``."""
    return make_node("value", {"value": json_value(value, Place("value", ".value"))})


def literal(value: Json) -> Composition:
    """Return a constant like ``value``, for which this is another name in Composer."""
    return make_node("literal", {"value": json_value(value, Place("literal", ".value"))})


def function(function: Callable[..., object] | Mapping[str, str]) -> Composition:
    """Run inline code: a Python function, or source code in another language.

    A Python function takes no parameters, or the input dictionary as its only parameter. It should
    return a dictionary. If it returns None, the result is the input, and any other value becomes
    ``{"value": …}``. Code in another language is ``{"kind": "nodejs:default", "code": "…"}``; as in
    npm's Composer, this kind is the default.
    """
    place = Place("function", ".function")
    # A mapping contains source code, which is deployed without being checked or captured.
    if not isinstance(function, Mapping):
        return function_node(function, place)
    given = dict(function)
    kind, code = given.get("kind", _JAVASCRIPT), given.get("code")
    if not isinstance(kind, str) or not isinstance(code, str) or given.keys() - {"kind", "code"}:
        texts = (one for key, one in given.items() if key != "kind" and isinstance(one, str))
        right = {
            "kind": kind if isinstance(kind, str) else _JAVASCRIPT,
            "code": code if isinstance(code, str) else next(texts, "p => p"),
        }
        raise place.error(
            f"{shown(given)} does not have the form {{'kind': …, 'code': …}}.",
            hint=f"Write function({right}) instead.",
        )
    code = json_value({"kind": kind, "code": code}, place)
    return make_node("function", {"function": {"exec": code}})


def action(
    name: str,
    *,
    sequence: Sequence[str] | None = None,
    filename: str | Path | None = None,
    code: str | None = None,
    kind: str | None = None,
    limits: Mapping[str, int] | None = None,
) -> Composition:
    """Call the action ``name``, and optionally define it.

    An action that is defined here is created when the composition is deployed. ``sequence`` defines
    it as a sequence of other actions. ``filename`` or ``code`` defines it by source code. ``kind``
    is the runtime of the code; the default depends on the suffix of ``filename`` and is
    ``python:3`` for ``code``. ``limits`` may contain ``timeout`` in ms, and ``memory`` and ``logs``
    in MB.
    """
    arguments: dict[str, Json] = {"name": qualified(name, Place("action", ".name"))}
    made = definition(
        sequence=sequence,
        filename=filename,
        code=code,
        kind=kind,
        limits=limits,
        place=Place("action", ".action"),
    )
    if made is not None:
        arguments["action"] = made
    return make_node("action", arguments)


def composition(name: str, *components: Task) -> NamedComposition:
    """Return a sequence that is deployed as ``name`` or ``package/name``.

    Inside another composition, the named composition becomes a call of that action.
    """
    own = local_name(name, Place("composition", ".name"))
    # An empty sequence is valid inside a composition, but deploying it is surely a mistake.
    if not components:
        raise Place("composition").error(
            "a composition needs at least one task.",
            hint=f"Write composition({name!r}, lambda p: p), with your task instead of the lambda.",
        )
    node = make_node("sequence", components=components, word="composition")
    return NamedComposition.of(node, own)


def dynamic() -> Composition:
    """Call the action named in the input: ``{"type": "action", "name": …, "params": …}``."""
    return make_node("dynamic")


def asynchronous(*components: Task) -> Composition:
    """Start a sequence without waiting for it.

    The result is ``{"method": "async", "activationId": …, "sessionId": …}``.
    """
    return make_node("async", components=components)


def parallel(*components: Task) -> Composition:
    """Run all components at once with the same input; return ``{"value": [results in order]}``.

    The result of a branch that fails is ``{"error": …}``.
    """
    return make_node("parallel", components=components)


def par(*components: Task) -> Composition:
    """Run components like ``parallel``, for which this is Composer's short name."""
    return make_node("par", components=components)


def map(*components: Task) -> Composition:  # noqa: A001 - the combinator is known by this name
    """Run a sequence for all items of the input's ``value`` at once.

    Returns ``{"value": [results in order]}``. An item that is not a dictionary is passed as
    ``{"value": item}``.
    """
    return make_node("map", components=components)
