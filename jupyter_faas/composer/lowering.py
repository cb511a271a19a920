"""Lowering: the rewriting of all combinators to the primitive combinators that a conductor runs.

``_lowered`` visits the tree and replaces each node whose type is in ``_DERIVED`` with an equivalent
tree of primitive combinators: ``sequence``, ``let``, ``mask``, ``finally``, ``try``, ``if_nosave``,
``while_nosave``, ``dowhile_nosave``, ``function``, ``action``, ``dynamic``, ``async``, ``map`` and
``parallel``. ``fsm.py`` compiles the primitive combinators. For example, ``retain`` becomes a
``let`` with a variable ``params``, a function that saves the input in ``params``, and a function
that combines ``params`` with the result. The resulting trees are the same as OpenWhisk Composer's.
The user's components are placed under ``mask``, which hides the added variables from them. The
conductor (``shipped/conductor``) contains these functions and finds them by name:

================= =================================================================================
``save_params``   sets the variable ``params`` to the input, and returns the input
``params``        returns the variable ``params``
``value``         returns the variable ``value``
``count_down``    returns whether the variable ``count`` is above 0, and decrements ``count``
``retain_result`` returns ``{"params": the variable params, "result": the input}``
``wrap_result``   returns ``{"result": the input}``
``unwrap_result`` returns ``params`` of the input and, as ``result``, ``result["result"]``
``wrap_params``   returns ``{"params": the input}``
``take_params``   returns ``params`` of the input
``take_result``   returns ``result`` of the input
``retry``         returns whether ``result`` of the input has an ``error`` and ``count`` is above
                  0; decrements ``count`` if there is an ``error``
``merge``         returns ``params`` of the input, updated with ``result`` of the input
================= =================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from jupyter_faas.composer.messages import PART_HINT, Place
from jupyter_faas.composer.nodes import Composition, Json
from jupyter_faas.composer.tasks import PYTHON

# Python's json module needs one nested call per level, and Python allows 1,000 nested calls.
MAX_LEVELS = 500

_Arguments: TypeAlias = Mapping[str, Composition | Json]
_Components: TypeAlias = tuple[Composition, ...]


def lower(node: Composition) -> Composition:
    """Return an equivalent composition that consists of primitive combinators.

    Nodes are labelled with the paths of the user's nodes from which they were derived.
    Raises CompositionError when the result has more than MAX_LEVELS levels of JSON.
    """
    lowered = _lowered(node, "")
    if lowered.levels > MAX_LEVELS:
        raise Place(node.type).error(
            f"the composition is nested too deeply: it has {lowered.levels:,} levels in its "
            f"expanded form, and the maximum is {MAX_LEVELS}.",
            hint=PART_HINT,
        )
    return lowered


def _lowered(node: Composition, path: str) -> Composition:
    # Children are lowered before their parent, so that the recursion is only as deep as the user's
    # tree and not as deep as the result.
    below = {}
    for step, child in node.children():
        below[step] = _lowered(child, path + step)
    components = tuple(below.values()) if node.components is not None else ()
    arguments = {name: below.get(f".{name}", value) for name, value in node.arguments.items()}
    if node.type in _DERIVED:
        made = _DERIVED[node.type](arguments, components)
    else:
        # Embedded actions are deployed before the composition, so the conductor needs only names.
        arguments.pop("action", None)
        ready = None if node.components is None else components
        made = Composition(node.type, arguments, ready, live=node.live)
    return replace(made, path=path)


def _sequence(*components: Composition) -> Composition:
    return Composition("sequence", {}, components)


def _let(declarations: dict[str, Json], *components: Composition) -> Composition:
    return Composition("let", {"declarations": declarations}, components)


def _mask(*components: Composition) -> Composition:
    return Composition("mask", {}, components)


def _finally(body: Composition, finalizer: Composition) -> Composition:
    return Composition("finally", {"body": body, "finalizer": finalizer})


def _builtin(name: str) -> Composition:
    exec_ = {"kind": PYTHON, "code": name}
    return Composition("function", {"function": {"exec": exec_}}, builtin=name)


def _with_params(body: Composition) -> Composition:
    return _let({"params": None}, _finally(_builtin("save_params"), body))


def _after_params(*components: Composition) -> Composition:
    """Return a composition that runs components with the saved input."""
    # If the saved input has an ``error`` key, a ``sequence`` would end here, but ``finally``
    # continues.
    return _finally(_builtin("params"), _mask(*components))


def _when(arguments: _Arguments, _: _Components) -> Composition:
    choice = Composition(
        "if_nosave",
        {
            "test": _mask(arguments["test"]),
            "consequent": _after_params(arguments["consequent"]),
            "alternate": _after_params(arguments["alternate"]),
        },
    )
    return _with_params(choice)


def _saving_body(body: Composition) -> Composition:
    return _finally(_builtin("params"), _sequence(_mask(body), _builtin("save_params")))


def _loop(arguments: _Arguments, _: _Components) -> Composition:
    test, body = _mask(arguments["test"]), _saving_body(arguments["body"])
    again = Composition("while_nosave", {"test": test, "body": body})
    return _with_params(_sequence(again, _builtin("params")))


def _doloop(arguments: _Arguments, _: _Components) -> Composition:
    body, test = _saving_body(arguments["body"]), _mask(arguments["test"])
    again = Composition("dowhile_nosave", {"body": body, "test": test})
    return _with_params(_sequence(again, _builtin("params")))


def _repeat(arguments: _Arguments, components: _Components) -> Composition:
    body = _mask(*components)
    # ``_loop`` also masks the test. The mask hides the variable ``params`` that ``_loop`` adds, but
    # not ``count``.
    again = _loop({"test": _builtin("count_down"), "body": body}, ())
    return _let({"count": arguments["count"]}, again)


def _retry(arguments: _Arguments, components: _Components) -> Composition:
    # The test needs the original input and the result of each attempt, even if it is an error.
    attempt = _mask(_retain_catch({}, components))
    body = _finally(_builtin("take_params"), attempt)
    again = _doloop({"body": body, "test": _builtin("retry")}, ())
    return _let(
        {"count": arguments["count"]}, _builtin("wrap_params"), again, _builtin("take_result")
    )


def _retain(_: _Arguments, components: _Components) -> Composition:
    return _with_params(_sequence(_mask(*components), _builtin("retain_result")))


def _retain_catch(_: _Arguments, components: _Components) -> Composition:
    # ``finally`` also runs ``wrap_result`` after an error. The error is then inside ``result`` and
    # no longer ends the sequence.
    caught = _finally(_sequence(*components), _builtin("wrap_result"))
    return _sequence(_retain({}, (caught,)), _builtin("unwrap_result"))


def _merge(_: _Arguments, components: _Components) -> Composition:
    return _sequence(_retain({}, components), _builtin("merge"))


_DERIVED: Mapping[str, Callable[[_Arguments, _Components], Composition]] = MappingProxyType(
    {
        **dict.fromkeys(("empty", "seq"), lambda _, components: _sequence(*components)),
        "if": _when,
        "while": _loop,
        "dowhile": _doloop,
        "repeat": _repeat,
        "retry": _retry,
        "retain": _retain,
        "retain_catch": _retain_catch,
        **dict.fromkeys(
            ("value", "literal"),
            lambda arguments, _: _let({"value": arguments["value"]}, _builtin("value")),
        ),
        "merge": _merge,
        "par": lambda _, components: Composition("parallel", {}, components),
    }
)
