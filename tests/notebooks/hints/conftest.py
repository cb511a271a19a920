"""The kernels of the hints, and the time that a case may take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebooks.hints.study import HintStudies

_DEADLINE_S = 1200.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents and "studies" in getattr(
            item, "fixturenames", ()
        ):
            item.add_marker(pytest.mark.timeout(_DEADLINE_S))


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HintStudies]:
    """The kernels and their playgrounds, shared by the cases of a file."""
    with HintStudies.open(tmp_path_factory.mktemp("hints")) as studies:
        yield studies
