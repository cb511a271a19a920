from __future__ import annotations

from collections.abc import Callable

import pytest

from jupyter_faas.client import Client, Target, Timeouts
from jupyter_faas.client.transport import Transport

UUID = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502"
SECRET = "s3cr3t" + "k" * 58


def target_at(url: str, **options: object) -> Target:
    fields: dict[str, object] = {
        "name": "lab",
        "label": "lab.example",
        "kind": "openwhisk",
        "apihost": url,
        "auth": f"{UUID}:{SECRET}",
    }
    return Target(**{**fields, **options})  # type: ignore[arg-type]  # the tests' own options


@pytest.fixture
def pauses() -> list[float]:
    """The pauses that were made between tries, in seconds."""
    return []


@pytest.fixture
def transport(pauses: list[float]) -> Callable[[str], Transport]:
    return lambda url: Transport(
        target_at(url),
        user_agent="jupyter_faas/test",
        timeouts=Timeouts(connect_s=2, read_s=10, pauses_s=(0.1, 0.5)),
        pause=pauses.append,
    )


@pytest.fixture
def client(pauses: list[float]) -> Callable[[str], Client]:
    return lambda url: Client(target_at(url), pause=pauses.append)
