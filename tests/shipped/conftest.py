from __future__ import annotations

import linecache
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def forget_cells() -> Iterator[None]:
    """The cells of the notebooks that packages are made from must not reach other tests."""
    before = set(linecache.cache)
    yield
    for name in set(linecache.cache) - before:
        if name.startswith("<cell "):
            linecache.cache.pop(name)
