"""Every case of the matrix ends as the committed table says."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.serialization.conftest import Convert
from tests.serialization.matrix import refused
from tests.serialization.matrix.case import Case
from tests.serialization.matrix.judging import judge
from tests.serialization.matrix.table import MODULES, expected


def cases() -> Iterator[object]:
    """Every case; those that convert models and compare them on many rows take minutes together."""
    for module in MODULES:
        marks = [] if module is refused else [pytest.mark.heavy]
        kind = module.__name__.rpartition(".")[2]
        for case in module.cases():
            yield pytest.param(case, id=f"{kind}: {case.name}", marks=marks)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", list(cases()))
@pytest.mark.filterwarnings("ignore")  # of models that fit badly on few rows
def test_case(case: Case, convert_model: Convert, action_models: ModuleType) -> None:
    outcome = judge(case, convert_model, action_models)
    assert outcome.line == expected()[case.name]
    assert outcome.different == {}
