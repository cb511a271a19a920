from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_faas.workspace.latest import latest
from jupyter_faas.workspace.views import ActivationSummary

ONE = ActivationSummary(
    "", "iris", "0.0.1", "python:3.11", 1, 2, 1, None, None, False, "success", True, 256, 100,
    None, None,
)  # fmt: skip


def runs(causes: str) -> list[ActivationSummary]:
    """One for each letter, which is its cause; ``-`` for none."""
    return [
        replace(ONE, id=str(index), cause=None if letter == "-" else letter)
        for index, letter in enumerate(causes)
    ]


@pytest.mark.parametrize(
    ("causes", "uncaused", "count"),
    [
        ("----", 0, 2),
        ("----", 2, 2),
        ("ss-s--", 2, 6),
        ("ssss", 1, 4),
        ("", 1, 0),
        ("s" * 20, 1, 10),
    ],
    ids=["as asked", "enough", "until enough", "no more there", "none", "at most five pages"],
)
def test_pages_until_enough_runs_have_no_cause(causes: str, uncaused: int, count: int) -> None:
    there = runs(causes)
    found = latest(lambda skip: there[skip : skip + 2], 2, uncaused)
    assert found == there[:count]


def test_run_that_moved_into_the_next_page_is_there_once() -> None:
    pages = {0: runs("ss"), 2: runs("ss-")[1:]}
    assert [one.id for one in latest(pages.__getitem__, 2, 1)] == ["0", "1", "2"]
