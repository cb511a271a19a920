from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.onnx.existing_artifact import artifact_of
from jupyter_faas.serialization.onnx.existing_model import read_onnx
from tests.serialization.helpers import data
from tests.serialization.helpers.onnxfiles import linear


def test_a_ready_model_is_described_and_not_changed() -> None:
    ready = read_onnx("model", linear().SerializeToString())
    artifact = artifact_of("model", ready)
    assert artifact.onnx == ready.onnx
    facts = artifact.to_json()
    assert facts["route"] == "as is"
    assert facts["inputs"] == "X float32 [?, 3]"
    assert facts["details"] == ["2 nodes", "created by tests"]
    assert facts["signature"] == {
        "inputs": [{"name": "X", "dtype": "float32", "shape": [None, 3]}],
        "outputs": [{"name": "Y", "dtype": "float32", "shape": [None, 2]}],
    }
    assert facts["parity"]["ok"] is True
    assert facts["parity"]["rows"] == 0


def test_the_labels_of_a_classifier_are_told() -> None:
    rows, _ = data.iris()
    model = LogisticRegression(max_iter=1000).fit(rows, data.species())
    artifact = artifact_of("model", read_onnx("model", to_onnx(model, rows[:1].astype("f4"))))
    assert artifact.facts.signature["classes"] == ["setosa", "versicolor", "virginica"]
    assert artifact.facts.classes == 3


def test_a_proto_gives_its_bytes_and_lacks_the_rest() -> None:
    spec = artifact_of("model", read_onnx("model", linear())).spec
    assert set(spec["methods"]) == {"SerializeToString", "ByteSize"}
    assert "import onnx" in spec["lacks"]["graph"]


def broken() -> onnx.ModelProto:
    model = linear()
    model.graph.node[0].input[0] = "nowhere"
    return model


def unknown_operator() -> onnx.ModelProto:
    model = linear()
    model.graph.node[0].domain = "com.example"
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    return model


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (broken(), r"^onnxruntime .* does not run 'model' on a CPU: .*nowhere"),
        (unknown_operator(), r"^onnxruntime .* does not run 'model' on a CPU: .*com\.example"),
    ],
    ids=["broken", "unknown operator"],
)
def test_what_would_not_run_is_refused(model: Any, words: str) -> None:
    with pytest.raises(ConversionError, match=words):
        artifact_of("model", read_onnx("model", model))


def test_the_same_model_gives_the_same_artifact() -> None:
    first, second = (artifact_of("model", read_onnx("model", linear())) for _ in range(2))
    assert first == second
    assert np.array_equal(len(first.onnx), first.facts.size)
