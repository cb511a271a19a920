from __future__ import annotations

import pytest

from jupyter_faas.capture.data import DataObjects


@pytest.fixture
def objects() -> DataObjects:
    """What a capture has, in which every module but the notebook is installed."""
    return DataObjects(lambda module: module != "__main__")
