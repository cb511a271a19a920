"""Each file of tests has a playground and a home of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.helpers.redis import Redis, redis_server
from tests.clients.helpers.target import Target, own_playground
from tests.clients.helpers.terminal import Terminal


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The playground that the clients of one file talk to."""
    with own_playground(tmp_path_factory.mktemp("playground")) as target:
        yield target


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clients' HOME."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def terminal(home: Path) -> Terminal:
    """A terminal in that home; files that need variables in it make their own."""
    return Terminal(home)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with redis_server(tmp_path_factory.mktemp("redis")) as redis:
        yield redis
