"""Evaluate ``--sample``, ``--test`` and ``--expect``, whose values are expressions or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError

if TYPE_CHECKING:
    from jupyter_faas.workspace.options import FunctionOptions
    from jupyter_faas.workspace.request import FunctionTest

_TEST_HINT = (
    "Leave this --test out, or pass a JSON object in single quotes or a dictionary: "
    """--test '{"n": 4}', --test "dict(n=4)"."""
)
_HINTS = {
    "--sample": "Leave --sample out, or pass rows for the model or inputs for the function, as a "
    "variable or an expression.",
    "--test": _TEST_HINT,
    "--expect": "Leave --expect out, or pass the expected result, as JSON or an expression: "
    """--expect '{"n": 4}', --expect 0.5, --expect "dict(n=4)".""",
}


def check_expressions(options: FunctionOptions) -> None:
    """Raise InputError if an expression of ``options`` has a syntax error, before the cell runs."""
    if options.sample_expression is not None:
        _check(
            "--sample",
            options.sample_expression,
            f'{_HINTS["--sample"]} An expression with spaces needs quotes: --sample "X + 1".',
        )
    for test, expect in options.test_expressions:
        for option, words in (("--test", test), ("--expect", expect)):
            if words is not None and not _is_json(words):
                _check(option, words, _HINTS[option])


def sample_of(shell: Any, expression: str | None) -> Any:
    """Return the rows of ``--sample``, or None without one.

    Raises InputError if the expression fails.
    """
    return None if expression is None else _evaluated(shell, "--sample", expression)


def test_of(shell: Any, words: str, expect: str | None) -> FunctionTest:
    """Return a test and its expected answer.

    A result that is not a dictionary is boxed, as the action answers it. Raises InputError if
    either expression fails, or if the input is not a dictionary.
    """
    from jupyter_faas.workspace.request import FunctionTest

    wanted = None if expect is None else _answer(shell, expect)
    return FunctionTest(_dictionary(shell, "--test", words), wanted)


def _answer(shell: Any, words: str) -> Mapping[str, Any]:
    value = json.loads(words) if _is_json(words) else _evaluated(shell, "--expect", words)
    return value if isinstance(value, Mapping) else {"value": value}


def _dictionary(shell: Any, option: str, words: str) -> Mapping[str, Any]:
    value = json.loads(words) if _is_json(words) else _evaluated(shell, option, words)
    if not isinstance(value, Mapping):
        series = (
            (" For a row of a data frame: df.iloc[0].to_dict().")
            if hasattr(value, "to_dict")
            else ""
        )
        raise InputError(
            f"{option} {words} has the type {type(value).__name__}, but must be a dictionary.",
            hint=f"{_HINTS[option]}{series}",
        )
    return value


def _evaluated(shell: Any, option: str, expression: str) -> Any:
    try:
        return eval(  # noqa: S307 the user's own expression, in the user's own notebook
            expression, shell.user_global_ns, shell.user_ns
        )
    except Exception as error:
        # The user's expression may raise any exception.
        from jupyter_faas.workspace.local.undefined import DEFINE_IT, undefined_name

        # After a restart of the kernel, the cells above have often not run yet.
        name = undefined_name(error, shell.user_global_ns)
        if name is not None:
            raise InputError(
                f"{name} is not defined in the notebook, but {option} {expression} uses it.",
                hint=DEFINE_IT,
            ) from error
        raise InputError(
            f"{option} {expression}: {type(error).__name__}: {error}", hint=_HINTS[option]
        ) from error


def _check(option: str, expression: str, hint: str) -> None:
    try:
        compile(expression, option, "eval")
    except SyntaxError as error:
        raise InputError(f"{option} {expression}: {error.msg}.", hint=hint) from error


def _is_json(words: str) -> bool:
    try:
        json.loads(words)
    except (ValueError, RecursionError):
        return False
    return True
