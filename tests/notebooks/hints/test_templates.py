"""No hint of the package is without a case, and each of them has been followed."""

from __future__ import annotations

import pytest

from tests.notebooks.hints.case import all_cases
from tests.notebooks.hints.exceptions import EXCEPTIONS
from tests.notebooks.hints.templates import HintTemplate, templates

HINTS = [case.hint for case in all_cases()]
BEGINNINGS = [one for some in EXCEPTIONS.values() for one in some]


@pytest.fixture(scope="module")
def missing() -> list[HintTemplate]:
    """The hints without a case, read here because every worker would read the package."""
    return [one for one in templates(["."]) if not any(one.pattern.search(hint) for hint in HINTS)]


def test_every_hint_has_a_case_or_a_reason(missing: list[HintTemplate]) -> None:
    unknown = [
        f"{one.place}: {one.text}"
        for one in missing
        if not any(one.text.startswith(beginning) for beginning in BEGINNINGS)
    ]
    assert unknown == []


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_an_exception_is_a_hint_without_a_case(beginning: str, missing: list[HintTemplate]) -> None:
    assert any(one.text.startswith(beginning) for one in missing)


def test_names_of_cases_are_unique() -> None:
    names = [case.name for case in all_cases()]
    assert len(set(names)) == len(names)
