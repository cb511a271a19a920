"""The map of the contract: every statement has its tests, and every test that it names is there.

``statements.txt`` explains its format. It is read here as text, the tests as syntax trees, so that
this needs neither the contract nor what the tests import.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TESTS = HERE.parent
NUMBER = re.compile(r"[1-9]\.\d\.[1-9]\d*")
PENDING = re.compile(r"TODO\([a-z]+\)")


@dataclass(frozen=True)
class Statement:
    """One line. ``tests`` are as they are written there."""

    place: str
    number: str
    text: str
    tests: tuple[str, ...]

    @property
    def order(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.number.split("."))


def parse(name: str, text: str) -> Iterator[Statement]:
    for count, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        place = f"{name}:{count}"
        fields = [field.strip() for field in line.split("|")]
        assert len(fields) == 3, f"{place}: this is not 'number | statement | tests'"
        number, statement, tests = fields
        assert NUMBER.fullmatch(number), f"{place}: '{number}' is not like 1.2.7"
        yield Statement(place, number, statement, tuple(tests.split()))


def read(name: str) -> list[Statement]:
    path = HERE / name
    return list(parse(name, path.read_text("utf-8"))) if path.exists() else []


def path_of(file: str) -> Path:
    """``http`` is tests/contract/test_http.py; ``playground/plan`` lies in tests/playground."""
    folder, _, name = file.rpartition("/")
    return TESTS / (folder or "contract") / f"test_{name}.py"


@cache
def functions(path: Path) -> frozenset[str]:
    """The test functions of a file, which need not exist; parametrized ones count as one."""
    if not path.is_file():
        return frozenset()
    return frozenset(
        node.name
        for node in ast.parse(path.read_bytes()).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.name.startswith("test_")
    )


# -- what can be wrong, one line for each case ---------------------------------------------------


def without_tests(statements: Iterable[Statement]) -> list[str]:
    return [f"{each.place}: '{each.text}' has no test" for each in statements if not each.tests]


def with_missing_tests(statements: Iterable[Statement]) -> list[str]:
    found = []
    for each in statements:
        for test in each.tests:
            file, _, function = test.partition("::")
            if function not in functions(path_of(file)):
                found.append(f"{each.place}: there is no test {test}")
    return found


def out_of_order(statements: list[Statement]) -> list[str]:
    return [
        f"{second.place}: {second.number} after {first.number}"
        for first, second in pairwise(statements)
        if second.order <= first.order
    ]


def said_twice(statements: Iterable[Statement]) -> list[str]:
    """Numbers, statements within a section, and tests within a statement."""
    known = list(statements)
    numbers = Counter(each.number for each in known)
    texts = Counter((each.number.rpartition(".")[0], each.text) for each in known)
    return [
        f"{each.place}: said twice"
        for each in known
        if numbers[each.number] > 1
        or texts[each.number.rpartition(".")[0], each.text] > 1
        or len(set(each.tests)) < len(each.tests)
    ]


def without_a_builder(pending: Iterable[Statement]) -> list[str]:
    return [
        f"{each.place}: not TODO(who builds it)"
        for each in pending
        if not each.tests or not all(map(PENDING.fullmatch, each.tests))
    ]


def nameless(statements: Iterable[Statement]) -> list[str]:
    """The tests of this folder that no statement names."""
    named = {test for statement in statements for test in statement.tests}
    written = [
        f"{path.stem.removeprefix('test_')}::{function}"
        for path in sorted(HERE.glob("test_*.py"))
        if path != Path(__file__)
        for function in sorted(functions(path))
    ]
    return [f"no statement names {each}" for each in written if each not in named]


# -- nothing is ----------------------------------------------------------------------------------


def none(found: list[str]) -> None:
    assert not found, "\n".join(["", *found])


def test_every_statement_has_a_test() -> None:
    none(without_tests(read("statements.txt")))


def test_every_test_that_is_named_exists() -> None:
    none(with_missing_tests(read("statements.txt")))


@pytest.mark.parametrize("name", ["statements.txt", "pending.txt"])
def test_numbers_are_in_order(name: str) -> None:
    none(out_of_order(read(name)))


def test_nothing_is_said_twice() -> None:
    none(said_twice([*read("statements.txt"), *read("pending.txt")]))


def test_pending_statements_say_who_builds_it() -> None:
    none(without_a_builder(read("pending.txt")))


def test_every_contract_test_is_named() -> None:
    none(nameless(read("statements.txt")))


# -- and it would be seen ------------------------------------------------------------------------

HERE_IS = "statements::test_every_statement_has_a_test"


@pytest.mark.parametrize(
    ("text", "check", "found"),
    [
        ("1.2.3 | a |", without_tests, ["x:1: 'a' has no test"]),
        (f"# a\n\n1.2.3 | a | {HERE_IS}", without_tests, []),
        (f"1.2.3 | a | {HERE_IS}", with_missing_tests, []),
        ("1.2.3 | a | statements::test_x", with_missing_tests, ["x:1: there is no test"]),
        ("1.2.3 | a | no/such::test_x", with_missing_tests, ["x:1: there is no test"]),
        ("1.2.3 | a | test_x", with_missing_tests, ["x:1: there is no test"]),
        ("1.2.3 | a | b\n1.2.10 | c | d\n1.3.1 | e | f", out_of_order, []),
        ("1.2.3 | a | b\n1.2.2 | c | d", out_of_order, ["x:2: 1.2.2 after 1.2.3"]),
        ("1.2.3 | a | b\n1.2.3 | c | d", out_of_order, ["x:2: 1.2.3 after 1.2.3"]),
        ("1.2.3 | a | b\n1.2.3 | c | d", said_twice, ["x:1", "x:2"]),
        ("1.2.3 | a | b\n1.2.4 | a | d", said_twice, ["x:1", "x:2"]),
        ("1.2.3 | a | b\n1.3.1 | a | b", said_twice, []),
        ("1.2.3 | a | b b", said_twice, ["x:1"]),
        ("1.2.3 | a |\n1.2.4 | b | x", without_a_builder, ["x:1", "x:2"]),
        ("1.2.3 | a | TODO(x)", without_a_builder, []),
    ],
)
def test_what_is_wrong_is_found(text: str, check: object, found: list[str]) -> None:
    assert callable(check)
    said = check(list(parse("x", text)))
    assert len(said) == len(found)
    assert all(line.startswith(begin) for line, begin in zip(said, found, strict=True))


@pytest.mark.parametrize("line", ["1.2 | a | b", "1.2.0 | a | b", "x | a | b", "1.2.3 | a", "a"])
def test_line_that_is_none(line: str) -> None:
    with pytest.raises(AssertionError, match=r"^x:1: "):
        list(parse("x", line))


def test_nameless_tests_are_found() -> None:
    assert "no statement names http::test_no_key" in nameless([])
