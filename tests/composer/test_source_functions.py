"""Python functions of compositions from JSON, of which only the source is known."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.composer import Composition, inline_functions, parse, with_live_functions
from jupyter_faas.errors import CompositionError


def tree(*codes: str, kind: str = "python:3") -> Composition:
    functions = [
        {"type": "function", "function": {"exec": {"kind": kind, "code": code}}} for code in codes
    ]
    return parse({"type": "sequence", "components": functions})


@pytest.mark.parametrize(
    "code",
    [
        "lambda p: {'n': p['n'] + STEP}",
        "def add(p):\n    return {'n': p['n'] + STEP}",
        "import math\n\ndef add(p):\n    'Add.'\n    return {'n': math.floor(p['n']) + STEP}",
        "def main(p):\n    return {'n': plus(p['n'])}\n\ndef plus(n):\n    return n + STEP",
    ],
    ids=["a lambda", "a def", "with an import", "main with a helper"],
)
def test_functions_run_with_the_names_of_the_namespace(code: str) -> None:
    namespace: dict[str, Any] = {"STEP": 3}
    node = with_live_functions(tree(code), namespace)
    ((_, function),) = inline_functions(node)
    assert function({"n": 2}) == {"n": 5}
    assert namespace.keys() <= {"STEP", "__builtins__"}


def test_graph_is_unchanged() -> None:
    node = tree("lambda p: p")
    assert with_live_functions(node, {}).to_json() == node.to_json()


def test_composition_without_such_functions_is_the_same() -> None:
    node = tree("p => p", kind="nodejs:20")
    assert with_live_functions(node, {}) is node


@pytest.mark.parametrize(
    ("code", "says", "hint"),
    [
        (
            "p => p",
            "line 1 of its code is not valid Python: invalid syntax",
            "such as 'lambda p: p'",
        ),
        ("x = 5", "does not define a function", "such as 'lambda p: p'"),
        ("5", "does not define a function", "Write 'lambda p: 5' instead of '5'"),
        ("lambda a, b: a", "has 2 parameters", "whole dictionary"),
    ],
    ids=["JavaScript", "a statement", "a value", "two parameters"],
)
def test_other_code_is_refused_with_its_place(code: str, says: str, hint: str) -> None:
    with pytest.raises(CompositionError, match=rf"^root\[1\].*{says}") as no:
        with_live_functions(tree("lambda p: p", code), {})
    assert hint in no.value.hint
