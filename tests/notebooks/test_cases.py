"""Each case: the package has the same answers as the notebook, or the expected error is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.magics.helpers.kernels import notebook_kernel
from tests.notebooks.case import as_toml, case_paths, read_case
from tests.notebooks.study import Study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """A kernel that packages and deploys nothing, shared by all cases."""
    folder = tmp_path_factory.mktemp("study")
    with notebook_kernel(folder, JUPYTER_FAAS_INERT="1") as kernel:
        kernel.run("%load_ext jupyter_faas")
        yield Study(kernel, folder)


@pytest.mark.parametrize("path", case_paths(), ids=lambda path: path.stem)
def test_case(path: Path, study: Study) -> None:
    case = read_case(path)
    outcome = study.outcome(case)
    assert outcome == case.expect, f"The outcome is:\n\n{as_toml(outcome)}"


def test_there_are_at_least_forty() -> None:
    assert len(case_paths()) >= 40
