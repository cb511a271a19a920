"""The text of one function, exactly."""

from __future__ import annotations

import functools
import subprocess
import sys
from typing import Any
from unittest import mock

import pytest

from jupyter_faas.composer import function_source
from jupyter_faas.composer.function_source import TextMissing, function_text
from tests.composer.helpers.cells import run_cell

# What a cell says, and the text of each function in the list ``found``, in order.
CASES: dict[str, tuple[str, list[str]]] = {
    "alone": ("found = [lambda p: p['n'] + 1]", ["lambda p: p['n'] + 1"]),
    "two_on_a_line": (
        "found = [lambda p: p['a'], lambda p: p['b']]",
        ["lambda p: p['a']", "lambda p: p['b']"],
    ),
    "constants": ("found = [lambda: 1, lambda: 2, lambda: None]", ["lambda: 1", "lambda: 2"]),
    "same_code": ("found = [lambda p: p, lambda q: q]", ["lambda p: p", "lambda q: q"]),
    "inner_and_outer": (
        "outer = lambda: (lambda p: p['x'])\nfound = [outer, outer()]",
        ["lambda: (lambda p: p['x'])", "lambda p: p['x']"],
    ),
    "inner_of_two_alike": (
        "a, b = (lambda: lambda p: p), (lambda: lambda p: -p)\nfound = [b, b(), a()]",
        ["lambda: lambda p: -p", "lambda p: -p", "lambda p: p"],
    ),
    "over_lines": (
        "found = [\n    lambda p: (\n        p['n']  # why\n    ), lambda p: 3\n]",
        ["lambda p: (\n        p['n']  # why\n    )", "lambda p: 3"],
    ),
    "beside_letters_of_more_bytes": (
        "found = ['žluťoučký', lambda p: 'kůň', lambda p: 'ěščř'][1:]",
        ["lambda p: 'kůň'", "lambda p: 'ěščř'"],
    ),
    "in_defaults": (
        "found = [lambda p=(lambda: 1): p, (lambda: 2)]",
        ["lambda p=(lambda: 1): p", "lambda: 2"],
    ),
    "in_a_comprehension": ("found = [f for f in [lambda p: {k: 1 for k in p}, lambda p: p]]",
        ["lambda p: {k: 1 for k in p}", "lambda p: p"]),
    "definition": (
        "x = 1\ndef double(p):\n    '''Twice.'''\n    return {'n': p['n'] * 2}\n\nfound = [double]",
        ["def double(p):\n    '''Twice.'''\n    return {'n': p['n'] * 2}"],
    ),
    "indented_definition": (
        'if 1:\n    def f(p):\n        text = """a\n  b"""\n\n        return p\n    found = [f]',
        ['def f(p):\n    text = """a\n  b"""\n\n    return p'],
    ),
    "after_a_semicolon": ("x = 1\nif x: y = 2\ndef f(p): return p\nfound = [f]",
        ["def f(p): return p"]),
}  # fmt: skip


@pytest.mark.parametrize(("cell", "expected"), CASES.values(), ids=list(CASES))
def test_text_is_exact(cell: str, expected: list[str]) -> None:
    found = run_cell(cell)["found"]
    assert [function_text(function) for function in found[: len(expected)]] == expected


def test_text_is_exact_without_positions() -> None:
    """As on Python 3.10, where instructions do not say which columns they come from.

    Lambdas that do the very same are told apart by nothing then.
    """
    cases = {name: case for name, case in CASES.items() if name != "same_code"}
    program = (
        "from jupyter_faas.composer.function_source import function_text\n"
        "from tests.composer.helpers.cells import run_cell\n"
        f"for name, (cell, expected) in {cases!r}.items():\n"
        "    found = run_cell(cell)['found'][:len(expected)]\n"
        "    assert [function_text(one) for one in found] == expected, name\n"
        "print('all')\n"
    )
    words = [sys.executable, "-X", "no_debug_ranges", "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("all\n", "")


def _logged(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(p: Any) -> Any:
        return function(p)

    return wrapper


def test_decorated_function_has_its_decorators() -> None:
    space = run_cell("@logged\ndef f(p):\n    return p\n", {"logged": _logged})
    assert function_text(space["f"]) == "@logged\ndef f(p):\n    return p"


def test_same_name_twice_is_told_apart_by_line() -> None:
    cell = "def f(p):\n    return 1\nfirst = f\ndef f(p):\n    return 2\n"
    space = run_cell(cell)
    assert function_text(space["first"]) == "def f(p):\n    return 1"
    assert function_text(space["f"]) == "def f(p):\n    return 2"


def test_text_that_is_not_kept_is_missing() -> None:
    space = run_cell("f = lambda p: p", kept=False)
    with pytest.raises(TextMissing):
        function_text(space["f"])


def test_text_of_another_cell_is_not_taken() -> None:
    space = run_cell("f = lambda p: p")
    moved = space["f"].__code__.replace(co_firstlineno=7)
    space["f"].__code__ = moved
    with pytest.raises(TextMissing):
        function_text(space["f"])


def test_cell_of_many_functions_is_parsed_once() -> None:
    cell = "found = [\n" + "".join(f"    lambda p: {number},\n" for number in range(50)) + "]"
    functions = run_cell(cell, {})["found"]
    with mock.patch.object(function_source, "parsed", wraps=function_source.parsed) as parsed:
        assert [function_text(each) for each in functions] == [f"lambda p: {n}" for n in range(50)]
    assert parsed.call_count == 1
