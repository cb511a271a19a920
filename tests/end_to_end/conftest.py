"""The whole road with real parts: a data folder of its own, a playground, the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.helpers.user import User


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[User]:
    user = User(tmp_path_factory.mktemp("road"))
    yield user
    user.faas("playground", "stop")
