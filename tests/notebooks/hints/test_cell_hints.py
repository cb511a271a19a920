"""Every hint about cells, lines and options leads to a deployed function."""

from __future__ import annotations

import pytest

from tests.notebooks.hints.case import HintCase, cases_of
from tests.notebooks.hints.study import HintStudies

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize("case", cases_of("cells"), ids=lambda case: case.name)
def test_hint_followed_by_machine_is_deployed(case: HintCase, studies: HintStudies) -> None:
    studies.follow(case)
