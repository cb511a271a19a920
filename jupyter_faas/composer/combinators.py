"""The combinators: functions that make a composition of tasks.

A task is the name of an action, a function or lambda (inline code), a packaged function, another
composition, or None for nothing. Each raises CompositionError, which names the combinator, the
argument and the place.
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
    """A packaged function; ``__faas_action__`` is its name: ``name`` or ``package/name``."""

    @property
    def __faas_action__(self) -> str: ...


Task: TypeAlias = "Composition | str | Callable[..., object] | ActionHandle | None"


def sequence(*components: Task) -> Composition:
    """One after another; each gets what the one before returned. The first error ends it."""
    return make_node("sequence", components=components)


def seq(*components: Task) -> Composition:
    """Another word for ``sequence``."""
    return make_node("seq", components=components)


def empty() -> Composition:
    """Nothing: the parameters come out as they went in."""
    return make_node("empty")


def task(task: Task) -> Composition:
    """The node of a task, as a composition."""
    return task_node(task, Place("task"))


def when(test: Task, consequent: Task, alternate: Task = None) -> Composition:
    """``consequent`` if ``test`` returns ``{"value": true}``, else ``alternate``.

    Both get the parameters that ``test`` got.
    """
    return _choice("if", test, consequent, alternate)


def when_nosave(test: Task, consequent: Task, alternate: Task = None) -> Composition:
    """As ``when``; ``consequent`` and ``alternate`` get what ``test`` returned."""
    return _choice("if_nosave", test, consequent, alternate)


def _choice(type_: str, test: Task, consequent: Task, alternate: Task) -> Composition:
    return make_node(type_, {"test": test, "consequent": consequent, "alternate": alternate})


def loop(test: Task, body: Task) -> Composition:
    """``body`` as long as ``test``, which runs first, returns ``{"value": true}``."""
    return make_node("while", {"test": test, "body": body})


def loop_nosave(test: Task, body: Task) -> Composition:
    """As ``loop``; ``body`` gets what ``test`` returned."""
    return make_node("while_nosave", {"test": test, "body": body})


def doloop(body: Task, test: Task) -> Composition:
    """``body`` once, and again as long as ``test`` returns ``{"value": true}``."""
    return make_node("dowhile", {"body": body, "test": test})


def doloop_nosave(body: Task, test: Task) -> Composition:
    """As ``doloop``; what ``test`` returns goes on."""
    return make_node("dowhile_nosave", {"body": body, "test": test})


def do(body: Task, handler: Task) -> Composition:
    """``body``; when it ends in an error, ``handler`` gets ``{"error": …}``."""
    return make_node("try", {"body": body, "handler": handler})


def ensure(body: Task, finalizer: Task) -> Composition:
    """``body``, then ``finalizer`` with its result, be it an error or not."""
    return make_node("finally", {"body": body, "finalizer": finalizer})


def let(declarations: Mapping[str, Json], *components: Task) -> Composition:
    """A sequence with variables, which inline functions below read and write as globals.

    ``declarations`` are names and first values, which JSON can write.
    """
    ready = json_declarations(declarations, Place("let", ".declarations"))
    return make_node("let", {"declarations": ready}, components)


def mask(*components: Task) -> Composition:
    """A sequence that does not see the variables of the ``let`` right around it."""
    return make_node("mask", components=components)


def retain(*components: Task) -> Composition:
    """A sequence; returns ``{"params": its input, "result": its output}``."""
    return make_node("retain", components=components)


def retain_catch(*components: Task) -> Composition:
    """As ``retain``; an error becomes the result too, instead of ending it."""
    return make_node("retain_catch", components=components)


def merge(*components: Task) -> Composition:
    """A sequence whose result is laid over the parameters that went in."""
    return make_node("merge", components=components)


def repeat(count: int, *components: Task) -> Composition:
    """A sequence, ``count`` times."""
    ready = whole_count(count, Place("repeat", ".count"))
    return make_node("repeat", {"count": ready}, components)


def retry(count: int, *components: Task) -> Composition:
    """A sequence; after an error again from its first parameters, ``count`` times at most."""
    ready = whole_count(count, Place("retry", ".count"))
    return make_node("retry", {"count": ready}, components)


def value(value: Json) -> Composition:
    """A constant that JSON can write; anything but a dictionary is boxed: ``{"value": …}``."""
    return make_node("value", {"value": json_value(value, Place("value", ".value"))})


def literal(value: Json) -> Composition:
    """Another word for ``value``."""
    return make_node("literal", {"value": json_value(value, Place("literal", ".value"))})


def function(function: Callable[..., object] | Mapping[str, str]) -> Composition:
    """Inline code: a function of one parameter, the whole dictionary, or of none.

    It returns a dictionary; None leaves the parameters as they are, and other values are boxed:
    ``{"value": …}``. ``{"kind": "nodejs:default", "code": "…"}`` is code of another language.
    """
    place = Place("function", ".function")
    if not isinstance(function, Mapping):
        return function_node(function, place)
    code = json_value(dict(function), place)
    if sorted(code) != ["code", "kind"] or not all(isinstance(v, str) for v in code.values()):
        raise place.error(
            f"{shown(code)} is no code.", hint='Write {"kind": "nodejs:default", "code": "…"}.'
        )
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
    """A call of the action ``name``, which is made with the composition if it is defined here.

    ``sequence`` makes it of other actions, ``filename`` and ``code`` of source text of ``kind``
    (default ``python:3``, or by the ending of the file). ``limits``: ``timeout`` in ms,
    ``memory`` and ``logs`` in MB.
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
    """A sequence to deploy as ``name`` or ``package/name``.

    Used as a task of another composition it is a call of that action.
    """
    own = local_name(name, Place("composition", ".name"))
    if not components:
        raise Place("composition").error(
            "there is nothing to run.", hint='Write composition("name", task, …).'
        )
    node = make_node("sequence", components=components, word="composition")
    return NamedComposition.of(node, own)


def dynamic() -> Composition:
    """A call of the action that the parameters say: ``{"type": "action", "name", "params"}``."""
    return make_node("dynamic")


def asynchronous(*components: Task) -> Composition:
    """Starts a sequence, goes on with ``{"method": "async", "activationId", "sessionId"}``."""
    return make_node("async", components=components)


def parallel(*components: Task) -> Composition:
    """All components at once, each with the parameters; returns ``{"value": [results in order]}``.

    A branch that ends in an error has ``{"error": …}`` at its place.
    """
    return make_node("parallel", components=components)


def par(*components: Task) -> Composition:
    """Another word for ``parallel``."""
    return make_node("par", components=components)


def map(*components: Task) -> Composition:  # noqa: A001 (its known name)
    """A sequence for each item of ``value``, all at once: ``{"value": [results in order]}``.

    An item that is not a dictionary is passed as ``{"value": item}``.
    """
    return make_node("map", components=components)
