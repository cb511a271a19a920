"""Every public notebook: deployed as it is, its action answers as the notebook did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.notebooks.public.case import public_case_paths, read_public_case
from tests.notebooks.public.table import Outcome, expected, judge, playground, without_rounding
from tests.serialization.helpers.frameworks import TORCH, environment_with

CASES = {path.stem: read_public_case(path) for path in public_case_paths()}
QUICK = ("digits_pca_svc", "house_location_dummies", "iris_neighbours")


@pytest.fixture(scope="module")
def faas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """One data folder and playground for all."""
    with playground(tmp_path_factory.mktemp("public")) as found:
        yield found


@pytest.fixture(scope="module")
def faas_with_torch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The same in the environment of torch."""
    python = environment_with("torch", *TORCH)
    with playground(tmp_path_factory.mktemp("torch"), str(python)) as found:
        yield found


def _assert_as_expected(outcome: Outcome) -> None:
    answers = (outcome.second or outcome.first).answers
    assert answers is None or answers.count == 50
    wanted = expected()[outcome.name]
    assert without_rounding(outcome.line) == without_rounding(wanted), outcome.first.refusal


@pytest.mark.timeout(700)
@pytest.mark.parametrize("name", QUICK)
def test_quick_case(name: str, faas: Program, tmp_path: Path) -> None:
    _assert_as_expected(judge(CASES[name], faas, tmp_path))


@pytest.mark.heavy
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if not case.frameworks and name not in QUICK]
)
def test_case(name: str, faas: Program, tmp_path: Path) -> None:
    _assert_as_expected(judge(CASES[name], faas, tmp_path))


@pytest.mark.heavy
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.frameworks])
def test_case_with_torch(name: str, faas_with_torch: Program, tmp_path: Path) -> None:
    _assert_as_expected(judge(CASES[name], faas_with_torch, tmp_path))
