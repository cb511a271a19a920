from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization import is_model
from jupyter_faas.serialization.onnx.existing_model import ExistingOnnxModel, read_onnx
from tests.serialization.helpers.onnxfiles import linear, with_weights_outside


def session(source: Any) -> Any:
    return onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "linear.onnx"
    onnx.save(linear(), path)
    return path


def test_onnx_in_every_form_is_a_model(file: Path) -> None:
    data = file.read_bytes()
    for value in (linear(), data, str(file), file, session(str(file)), session(data)):
        assert is_model(value)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x08\x0a not a model",
        b"\x08\x0a",
        "no/such/file.onnx",
        "text.onnx\0",
        Path("no/such/file.onnx"),
        "model",
        3,
        None,
        bytearray(linear().SerializeToString()),
        linear().graph,
    ],
    ids=repr,
)
def test_what_only_looks_like_onnx_is_no_model(value: object) -> None:
    assert not is_model(value)


def test_a_folder_named_like_a_file_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "folder.onnx").mkdir()
    assert not is_model(tmp_path / "folder.onnx")


def test_bytes_travel_as_they_are(file: Path) -> None:
    data = file.read_bytes()
    assert read_onnx("model", data) == ExistingOnnxModel("bytes", data, "ONNX bytes")
    assert read_onnx("model", str(file)) == ExistingOnnxModel("text", data, "ONNX file linear.onnx")
    assert read_onnx("model", file).form == "path"


def test_a_session_travels_as_what_it_was_made_of(file: Path) -> None:
    data = file.read_bytes()
    assert read_onnx("model", session(str(file))) == ExistingOnnxModel(
        "session", data, "InferenceSession"
    )
    assert read_onnx("model", session(data)).onnx == data


def test_weights_in_a_file_of_their_own_are_taken_in(tmp_path: Path) -> None:
    path = with_weights_outside(tmp_path)
    for value in (path, str(path), session(str(path))):
        data = read_onnx("model", value).onnx
        assert b"weights.bin" not in data
        rows = np.ones((1, 3), dtype=np.float32)
        assert session(data).run(None, {"X": rows})[0].tolist() == [[16.0, 29.0]]


def test_weights_of_bytes_are_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There onnxruntime looks for them too."""
    path = with_weights_outside(tmp_path)
    loaded = onnx.load(path, load_external_data=False)
    monkeypatch.chdir(tmp_path)
    for value in (path.read_bytes(), loaded):
        assert b"weights.bin" not in read_onnx("model", value).onnx


def test_weights_in_a_folder_below_are_to_be_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    path = with_weights_outside(tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConversionError, match="which is not in the current folder") as caught:
        read_onnx("model", path.read_bytes())
    assert caught.value.hint.endswith("shutil.copy('models/weights.bin', 'weights.bin')")


def test_a_lost_file_of_weights_is_named(tmp_path: Path) -> None:
    path = with_weights_outside(tmp_path)
    (tmp_path / "weights.bin").unlink()
    with pytest.raises(ConversionError, match=r"another file, weights\.bin, which is not in "):
        read_onnx("model", path)


def test_a_session_whose_file_is_gone_is_refused(file: Path) -> None:
    made = session(str(file))
    file.unlink()
    with pytest.raises(ConversionError, match=r"^The ONNX file of 'model' cannot be read"):
        read_onnx("model", made)


def test_a_session_whose_file_holds_another_model_is_refused(file: Path) -> None:
    made = session(str(file))
    other = linear()
    other.graph.output[0].name = other.graph.node[1].output[0] = "Z"
    onnx.save(other, file)
    with pytest.raises(
        ConversionError, match=r"now contains a different model: .* has the outputs Z\."
    ):
        read_onnx("model", made)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "damaged.onnx"
    path.write_bytes(linear().SerializeToString()[:-20])
    with pytest.raises(ConversionError, match=r"^'model' is not an ONNX model"):
        read_onnx("model", path)
