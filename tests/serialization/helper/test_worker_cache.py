from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.helper.notebook_code import NotebookCode
from jupyter_faas.serialization.helper.protocol import SKOPS, HelperRequest
from jupyter_faas.serialization.helper.worker import ConversionCache

REQUEST = HelperRequest("model", b"model", b"sample", ("here",))


def artifact(size: int = 1) -> Any:
    made: Any = object.__new__(ModelArtifact)
    vars(made).update(onnx=bytes(size), skops=b"")
    return made


def test_the_same_request_is_known() -> None:
    cache, made = ConversionCache(), artifact()
    cache.put(REQUEST, made)
    assert cache.get(replace(REQUEST, path=("elsewhere",))) is made


@pytest.mark.parametrize(
    "change",
    [
        {"model": b"other"},
        {"sample": b"other"},
        {"model": b"models", "sample": b"ample"},
        {"name": "other"},
        {"accept_parity": True},
        {"budget_s": 1.0},
        {"output": SKOPS},
        {"trust": ("a.B",)},
        {"attributes": ("coef_",)},
        {"why": "a reason"},
        {"code": NotebookCode("x = 1", ("x",))},
        {"code": NotebookCode("x = 1", ("x",), {"data/x.npy": b"1"})},
    ],
    ids=lambda change: " ".join(change),
)
def test_another_request_is_not_known(change: dict[str, Any]) -> None:
    cache = ConversionCache()
    cache.put(REQUEST, artifact())
    assert cache.get(replace(REQUEST, **change)) is None


def test_the_one_that_was_asked_for_last_is_forgotten_last() -> None:
    cache = ConversionCache(max_bytes=20)
    first, second, third = (replace(REQUEST, name=name) for name in "abc")
    for request in (first, second):
        cache.put(request, artifact(10))
    cache.get(first)
    cache.put(third, artifact(10))
    assert cache.get(second) is None
    assert cache.get(first) is not None


def test_what_is_larger_than_all_may_be_is_not_kept() -> None:
    cache = ConversionCache(max_bytes=20)
    cache.put(REQUEST, artifact(21))
    assert cache.get(REQUEST) is None
