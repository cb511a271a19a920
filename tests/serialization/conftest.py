"""Models on the data sets that come with scikit-learn, converted in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import threadpoolctl

from jupyter_faas.serialization.action_models import load_action_models
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.convert import ConversionRequest, convert

Convert = Callable[..., ModelArtifact]
Answering = Callable[[ModelArtifact], Any]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """As in the helper: OpenMP threads on a busy machine wait for each other."""
    with threadpoolctl.threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def action_models() -> ModuleType:
    return load_action_models()


@pytest.fixture(scope="session")
def convert_model(action_models: ModuleType) -> Convert:
    """Convert a model with its sample; the budget is generous, for busy machines."""

    def run(model: Any, sample: Any = None, *, accept_parity: bool = False) -> ModelArtifact:
        order = ConversionRequest("model", model, sample, accept_parity, budget_s=60.0)
        return convert(order, action_models, progress=lambda _: None, clock=time.monotonic)

    return run


@pytest.fixture(scope="session")
def answering(action_models: ModuleType) -> Answering:
    """The stand-in of an artifact, as the action would load it."""

    def load(artifact: ModelArtifact) -> Any:
        return action_models.Model(artifact.onnx, artifact.spec)

    return load


@pytest.fixture(scope="session")
def rng() -> np.random.Generator:
    return np.random.default_rng(7)
