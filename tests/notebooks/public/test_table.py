from __future__ import annotations

import pytest

from tests.notebooks.public.case import public_case_paths, read_public_case
from tests.notebooks.public.table import AS_WRITTEN, WRONG, expected, kind, without_rounding


def test_names_every_case_once() -> None:
    assert list(expected()) == [path.stem for path in public_case_paths()]


def test_there_are_at_least_sixty() -> None:
    assert len(public_case_paths()) >= 60


def test_nine_of_ten_deploy_as_written() -> None:
    kinds = [kind(line) for line in expected().values()]
    assert kinds.count(AS_WRITTEN) / len(kinds) >= 0.9


def test_no_answer_is_wrong() -> None:
    assert [name for name, line in expected().items() if kind(line) == WRONG] == []


def test_each_case_is_as_long_as_a_tutorial() -> None:
    for path in public_case_paths():
        lines = "\n".join(read_public_case(path).cells).splitlines()
        assert 10 <= sum(bool(line.strip()) for line in lines) <= 50, path.stem


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("as written | onnx double | within 1e-09", "as written | onnx double | right"),
        ("as written | skops | same", "as written | skops | right"),
        ("as written | skops | within 1e-12", "as written | skops | right"),
        ("as written | skops | within 1e-09", "as written | skops | within 1e-09"),
        ("as written | skops | 1 of 50 WRONG", "as written | skops | 1 of 50 WRONG"),
        ("refused: no", "refused: no"),
    ],
)
def test_last_digits_depend_on_the_processor(line: str, shown: str) -> None:
    assert without_rounding(line) == shown
