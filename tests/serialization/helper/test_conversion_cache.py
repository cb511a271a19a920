from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.helper.conversion_cache import ConversionCache
from jupyter_faas.serialization.helper.protocol import SKOPS, Request

REQUEST = Request("model", b"model", b"sample", ("here",))


def artifact(size: int = 1) -> Any:
    made: Any = object.__new__(ModelArtifact)
    vars(made).update(onnx=bytes(size), skops=b"")
    return made


def test_the_same_request_is_known() -> None:
    remembered, made = ConversionCache(), artifact()
    remembered.keep(REQUEST, made)
    assert remembered.of(replace(REQUEST, path=("elsewhere",))) is made


@pytest.mark.parametrize(
    "change",
    [
        {"model": b"other"},
        {"sample": b"other"},
        {"model": b"models", "sample": b"ample"},
        {"name": "other"},
        {"accept_parity": True},
        {"budget_s": 1.0},
        {"wanted": SKOPS},
        {"trust": ("a.B",)},
    ],
    ids=lambda change: " ".join(change),
)
def test_another_request_is_not_known(change: dict[str, Any]) -> None:
    remembered = ConversionCache()
    remembered.keep(REQUEST, artifact())
    assert remembered.of(replace(REQUEST, **change)) is None


def test_the_one_that_was_asked_for_last_is_forgotten_last() -> None:
    remembered = ConversionCache(most_bytes=20)
    first, second, third = (replace(REQUEST, name=name) for name in "abc")
    for request in (first, second):
        remembered.keep(request, artifact(10))
    remembered.of(first)
    remembered.keep(third, artifact(10))
    assert remembered.of(second) is None
    assert remembered.of(first) is not None


def test_what_is_larger_than_all_may_be_is_not_kept() -> None:
    remembered = ConversionCache(most_bytes=20)
    remembered.keep(REQUEST, artifact(21))
    assert remembered.of(REQUEST) is None
