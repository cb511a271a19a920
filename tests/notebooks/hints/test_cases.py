"""Every hint that a notebook can meet, followed to the letter, ends in a deployed function."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.magics.helpers.kernels import notebook_kernel
from tests.notebooks.hints.case import HintCase, all_cases
from tests.notebooks.hints.study import HintStudy

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HintStudy]:
    """A kernel and its playground, shared by all cases."""
    folder = tmp_path_factory.mktemp("hints")
    with notebook_kernel(folder, PYTHONDONTWRITEBYTECODE="") as kernel:
        kernel.run("%load_ext jupyter_faas")
        yield HintStudy(kernel, folder)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_hint_followed_by_machine_is_deployed(case: HintCase, study: HintStudy) -> None:
    refusal = study.refusal(case)
    assert refusal.hint == case.hint, refusal.message
    study.compare(case, refusal)
