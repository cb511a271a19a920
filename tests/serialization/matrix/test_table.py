from __future__ import annotations

from tests.serialization.matrix.table import all_cases, expected


def test_names_every_case_once() -> None:
    names = [case.name for case in all_cases()]
    assert len(names) == len(set(names))
    assert list(expected()) == names


def test_has_the_cases_that_it_should() -> None:
    assert len(expected()) >= 120
