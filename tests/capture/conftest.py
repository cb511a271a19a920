from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.capture.helpers.notebook import Notebook


@pytest.fixture
def notebook() -> Iterator[Notebook]:
    notebook = Notebook()
    yield notebook
    notebook.forget_sources()
