"""Every hint that a notebook can meet, followed to the letter, ends in a deployed function."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.notebooks.hints.case import HintCase, all_cases
from tests.notebooks.hints.study import HintStudies

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HintStudies]:
    """The kernels and their playgrounds, shared by all cases."""
    with HintStudies.open(tmp_path_factory.mktemp("hints")) as studies:
        yield studies


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_hint_followed_by_machine_is_deployed(case: HintCase, studies: HintStudies) -> None:
    study = studies.of(case)
    refusal = study.refusal(case)
    assert case.is_hint(refusal.hint), f"{refusal.message}\n\n{refusal.hint}"
    study.compare(case, refusal)
