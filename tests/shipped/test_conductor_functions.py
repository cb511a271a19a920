"""Functions written inline: how the conductor calls them, and what it makes of their results."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shipped.helpers.conductor import function, let, within
from tests.shipped.test_conductor import play

PLACE = "at AST node root[1]"


def result(code: str, params: dict[str, Any] | None = None) -> Any:
    return play([function("f", "[1]")], params or {}, code)


@pytest.mark.parametrize(
    ("code", "params", "expected"),
    [
        ("f = lambda params: {'n': params['n'] * 2}", {"n": 2}, {"n": 4}),
        ("f = lambda: {'n': 1}", {"n": 2}, {"n": 1}),
        ("def f(anything):\n    anything['n'] += 1\n", {"n": 2, "m": 1}, {"n": 3, "m": 1}),
        ("f = lambda p: None", {"n": 2}, {"n": 2}),
        ("f = lambda p: p['n'] + 1", {"n": 2}, {"value": 3}),
        ("f = lambda p: [p]", {"n": 2}, {"value": [{"n": 2}]}),
        ("f = lambda: (1, (2,))", {}, {"value": [1, [2]]}),
        ("f = lambda: False", {}, {"value": False}),
        ("async def f(p):\n    return {'n': p['n'] + 1}\n", {"n": 2}, {"n": 3}),
        ("f = sorted", {"b": 1, "a": 2}, {"value": ["a", "b"]}),
        ("def f(*args):\n    return {'args': len(args)}\n", {}, {"args": 1}),
        (
            "import functools\n"
            "def g():\n    return {'n': 1}\n"
            "@functools.wraps(g)\ndef f(*args):\n    return g(*args)\n",
            {},
            {"n": 1},
        ),
    ],
)
def test_result(code: str, params: dict[str, Any], expected: dict[str, Any]) -> None:
    assert result(code, params) == {"params": expected}


def test_error_of_a_function_is_an_error() -> None:
    assert result("f = lambda: {'error': 'mine', 'beside': 1}") == {"error": "mine"}


def test_function_of_a_function_is_an_error() -> None:
    message = f"Function combinator evaluated to a function type {PLACE}"
    assert result("f = lambda: print") == {"error": message}


def test_exception_is_an_error_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    code = "def helper(p):\n    raise KeyError('missing')\nf = lambda p: helper(p)\n"
    message = f"Function combinator threw an exception {PLACE} (see log for details)"
    assert result(code) == {"error": message}
    log = capsys.readouterr().err
    assert log.startswith('Traceback (most recent call last):\n  File "captured.py", line 3, in ')
    assert log.endswith("KeyError: 'missing'\n")
    assert "conductor_" not in log


def test_prints_go_to_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    result("f = lambda p: print('n is', p['n'])", {"n": 2})
    assert "n is 2\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("f = lambda: {1, 2}", "a set, which JSON does not support: write sorted(…)"),
        (
            "f = lambda: {'a': [b'']}",
            "a bytes as result['a'][0], which JSON does not support",
        ),
        ("f = lambda: float('nan')", "NaN, which JSON does not support: pass None"),
        (
            "f = lambda: {'a': -1e999}",
            "infinity as result['a'], which JSON does not support",
        ),
        (
            "f = lambda: {(1, 2): 3}",
            "a tuple as a key of result, which JSON does not support",
        ),
        ("f = lambda: {'a': '\\ud800'}", "half of a surrogate pair as result['a'], which JSON"),
        (
            "f = lambda: object()",
            "an object, which JSON does not support: pass numbers",
        ),
        (
            "f = lambda: (x for x in 'ab')",
            "a generator, which JSON does not support: write list",
        ),
        (
            "def f():\n    yield 1\n",
            "a generator, which JSON does not support: write list(…)",
        ),
        ("async def f():\n    yield 1\n", "an async_generator, which JSON does not support"),
        (
            "a = []\na.append(a)\nf = lambda: a",
            "a value that is nested too deeply or contains itself",
        ),
        (
            "import pandas\nf = lambda: pandas.DataFrame({'a': [1]})",
            'a DataFrame, which JSON does not support: write .to_dict("records")',
        ),
        (
            "import numpy\nf = lambda: {'best': numpy.arange(3).max()}",
            "an int64 as result['best'], which JSON does not support: write .item()",
        ),
        (
            "import numpy\nf = lambda: numpy.arange(3)",
            "a ndarray, which JSON does not support: write .tolist()",
        ),
    ],
)
def test_what_json_does_not_have_is_an_error(code: str, words: str) -> None:
    error = result(code)["error"]
    assert error.startswith(f"Function combinator {PLACE} returned ")
    assert words in error


def test_variable_that_json_does_not_have_is_an_error() -> None:
    states = let("", {"seen": []}, function("f", "[0]"))
    code = "def f(p):\n    global seen\n    seen = {'a': {1}}\n"
    assert play(states, {}, code) == {
        "error": "Function combinator at AST node root[0] set seen['a'] to a set, which JSON does "
        "not support: write sorted(…) or list(…)"
    }


def test_result_shares_nothing_with_what_the_function_keeps() -> None:
    states = within("", function("first", "[0]"), function("second", "[1]"))
    code = (
        "kept = {'n': [1]}\n"
        "first = lambda: kept\n"
        "second = lambda p: p['n'].append(2) or {**p, 'kept': kept['n']}\n"
    )
    assert play(states, {}, code) == {"params": {"n": [1, 2], "kept": [1]}}


def test_code_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    state = function("f", "[1]")
    del state["call"]
    state["exec"] = {"kind": "nodejs:default", "code": "() => 1"}
    message = f"Function combinator threw an exception {PLACE} (see log for details)"
    assert play([state], {}) == {"error": message}
    logged = capsys.readouterr().err
    assert "does not contain the nodejs:default function at AST node root" in logged
