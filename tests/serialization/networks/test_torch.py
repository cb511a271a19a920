"""PyTorch modules. ``test_frameworks.py`` runs this file where torch is installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="test_frameworks.py runs it where torch is")

from jupyter_faas import on_arrays  # noqa: E402 - needs no torch, but the tests do
from jupyter_faas.bundle import BundleStore  # noqa: E402
from jupyter_faas.errors import ConversionError, ParityError  # noqa: E402
from jupyter_faas.serialization import ConversionHelper, is_model  # noqa: E402
from jupyter_faas.serialization.action_models import load_onnx_models  # noqa: E402
from jupyter_faas.serialization.networks.network import Network, artifact_of  # noqa: E402
from jupyter_faas.serialization.networks.torch import export_torch  # noqa: E402
from jupyter_faas.serialization.networks.torch_arrays import SampleShapes  # noqa: E402
from jupyter_faas.workspace.local.model_calls import ModelCalls  # noqa: E402
from jupyter_faas.workspace.packaging.function import package  # noqa: E402
from tests.shipped.helpers.packages import launch  # noqa: E402
from tests.workspace.helpers.cells import run_cell, surroundings  # noqa: E402
from tests.workspace.helpers.requests import function_request  # noqa: E402

nn: Any = torch.nn
ROWS = np.random.default_rng(0).normal(size=(40, 4))


class Net(nn.Module):  # type: ignore[misc]  # no types of torch here
    """As a notebook defines one: dropout and normalisation tell training from answering."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.norm = nn.BatchNorm1d(8)
        self.drop = nn.Dropout(0.5)
        self.last = nn.Linear(8, 3)

    def forward(self, rows: Any) -> Any:
        return self.last(self.drop(torch.relu(self.norm(self.first(rows)))))


class Two(nn.Module):  # type: ignore[misc]
    def forward(self, left: Any, right: Any) -> Any:
        return {"sum": left + right, "product": left * right}


class Pair(nn.Module):  # type: ignore[misc]
    def forward(self, rows: Any) -> Any:
        return rows.sum(dim=1), rows.argmax(dim=1)


class Convolving(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()
        )
        self.head = nn.Linear(4 * 4 * 4, 10)

    def forward(self, images: Any) -> Any:
        return self.head(self.layers(images))


class Embedded(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.EmbeddingBag(50, 6)
        self.head = nn.Linear(6, 2)

    def forward(self, ids: Any) -> Any:
        return self.head(self.words(ids))


class Choosing(nn.Module):  # type: ignore[misc]
    """Its path depends on the values, which no graph of one path can follow."""

    def forward(self, rows: Any) -> Any:
        return rows * 2 if rows.sum() > 0 else rows - 1


@pytest.fixture(scope="module")
def ready() -> ModuleType:
    return load_onnx_models()


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def answered(module: Any, *inputs: Any) -> Any:
    with torch.no_grad():
        return module.eval()(*(torch.as_tensor(each) for each in inputs))


@pytest.mark.parametrize(
    ("make", "rows"),
    [
        (Net, ROWS.astype("float32")),
        (Convolving, np.random.default_rng(1).random((9, 1, 8, 8), dtype="float32")),
        (Embedded, np.random.default_rng(1).integers(0, 50, (12, 5))),
    ],
    ids=["dense", "images", "tokens"],
)
def test_a_module_answers_as_it_does_here(make: Any, rows: Any, ready: ModuleType) -> None:
    module = make()
    assert is_model(module)
    artifact = export_torch("net", module, rows)
    action_model = ready.Module(artifact.onnx, artifact.spec)
    for asked in (rows, rows[:1], rows[:7].tolist()):
        np.testing.assert_allclose(
            action_model(asked), answered(module, np.asarray(asked, rows.dtype)).numpy(), atol=1e-5
        )
    assert artifact.parity.ok
    assert artifact.facts.class_name == make.__name__
    assert artifact.facts.signature["inputs"][0]["shape"][0] is None


def test_exporting_changes_nothing_here(ready: ModuleType) -> None:
    module = Net()
    module.drop.eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    state = torch.get_rng_state()
    artifact = export_torch("net", module, ROWS)
    assert module.training
    assert not module.drop.training
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())
    assert "net is in training mode in the notebook" in artifact.parity.warnings[0]


