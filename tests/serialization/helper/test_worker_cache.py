from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.helper.notebook_code import NotebookCode
from jupyter_faas.serialization.helper.protocol import SKOPS, HelperRequest
from jupyter_faas.serialization.helper.worker import ConversionCache
from jupyter_faas.serialization.sklearn.model_spec import TRAINING

REQUEST = HelperRequest("model", b"model", b"sample", ("here",))


# What the cell uses of the model; the ONNX form has its labels, not its coefficients.
LABELS, COEFFICIENTS = ("classes_", "predict"), ("coef_", "predict")
SPEC = {"methods": {"predict": {}}, "lacks": {"coef_": "", "fit": TRAINING}}


def artifact(size: int = 1, *, skops: bool = False) -> Any:
    made: Any = object.__new__(ModelArtifact)
    data = bytes(size)
    vars(made).update(onnx=b"" if skops else data, skops=data if skops else b"", spec=SPEC)
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


@pytest.mark.parametrize("used", [(), LABELS, ("fit",)], ids=["nothing", "labels", "training"])
def test_an_edited_cell_gets_the_onnx_form_that_has_what_it_uses(used: tuple[str, ...]) -> None:
    cache, made = ConversionCache(), artifact()
    cache.put(replace(REQUEST, attributes=("predict",)), made)
    assert cache.get(replace(REQUEST, attributes=used)) is made


def test_the_estimator_itself_has_what_every_cell_uses() -> None:
    cache, made = ConversionCache(), artifact(skops=True)
    cache.put(REQUEST, made)
    assert cache.get(replace(REQUEST, attributes=COEFFICIENTS)) is made


def test_the_estimator_that_one_cell_needs_is_not_that_of_another() -> None:
    cache, whole, graph = ConversionCache(), artifact(skops=True), artifact()
    needs = replace(REQUEST, attributes=COEFFICIENTS)
    cache.put(needs, whole)
    assert cache.get(replace(REQUEST, attributes=LABELS)) is None
    cache.put(replace(REQUEST, attributes=LABELS), graph)
    assert cache.get(needs) is whole
    assert cache.get(REQUEST) is graph


def test_an_onnx_form_without_what_the_cell_uses_is_known_for_that_cell_alone() -> None:
    cache, made = ConversionCache(), artifact()
    needs = replace(REQUEST, attributes=COEFFICIENTS)
    cache.put(needs, made)
    assert cache.get(needs) is made
    assert cache.get(replace(REQUEST, attributes=LABELS)) is None


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
