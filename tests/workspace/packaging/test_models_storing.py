from __future__ import annotations

from typing import Any

from jupyter_faas.bundle import Bundle
from jupyter_faas.workspace.packaging.models import pack_within
from jupyter_faas.workspace.preflight.sizes import memory_for
from tests.bundle.helpers.samples import manifest


class Model:
    def __init__(self, name: str, size: int) -> None:
        self.name, self.onnx = name, bytes(size)
        self.data = self.onnx


def packing(models: list[Model], threshold: int | None, most: int, rest: int = 0) -> set[str]:
    """What goes to a store, where a bundle is as large as the models in it and ``rest``."""

    def packed(stored: frozenset[str]) -> Bundle:
        inside = sum(len(model.onnx) for model in models if model.name not in stored)
        return Bundle("", bytes(inside + rest), manifest())

    some: Any = models
    _, stored = pack_within(some, threshold=threshold, most=most, packed=packed)
    return set(stored)


MODELS = [Model("small", 10), Model("middle", 300), Model("large", 3000)]


def test_models_over_the_threshold_are_stored() -> None:
    assert packing(MODELS, 300, 10**9) == {"large"}
    assert packing(MODELS, 0, 10**9) == {"small", "middle", "large"}


def test_without_a_store_all_models_that_fit_travel() -> None:
    assert packing(MODELS, None, 10**9) == set()


def test_the_largest_models_make_room_for_the_rest() -> None:
    assert packing(MODELS, None, 1000) == {"large"}
    assert packing(MODELS, None, 100) == {"large", "middle"}


def test_what_is_too_large_without_the_models_keeps_them() -> None:
    assert packing(MODELS, None, 100, rest=1000) == set()
    assert packing(MODELS, 300, 100, rest=1000) == {"large"}


def test_memory_for_a_model_is_twice_its_size() -> None:
    assert memory_for(300 * 2**20) == 768
    assert memory_for(1) == 128