def test_tensors_give_tensors_and_arrays_give_arrays(ready: ModuleType) -> None:
    module = Net().eval()
    artifact = export_torch("net", module, ROWS)
    action_model = ready.Module(artifact.onnx, artifact.spec)
    assert isinstance(action_model(torch.zeros(2, 4)), torch.Tensor)
    assert isinstance(action_model.eval()(ROWS), np.ndarray)
    assert artifact.parity.warnings == ()


def test_several_inputs_and_named_answers(ready: ModuleType) -> None:
    left, right = ROWS[:, :2].astype("float32"), ROWS[:, 2:].astype("float32")
    artifact = export_torch("net", Two(), (left, right))
    action_model = ready.Module(artifact.onnx, artifact.spec)
    answer = action_model(left[:3], right[:3])
    assert list(answer) == ["sum", "product"]
    np.testing.assert_allclose(answer["product"], left[:3] * right[:3], rtol=1e-6)
    with pytest.raises(TypeError, match="2 inputs, not 1"):
        action_model(left)


def test_a_tuple_is_a_tuple(ready: ModuleType) -> None:
    artifact = export_torch("net", Pair(), ROWS.astype("float32"))
    sums, places = ready.Module(artifact.onnx, artifact.spec)(ROWS)
    np.testing.assert_allclose(sums, ROWS.sum(axis=1), atol=1e-5)
    assert places.tolist() == ROWS.argmax(axis=1).tolist()


def test_a_choice_by_values_is_refused() -> None:
    with pytest.raises(ConversionError, match=r"^'net' \(Choosing\) has no ONNX form") as caught:
        export_torch("net", Choosing(), ROWS.astype("float32"))
    assert caught.value.hint == "Create net inside the function."


def test_without_a_sample_it_is_refused() -> None:
    with pytest.raises(ConversionError, match=r"No rows can be generated for 'net' \(Net\)"):
        export_torch("net", Net(), None)


def test_a_sample_that_does_not_fit_is_refused_in_torchs_words() -> None:
    with pytest.raises(ConversionError, match="'net' fails on the sample: RuntimeError"):
        export_torch("net", Net(), ROWS[:, :3])


def test_texts_of_several_lengths_are_one_graph(ready: ModuleType) -> None:
    module = Embedded().eval()
    calls = ModelCalls({"net": module})
    with calls.recording():
        for length in (3, 1, 3):
            module(torch.arange(length)[None])
    sample = calls.rows()["net"]
    assert [tuple(each.shape) for each in sample.samples] == [(2, 3), (1, 1)]
    artifact = export_torch("net", module, sample)
    assert artifact.facts.signature["inputs"][0]["shape"] == [None, None]
    assert {each.set for each in artifact.parity.covered} >= {"other shapes and values"}
    action_model = ready.Module(artifact.onnx, artifact.spec)
    for ids in torch.randint(0, 50, (5, 7, 6)):
        for asked in (ids, ids[:, :1], ids[:2, :5]):
            there = action_model(asked.numpy())
            np.testing.assert_allclose(there, answered(module, asked).numpy(), atol=1e-6)


def test_a_length_that_the_module_alone_refuses_is_refused() -> None:
    module, ids = Embedded().eval(), torch.ones(2, 3, dtype=torch.long)
    onnx = export_torch("net", module, SampleShapes((ids, ids[:, :1]))).onnx

    def short(inputs: tuple[Any, ...]) -> list[Any]:
        if inputs[0].shape[1] > 4:
            raise ValueError("too long")
        return [answered(module, inputs[0]).numpy()]

    def compared(length: int) -> Any:
        others = ((np.ones((1, length), np.int64),),)
        network = Network("net", "Short", 0, (ids.numpy(),), short, {}, others=others)
        return artifact_of(network, onnx, accept_parity=False).parity

    assert compared(4).ok
    with pytest.raises(ParityError):
        compared(6)


