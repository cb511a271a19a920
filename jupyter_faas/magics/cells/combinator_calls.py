"""Explain wrong arguments of a combinator: Python's own error does not say what to write.

``composition_packaging.py`` uses this in a single place, but its errors are a subject of their own.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_faas.errors import InputError
from jupyter_faas.magics.cells.composition_namespace import NAMES

# Python's messages start with the function: "when() missing 1 required positional argument: …".
_CALL_ERROR = re.compile(r"(?P<name>\w+)\(\) (?P<problem>.+)")
_NAMES = re.compile(r"'(\w+)'")
_MOST = re.compile(r"takes (?:from \d+ to )?(\d+) positional")
# What to write for a missing argument. Other arguments are tasks.
_EXAMPLES = {
    "count": "1",
    "declarations": "{}",
    "name": '"NAME"',
    "test": '{"value": False}',
    "value": "None",
}
_TASK = "lambda p: p"


@contextmanager
def explain_combinator_errors() -> Iterator[None]:
    """Turn Python's TypeError about a combinator's arguments into an InputError."""
    from jupyter_faas import composer

    try:
        yield
    except TypeError as error:
        called = _CALL_ERROR.match(str(error))
        combinator = getattr(composer, called["name"], None) if called else None
        if called is None or called["name"] not in NAMES or combinator is None:
            raise
        parameters = list(inspect.signature(combinator).parameters.values())
        raise InputError(
            f"{error}.", hint=_hint(called["name"], called["problem"], parameters)
        ) from error


def _hint(word: str, problem: str, parameters: list[inspect.Parameter]) -> str:
    call = f"{word}{_signature(parameters)}"
    named = _NAMES.findall(problem)
    if problem.startswith("missing"):
        written = ", ".join(f"{name}={_EXAMPLES.get(name, _TASK)}" for name in named)
        return f"Add {written} to {word}(…). Usage: {call}."
    if "unexpected keyword" in problem:
        known = [one.name for one in parameters if one.kind is not one.VAR_POSITIONAL]
        close = difflib.get_close_matches(named[0], known, 1)
        if close:
            return f"Write {close[0]}= instead of {named[0]}=. Usage: {call}."
        return f"Leave {named[0]}= out. Usage: {call}."
    most = _MOST.search(problem)
    if most is None:
        # An argument is given by its position and by its name.
        return f"Leave {''.join(named)}= out. Usage: {call}."
    last = parameters[int(most[1]) - 1].name if int(most[1]) else ""
    if last and last not in _EXAMPLES and last != "function":
        return (
            f"Combine argument {most[1]} and the following arguments in one sequence(…). Usage: "
            f"{call}."
        )
    return f"Leave the arguments after number {most[1]} out. Usage: {call}."


def _signature(parameters: list[inspect.Parameter]) -> inspect.Signature:
    """Return the signature without type hints, such as ``(test, consequent, alternate=None)``."""
    bare: list[Any] = [one.replace(annotation=one.empty) for one in parameters]
    return inspect.Signature(bare)
