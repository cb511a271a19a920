"""One playground without telemetry, and one with a collector."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.telemetry.helpers.collector import Collector, collector
from tests.telemetry.helpers.playgrounds import Served, Traced, served


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("plain")
    with served(folder) as found:
        yield found


@pytest.fixture(scope="session")
def received() -> Iterator[Collector]:
    with collector() as found:
        yield found


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory, received: Collector) -> Iterator[Traced]:
    folder: Path = tmp_path_factory.mktemp("traced")
    with served(folder, received.environ) as found:
        yield Traced(found, received)