def test_another_answer_is_refused_and_may_be_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_faas.serialization.networks import network as networks

    monkeypatch.setattr(networks, "_TOLERANCE", -1.0)
    with pytest.raises(ParityError, match="returns different results"):
        export_torch("net", Net(), ROWS)
    assert export_torch("net", Net(), ROWS, accept_parity=True).parity.accepted


def test_the_same_module_gives_the_same_bytes() -> None:
    module = Net()
    assert export_torch("net", module, ROWS).onnx == export_torch("net", module, ROWS).onnx


def test_on_arrays_answers_here_as_the_stand_in_does(ready: ModuleType) -> None:
    module = Net()
    net = on_arrays(module)
    assert is_model(net)
    artifact = ConversionHelper().convert("net", net, sample=ROWS)
    action_model = ready.Module(artifact.onnx, artifact.spec)
    for rows in (ROWS, ROWS[:1].tolist(), ROWS.astype("float32")):
        here, there = net(rows), action_model(rows)
        assert type(here) is type(there) is np.ndarray
        assert here.dtype == there.dtype
        np.testing.assert_allclose(here, there, atol=1e-5)
    assert module.training
    assert artifact.facts.class_name == "Net"


def test_what_a_module_has_besides_is_told(ready: ModuleType) -> None:
    artifact = export_torch("net", Net(), ROWS)
    action_model = ready.Module(artifact.onnx, artifact.spec)
    with pytest.raises(AttributeError, match=r"parameters is not in the ONNX form"):
        action_model.parameters()
    with pytest.raises(ValueError, match="needs an array with 2 dimensions"):
        action_model([1.0, 2.0, 3.0, 4.0])


CELL = """\
%%function ask --sample X
def ask(a: float):
    scores = net([[a, a, a, a]])[0]
    return {"best": int(scores.argmax()), "scores": scores}
"""


def test_a_function_answers_where_no_torch_is(tmp_path: Path) -> None:
    net = on_arrays(Net())
    request = function_request(CELL, "ask", sample=ROWS)
    made = package(request, run_cell(CELL, net=net, X=ROWS), surroundings(tmp_path))
    assert {each["name"] for each in made.card["requirements"]} == {"numpy", "onnxruntime"}
    assert list(made.card["schema"]["x-faas-models"]) == ["net"]
    unpacked = tmp_path / "unpacked"
    BundleStore(tmp_path).get(made.bundle).unpack(unpacked)
    # The one that runs the other tests, which has no torch.
    plain = os.environ.get("JUPYTER_FAAS_PLAIN_PYTHON", sys.executable)
    found, logs = launch(unpacked, [{"a": 0.5}], python=plain)
    assert found, logs
    assert found[0]["scores"] == pytest.approx(net([[0.5] * 4])[0].tolist(), abs=1e-5)


def test_without_a_sample_the_function_tells_what_its_network_reads(tmp_path: Path) -> None:
    text = (
        "%%function ask\ndef ask(row: list[float]):\n    return {'scores': net([row])[0].tolist()}"
    )
    cell = run_cell(text, net=on_arrays(Net()))
    made = package(function_request(text, "ask"), cell, surroundings(tmp_path))
    (model,) = made.card["models"]
    assert model["parity"]["rows"] > 4
    assert "generated inputs" in model["parity"]["warnings"][-1]


def test_a_cell_that_uses_torch_brings_it_along_and_is_told(tmp_path: Path) -> None:
    text = (
        "%%function ask\ndef ask(a: float):\n"
        "    with torch.no_grad():\n        scores = net(torch.tensor([[a, a, a, a]]))\n"
        "    return {'best': int(scores.argmax())}"
    )
    request = function_request(text, "ask", sample=ROWS)
    net = Net().eval()
    made = package(request, run_cell(text, net=net, torch=torch), surroundings(tmp_path))
    assert "torch" in {each["name"] for each in made.card["requirements"]}
    (warning,) = made.card["models"][0]["parity"]["warnings"]
    assert "jupyter_faas.on_arrays(net)" in warning
    unpacked = tmp_path / "unpacked"
    BundleStore(tmp_path).get(made.bundle).unpack(unpacked)
    found, logs = launch(unpacked, [{"a": 0.5}])
    assert found == [{"best": int(answered(net, [[0.5] * 4]).argmax())}], logs
