"""Contract §3.3, §5.4: what a Node.js action gives, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.helpers.api import Api
from tests.contract.helpers.node import NodeAction, error, result


@pytest.fixture
def run(api: Api, name: str) -> NodeAction:
    return NodeAction(api, name)


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ("undefined", {}),
        ("Promise.resolve()", {}),
        ("[1, 'two', null]", [1, "two", None]),
        ("({ a: NaN, b: Infinity, c: undefined, d: new Date(0) })", None),
        ("({ then: resolve => resolve({ ok: 1 }) })", {"ok": 1}),
        ("({ text: 'a\\nb \\u2028 é' })", {"text": "a\nb \u2028 é"}),
    ],
)
def test_result(run: NodeAction, returned: str, expected: Any) -> None:
    if expected is None:
        expected = {"a": None, "b": None, "d": "1970-01-01T00:00:00.000Z"}
    assert result(run(f"const main = () => {returned}")) == expected


@pytest.mark.parametrize("returned", ["3", "'text'", "true", "Promise.resolve('text')", "main"])
def test_result_that_is_no_dictionary(run: NodeAction, returned: str) -> None:
    assert error(run(f"const main = () => {returned}")) == "The action did not return a dictionary."


def test_result_that_is_null(run: NodeAction) -> None:
    assert error(run("const main = () => null")) == (
        "The action did not produce a valid JSON or JSON Array response: null"
    )


def test_result_that_contains_itself(run: NodeAction) -> None:
    record = run("function main(args) { args.self = args; return args }")
    assert error(record) == "Internal error."


def test_result_that_is_too_long(run: NodeAction) -> None:
    record = run("const main = () => ({ a: 'x'.repeat(2000000) })")
    assert error(record, "application error").startswith(
        "The action produced a response that exceeded the allowed length: 2000008 > 1048576 bytes."
    )


def test_error_key(run: NodeAction) -> None:
    record = run("const main = () => ({ error: { code: 7 }, beside: 1 })")
    assert error(record, "application error") == {"code": 7}


def test_rejection_with_an_error(run: NodeAction) -> None:
    record = run("const main = () => Promise.reject(Object.assign(new TypeError('no'), { n: 1 }))")
    said = error(record, "application error")
    assert said.pop("stack").startswith("TypeError: no\n")
    assert said == {"name": "TypeError", "message": "no", "n": 1}


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("", {}), ("'text'", "text"), ("{ a: 1 }", {"a": 1}), ("[1]", [1]), ("7", 7)],
)
def test_rejection_with_anything(run: NodeAction, reason: str, expected: Any) -> None:
    record = run(f"const main = () => Promise.reject({reason})")
    assert error(record, "application error") == expected


def test_throw_in_an_async_function_is_a_rejection(run: NodeAction) -> None:
    record = run("async function main() { throw new Error('late') }")
    assert error(record, "application error")["message"] == "late"


def test_throw(run: NodeAction) -> None:
    record = run("function main() { throw new Error('at once') }")
    assert error(record) == "An error has occurred: Error: at once"
    assert any("stderr: Error: at once" in line for line in record["logs"])
