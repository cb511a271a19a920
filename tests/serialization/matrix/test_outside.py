from __future__ import annotations

from types import ModuleType

import pytest

from tests.serialization.conftest import Convert
from tests.serialization.matrix.case import Case
from tests.serialization.matrix.judging import judge
from tests.serialization.matrix.outside import cases
from tests.serialization.matrix.table import expected


@pytest.mark.heavy
@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
@pytest.mark.filterwarnings("ignore")  # of models that fit badly on few rows
def test_case(case: Case, convert_model: Convert, action_models: ModuleType) -> None:
    outcome = judge(case, convert_model, action_models)
    assert outcome.line == expected()[case.name]
    assert outcome.different == {}
