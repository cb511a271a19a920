"""Keras models. ``test_frameworks.py`` runs this file where Keras is installed, on PyTorch."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
keras: Any = pytest.importorskip("keras", reason="test_frameworks.py runs it where Keras is")

from jupyter_faas.bundle import BundleStore  # noqa: E402 - needs no Keras, but the tests do
from jupyter_faas.errors import ConversionError  # noqa: E402
from jupyter_faas.serialization import ConversionHelper, is_model  # noqa: E402
from jupyter_faas.serialization.action_models import load_onnx_models  # noqa: E402
from jupyter_faas.serialization.networks.keras import export_keras  # noqa: E402
from jupyter_faas.workspace.packaging.function import package  # noqa: E402
from tests.shipped.helpers.packages import launch  # noqa: E402
from tests.workspace.helpers.cells import run_cell, surroundings  # noqa: E402
from tests.workspace.helpers.requests import function_request  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # Keras' own, of the libraries below it
ROWS = np.random.default_rng(0).normal(size=(40, 4))


@pytest.fixture(scope="module")
def ready() -> ModuleType:
    return load_onnx_models()


def dense() -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax"),
        ]
    )


def two_inputs() -> Any:
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    joined = keras.layers.Concatenate()([left, right])
    return keras.Model([left, right], [keras.layers.Dense(1)(joined), joined])


def test_a_model_predicts_as_it_does_here(ready: ModuleType) -> None:
    model = dense()
    assert is_model(model)
    artifact = export_keras("net", model, ROWS)
    action_model = ready.KerasModel(artifact.onnx, artifact.spec)
    for rows in (ROWS, ROWS[:1]):
        expected = model.predict(rows, verbose=0)
        np.testing.assert_allclose(action_model.predict(rows, verbose=0), expected, atol=1e-5)
    assert artifact.parity.ok
    assert artifact.facts.class_name == "Sequential"
    assert artifact.facts.signature["inputs"][0]["shape"] == [None, 4]


def test_several_inputs_and_outputs_are_lists(ready: ModuleType) -> None:
    model = two_inputs()
    sample = (ROWS[:, :2], ROWS[:, 2:])
    artifact = ConversionHelper().convert("net", model, sample=sample)
    action_model = ready.KerasModel(artifact.onnx, artifact.spec)
    given = action_model.predict([part[:3] for part in sample])
    for mine, theirs in zip(
        given, model.predict([part[:3] for part in sample], verbose=0), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)
    with pytest.raises(ConversionError, match="has 2 inputs, but the sample has 1"):
        export_keras("net", model, ROWS)


def test_outputs_in_a_dictionary_keep_their_names(ready: ModuleType) -> None:
    row = keras.Input((4,))
    layers = keras.layers
    outputs = {"z": layers.Dense(2)(row), "a": layers.Dense(2)(row), "m": layers.Dense(3)(row)}
    model = keras.Model(row, outputs)
    artifact = export_keras("net", model, ROWS)
    found = ready.KerasModel(artifact.onnx, artifact.spec).predict(ROWS[:3])
    expected = model.predict(ROWS[:3], verbose=0)
    assert set(found) == {"z", "a", "m"}
    for key, values in expected.items():
        np.testing.assert_allclose(found[key], values, atol=1e-5)


def test_what_the_stand_in_does_not_answer_is_told(ready: ModuleType) -> None:
    artifact = export_keras("net", dense(), ROWS)
    action_model = ready.KerasModel(artifact.onnx, artifact.spec)
    with pytest.raises(TypeError, match=r"Use predict\(x\), which accepts and returns arrays"):
        action_model(ROWS)
    with pytest.raises(AttributeError, match="get_weights is not in the ONNX form"):
        action_model.get_weights()
    with pytest.raises(TypeError, match=r"without steps"):
        action_model.predict(ROWS, steps=3)


def test_without_a_sample_it_is_refused() -> None:
    with pytest.raises(ConversionError, match=r"No rows can be generated for 'net' \(Sequential\)"):
        export_keras("net", dense(), None)


def test_a_function_answers_where_no_keras_is(tmp_path: Path) -> None:
    text = (
        "%%function ask --sample X\ndef ask(a: float):\n"
        "    return {'p': net.predict(np.array([[a, a, a, a]]), verbose=0)[0]}"
    )
    net = dense()
    request = function_request(text, "ask", sample=ROWS)
    made = package(request, run_cell(text, net=net, np=np, X=ROWS), surroundings(tmp_path))
    assert {each["name"] for each in made.card["requirements"]} == {"numpy", "onnxruntime"}
    unpacked = tmp_path / "unpacked"
    BundleStore(tmp_path).get(made.bundle).unpack(unpacked)
    plain = os.environ.get("JUPYTER_FAAS_PLAIN_PYTHON", sys.executable)
    found, logs = launch(unpacked, [{"a": 0.5}], python=plain)
    assert found, logs
    expected = net.predict(np.full((1, 4), 0.5), verbose=0)[0]
    assert found[0]["p"] == pytest.approx(expected.tolist(), abs=1e-5)
