from __future__ import annotations

import linecache
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.shipped.helpers.branching import Play, player
from tests.shipped.helpers.busy_host import BusyHost, busy_host
from tests.shipped.helpers.conductor import load_conductor


@pytest.fixture(autouse=True)
def forget_cells() -> Iterator[None]:
    """The cells of the notebooks that packages are made from must not reach other tests."""
    before = set(linecache.cache)
    yield
    for name in set(linecache.cache) - before:
        if name.startswith("<cell "):
            linecache.cache.pop(name)


@pytest.fixture(autouse=True)
def keep_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is loaded in this process becomes its main module, as in an action."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def conductor() -> Any:
    """Its constants may be changed: each test has a module of its own."""
    return load_conductor()


@pytest.fixture
def play(conductor: Any, monkeypatch: pytest.MonkeyPatch) -> Play:
    return player(conductor, monkeypatch)


@pytest.fixture
def host() -> Iterator[BusyHost]:
    """Its branches take ten times the value that they get."""
    with busy_host(BusyHost(work=lambda given: {"n": given["value"] * 10})) as host:
        yield host
