"""The map of the contract: every statement has its tests, and every test that it names is there.

``statements.txt`` explains its format. It is read here as text, the tests as syntax trees, so that
this needs neither the contract nor what the tests import.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
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


def read(name: str) -> list[Statement]:
    return list(_statements(name))


def _statements(name: str) -> Iterator[Statement]:
    for count, line in enumerate((HERE / name).read_text("utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split(" | ")]
        assert len(fields) in (2, 3), f"{name}:{count}: not 'number | statement | tests'"
        number, text, *tests = fields
        assert NUMBER.fullmatch(number), f"{name}:{count}: '{number}' is not like 1.2.7"
        yield Statement(
            f"{name}:{count}", number, text.rstrip("| "), tuple(" ".join(tests).split())
        )


def path_of(file: str) -> Path:
    """``http`` is tests/contract/test_http.py; ``playground/plan`` lies in tests/playground."""
    folder, _, name = file.rpartition("/")
    return TESTS / (folder or "contract") / f"test_{name}.py"


def functions(path: Path) -> set[str]:
    """The test functions of a file; parametrized ones count as one."""
    return {
        node.name
        for node in ast.parse(path.read_bytes()).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.name.startswith("test_")
    }


def none(found: list[str]) -> None:
    """One line each, all of them, where there should be nothing."""
    assert not found, "\n".join(["", *found])


@pytest.fixture(scope="module")
def statements() -> list[Statement]:
    return read("statements.txt")


@pytest.fixture(scope="module")
def pending() -> list[Statement]:
    return read("pending.txt") if (HERE / "pending.txt").exists() else []


def test_every_statement_has_a_test(statements: list[Statement]) -> None:
    none([f"{each.place}: {each.text}" for each in statements if not each.tests])


def test_every_statement_says_something(
    statements: list[Statement], pending: list[Statement]
) -> None:
    texts = Counter(f"{each.number[:3]} {each.text}" for each in statements + pending)
    none([text for text, count in texts.items() if count > 1 or len(text) < 8])


def test_every_test_that_is_named_exists(statements: list[Statement]) -> None:
    known: dict[Path, set[str]] = {}
    missing = []
    for statement in statements:
        for test in statement.tests:
            file, _, function = test.partition("::")
            path = path_of(file)
            if path not in known:
                known[path] = functions(path) if path.is_file() else set()
            if function not in known[path]:
                missing.append(f"{statement.place}: {test}")
    none(missing)


def test_no_test_is_named_twice_for_a_statement(statements: list[Statement]) -> None:
    none([each.place for each in statements if len(set(each.tests)) < len(each.tests)])


@pytest.mark.parametrize("name", ["statements.txt", "pending.txt"])
def test_numbers_are_in_order(name: str) -> None:
    numbers = [each.order for each in read(name)] if (HERE / name).exists() else []
    assert numbers == sorted(numbers)


def test_numbers_are_used_once(statements: list[Statement], pending: list[Statement]) -> None:
    numbers = Counter(each.number for each in statements + pending)
    none([number for number, count in numbers.items() if count > 1])


def test_pending_statements_say_who_builds_it(pending: list[Statement]) -> None:
    none(
        [
            f"{each.place}: {each.text}"
            for each in pending
            if not each.tests or not all(map(PENDING.fullmatch, each.tests))
        ]
    )


def test_every_contract_test_is_named(statements: list[Statement]) -> None:
    named = {test for statement in statements for test in statement.tests}
    written = [
        f"{path.stem.removeprefix('test_')}::{function}"
        for path in sorted(HERE.glob("test_*.py"))
        if path != Path(__file__)
        for function in sorted(functions(path))
    ]
    none([each for each in written if each not in named])
