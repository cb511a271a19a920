"""Every public notebook: deployed as it is, its action answers as the notebook did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.magics.helpers.kernels import notebook_kernel
from tests.notebooks.public.case import public_case_paths, read_public_case
from tests.notebooks.public.study import CommandLine, SharedKernel
from tests.notebooks.public.table import (
    Outcome,
    command_line,
    expected,
    judge,
    without_rounding,
)
from tests.serialization.helpers.frameworks import TORCH, environment_with

CASES = {path.stem: read_public_case(path) for path in public_case_paths()}
QUICK = ("digits_pca_svc", "house_location_dummies", "iris_neighbours")


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """The command, with one data folder and playground for all."""
    with command_line(tmp_path_factory.mktemp("public")) as found:
        yield found


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedKernel]:
    """A kernel and its playground for all."""
    folder = tmp_path_factory.mktemp("shared")
    with notebook_kernel(folder) as kernel:
        yield SharedKernel(kernel, folder)


@pytest.fixture(scope="module")
def terminal_with_torch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """The command in the environment of torch."""
    python = environment_with("torch", *TORCH)
    with command_line(tmp_path_factory.mktemp("torch"), str(python)) as found:
        yield found


def _assert_as_expected(outcome: Outcome) -> None:
    answers = (outcome.second or outcome.first).answers
    assert answers is None or answers.count == 50
    wanted = expected()[outcome.name]
    assert without_rounding(outcome.line) == without_rounding(wanted), outcome.first.refusal


@pytest.mark.timeout(700)
@pytest.mark.parametrize("name", QUICK)
def test_case_from_a_terminal(name: str, terminal: CommandLine, tmp_path: Path) -> None:
    _assert_as_expected(judge(CASES[name], terminal, tmp_path))


@pytest.mark.heavy
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if not case.frameworks and name not in QUICK]
)
def test_case_in_a_kernel(name: str, lab: SharedKernel) -> None:
    _assert_as_expected(judge(CASES[name], lab, lab.root / "notebooks" / name))


@pytest.mark.heavy
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.frameworks])
def test_case_with_torch(name: str, terminal_with_torch: CommandLine, tmp_path: Path) -> None:
    _assert_as_expected(judge(CASES[name], terminal_with_torch, tmp_path))
