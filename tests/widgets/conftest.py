"""The payloads that both halves of the product are tested against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.magics.conftest import shell

__all__ = ["shell"]

_SAMPLES = Path(__file__).parents[1] / "data" / "api"


def _sample(name: str) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads((_SAMPLES / f"{name}.json").read_text("utf-8"))
    return sample


@pytest.fixture
def card() -> dict[str, Any]:
    return _sample("card")


@pytest.fixture
def card_composition() -> dict[str, Any]:
    return _sample("card_composition")


@pytest.fixture
def activation() -> dict[str, Any]:
    return _sample("activation")


@pytest.fixture
def session_activation(activation: dict[str, Any]) -> dict[str, Any]:
    """The record of a composition: its logs are the ids of its parts."""
    session = {"kind": "sequence", "children": True, "composition": True, "calls": 5}
    return {**activation, **session, "logs": [f"{number:032x}" for number in range(11)]}


@pytest.fixture
def forecast() -> dict[str, Any]:
    return _sample("forecast")


@pytest.fixture
def deployment() -> dict[str, Any]:
    return _sample("deployment")
