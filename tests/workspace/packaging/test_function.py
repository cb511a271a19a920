from __future__ import annotations

import hashlib
import importlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.bundle import BundleStore
from jupyter_faas.bundle.layout import shipped_text
from jupyter_faas.errors import (
    CaptureError,
    ConversionError,
    InputError,
    KindNotSupported,
    NameNotAllowed,
)
from jupyter_faas.serialization import ConversionHelper
from jupyter_faas.workspace import Packaged
from jupyter_faas.workspace.packaging.function import package
from tests.shipped.helpers.packages import launch
from tests.workspace.helpers.cells import GREET, IRIS, NOW_MS, packaged, run_cell, surroundings
from tests.workspace.helpers.requests import function_request
from tests.workspace.helpers.samples import assert_same_shape, sample

SECRET = "tops3cret"


def test_a_cell_becomes_a_stored_package(iris: tuple[Path, Packaged]) -> None:
    folder, made = iris
    store = BundleStore(folder)
    bundle = store.get(made.bundle)
    record = store.get_package(made.record.id)
    assert record == made.record
    assert (record.name, record.bundle, record.created) == ("iris", bundle.sha256, NOW_MS)
    assert record.source == hashlib.sha256(IRIS.encode()).hexdigest()
    outside_a_repository = replace(record, commit=None)
    assert_same_shape(outside_a_repository.to_json(), sample("package"))
    assert [path for path, _, _ in bundle.members()] == [
        "__main__.py",
        "function.py",
        "captured.py",
        "faas_parameters.py",
        "faas_results.py",
        "faas_library_values.py",
        "faas_models.py",
        "faas_model_inputs.py",
        "models/model.json",
        "models/model.onnx",
        "requirements.txt",
        "manifest.json",
    ]


def test_the_card_names_what_every_call_gets_and_not_its_value(tmp_path: Path) -> None:
    made = packaged(tmp_path, parameters={"token": "s3cret", "name": "Ada"})
    assert made.card["preset"] == ["name", "token"]
    assert "s3cret" not in json.dumps(made.card)


def test_the_card_has_the_shape_that_is_displayed(iris: tuple[Path, Packaged]) -> None:
    _, made = iris
    wanted = sample("card")
    card = made.card
    assert list(card["models"][0]["parity"]) == list(wanted["models"][0]["parity"])
    for facts in card["models"]:
        facts.pop("ml_opset", None)
    assert_same_shape(card, wanted)
    assert card["package"] == made.record.id
    assert card["size"] == made.size
    assert card["models"][0]["class"] == "Pipeline(StandardScaler, LogisticRegression)"
    assert card["models"][0]["parity"]["ok"] is True
    assert card["forecast"] == wanted["forecast"]
    assert [row["ok"] for row in card["preflight"]] == [True, True, True]


def test_a_model_travels_with_what_its_stand_in_imports(iris: tuple[Path, Packaged]) -> None:
    import numpy
    import onnxruntime

    folder, made = iris
    text = BundleStore(folder).get(made.bundle).contents()["requirements.txt"].decode()
    assert f"numpy=={numpy.__version__}\n" in text
    assert f"onnxruntime=={onnxruntime.__version__}\n" in text
    assert "scikit-learn" not in text
    sizes = {item["name"]: item["size"] for item in made.card["captured"]}
    files = {file["path"]: file["size"] for file in made.card["files"]}
    assert sizes["model"] == files["models/model.onnx"]


def test_the_same_cell_gives_the_same_package(
    tmp_path: Path,
    iris: tuple[Path, Packaged],
    iris_model: tuple[Any, Any],
    helper: ConversionHelper,
) -> None:
    model, data = iris_model
    request = function_request(
        IRIS, "iris", sample=data, notebook="quickstart.ipynb", cell_id="7a1d2c3e"
    )
    again = package(request, run_cell(IRIS, model=model, X=data), surroundings(tmp_path, helper))
    assert again.bundle == iris[1].bundle
    assert again.record.id == iris[1].record.id


@pytest.mark.parametrize(
    ("asked", "words", "hint"),
    [
        (
            "predict_log_proba([[a, a, a, a]])[0]",
            r"^model\.predict_log_proba is not in the ONNX form \(use numpy\.log of "
            r"predict_proba\)\. The model is used by ask, line 3\. The packaged model provides "
            r"only predict, ",
            "",
        ),
        (
            "n_iter_",
            r"^model\.n_iter_ is not in the ONNX form\. The model is used by ask, line 3\.",
            "Write n_iter_ = model.n_iter_ in a cell above, and write n_iter_ instead of "
            "model.n_iter_.\n",
        ),
    ],
    ids=["method", "value"],
)
def test_what_the_stand_in_lacks_is_refused_before_the_action_fails(
    asked: str,
    words: str,
    hint: str,
    tmp_path: Path,
    iris_model: tuple[Any, Any],
    helper: ConversionHelper,
) -> None:
    model, data = iris_model
    model = model[-1]
    text = f"%%function ask\ndef ask(a: float):\n    return {{'x': model.{asked}}}"
    request = function_request(text, "ask", sample=data, model_format="onnx")
    with pytest.raises(ConversionError, match=words) as caught:
        package(request, run_cell(text, model=model, X=data), surroundings(tmp_path, helper))
    way_out = "Or package the estimator itself: --model-format skops"
    assert caught.value.hint == f"{hint}{way_out}"


def test_estimator_itself_travels_where_the_cell_reads_what_the_stand_in_lacks(
    tmp_path: Path, iris_model: tuple[Any, Any], helper: ConversionHelper
) -> None:
    model, data = iris_model
    text = "%%function ask\ndef ask(rows: list):\n    return {'x': model[-1].coef_ @ rows}"
    text = text.replace("model[-1].coef_", "model.named_steps['logisticregression'].coef_")
    request = function_request(text, "ask", sample=data)
    made = package(request, run_cell(text, model=model, X=data), surroundings(tmp_path, helper))
    (facts,) = made.card["models"]
    assert (facts["route"], facts["why"]) == ("skops", "model.named_steps is not in the ONNX form.")
    assert "models/model.skops" in BundleStore(tmp_path).get(made.bundle).contents()


def test_training_happens_inside_the_function(
    tmp_path: Path, iris_model: tuple[Any, Any], helper: ConversionHelper
) -> None:
    model, data = iris_model
    text = "%%function ask\ndef ask(a: float):\n    return {'x': model.fit([[a]], [1])}"
    request = function_request(text, "ask", sample=data)
    with pytest.raises(ConversionError, match="a deployed model is not trained") as caught:
        package(request, run_cell(text, model=model, X=data), surroundings(tmp_path, helper))
    assert caught.value.hint == "Create model inside the function, where it can be trained."


def test_an_estimator_travels_as_it_is_with_all_that_reads_it(
    tmp_path: Path, iris_model: tuple[Any, Any], helper: ConversionHelper
) -> None:
    import sklearn
    import skops

    model, data = iris_model
    text = "%%function ask\ndef ask(rows: list):\n    return {'x': model[-1].coef_ @ rows}"
    request = function_request(text, "ask", sample=data, model_format="skops")
    made = package(request, run_cell(text, model=model, X=data), surroundings(tmp_path, helper))
    contents = BundleStore(tmp_path).get(made.bundle).contents()
    assert contents["faas_models.py"] == shipped_text("action/estimators.py").encode()
    assert "models/model.onnx" not in contents
    assert "predict" in json.loads(contents["models/model.json"])["methods"]
    names = [line.partition("==")[0] for line in contents["requirements.txt"].decode().splitlines()]
    assert names == ["joblib", "numpy", "scikit-learn", "scipy", "skops", "threadpoolctl"]
    pins = contents["requirements.txt"].decode()
    assert f"scikit-learn=={sklearn.__version__}\n" in pins
    assert f"skops=={skops.__version__}\n" in pins
    sizes = {item["name"]: item["size"] for item in made.card["captured"]}
    assert sizes["model"] == len(contents["models/model.skops"])
    again = package(request, run_cell(text, model=model, X=data), surroundings(tmp_path, helper))
    assert again.bundle == made.bundle


def test_the_module_of_a_type_that_a_model_holds_travels_too(
    tmp_path: Path, helper: ConversionHelper, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scaling.py").write_text(
        "from sklearn.preprocessing import StandardScaler\n\n\n"
        "class Halved(StandardScaler):\n"
        "    def transform(self, X, copy=None):\n"
        "        return super().transform(X, copy) / 2\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    scaling = importlib.import_module("scaling")
    model = scaling.Halved().fit([[1.0], [3.0]])
    text = "%%function ask\ndef ask(a: float):\n    return {'x': model.transform([[a]])}"
    namespace = run_cell(text, model=model)
    request = function_request(text, "ask", root=tmp_path)
    made = package(request, namespace, surroundings(tmp_path, helper))
    assert "scaling.py" in BundleStore(tmp_path).get(made.bundle).contents()


def test_a_model_format_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    words = r"Unknown model format 'pickle'\. The formats are auto, onnx, skops\."
    with pytest.raises(InputError, match=words):
        packaged(tmp_path, model_format="pickle")


def test_the_notebook_and_the_folder_leave_no_trace_in_the_bundle(tmp_path: Path) -> None:
    one = packaged(tmp_path, notebook="a.ipynb", cell_id="1")
    other = packaged(tmp_path, notebook="b.ipynb", cell_id="2")
    assert one.bundle == other.bundle
    assert one.record.id != other.record.id
    contents = BundleStore(tmp_path).get(one.bundle).contents()
    for data in contents.values():
        assert str(tmp_path).encode() not in data
        assert str(Path.home()).encode() + b"/" not in data


@pytest.mark.parametrize(
    "option",
    [
        f"--param token={SECRET}",
        f"--param=token={SECRET}",
        f"--param 'token={SECRET} and more'",
        f'--param "token={SECRET}" --memory 512',
        f'--param token=["a b", "{SECRET}"]',
    ],
)
def test_values_of_parameters_are_nowhere_in_the_bundle(tmp_path: Path, option: str) -> None:
    text = GREET.replace("%%function greet", f"%%function greet {option}")
    made = packaged(tmp_path, text, parameters={"token": f"{SECRET} and more"})
    contents = BundleStore(tmp_path).get(made.bundle).contents()
    for data in contents.values():
        assert SECRET.encode() not in data
    assert contents["function.py"].splitlines()[0] == "# %%function greet --param token=…".encode()
    assert SECRET not in str(made.card)
    assert SECRET not in repr(made)
    assert made.record.source == hashlib.sha256(text.encode()).hexdigest()


def test_lines_of_the_packaged_function_are_those_of_the_cell(tmp_path: Path) -> None:
    made = packaged(tmp_path)
    text = BundleStore(tmp_path).get(made.bundle).contents()["function.py"].decode()
    assert text.splitlines()[1:] == GREET.splitlines()[1:]


def test_a_record_is_private(tmp_path: Path) -> None:
    made = packaged(tmp_path, parameters={"token": SECRET})
    path = tmp_path / "packages" / f"{made.record.id}.json"
    assert SECRET in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_a_notebooks_folder_does_not_travel_in_its_name(tmp_path: Path) -> None:
    made = packaged(tmp_path, notebook="/home/someone/secret/nb.ipynb")
    assert made.record.notebook == "nb.ipynb"


def test_options_go_into_record_and_card(tmp_path: Path) -> None:
    made = packaged(
        tmp_path,
        memory_mb=3891,
        timeout_ms=30_000,
        kind="python:3.10",
        annotations={"team": "blue"},
    )
    record, card = made.record, made.card
    assert (record.memory_mb, record.timeout_ms, record.kind) == (3891, 30_000, "python:3.10")
    assert record.annotations == {"team": "blue"}
    assert (card["memory_mb"], card["kind"]) == (3891, "python:3.10")


def test_a_cell_without_a_magic_line_is_a_body(tmp_path: Path) -> None:
    text = "def greet():\n    return {}\n"
    made = packaged(tmp_path, text)
    contents = BundleStore(tmp_path).get(made.bundle).contents()
    assert contents["function.py"].decode() == text


def test_included_files_travel(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("hello")
    made = packaged(tmp_path, includes=["words.txt"], root=tmp_path)
    assert BundleStore(tmp_path).get(made.bundle).contents()["words.txt"] == b"hello"


def test_what_cannot_travel_stops_the_packaging(tmp_path: Path) -> None:
    text = "%%function bad\ndef bad():\n    return {'n': handle.fileno()}\n"
    with (tmp_path / "x").open("w") as handle:
        namespace = run_cell(text, handle=handle)
        with pytest.raises(CaptureError, match="handle"):
            package(function_request(text, "bad"), namespace, surroundings(tmp_path))
    assert not (tmp_path / "bundles").exists()


def test_a_name_that_openwhisk_forbids_stops_the_packaging(tmp_path: Path) -> None:
    with pytest.raises(NameNotAllowed):
        packaged(tmp_path, name="a/b")


@pytest.mark.parametrize("option", [{"memory_mb": 0}, {"timeout_ms": -1}])
def test_limits_below_anything_are_refused(tmp_path: Path, option: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="must be greater than 0"):
        packaged(tmp_path, **option)


@pytest.mark.parametrize("kind", ["nodejs:20", "java:8", "Swift:default"])
def test_a_kind_of_another_language_is_refused(tmp_path: Path, kind: str) -> None:
    words = f"^The kind '{kind}' does not run Python.*\nLeave --kind out, .* --kind python:3"
    with pytest.raises(KindNotSupported, match=words):
        packaged(tmp_path, kind=kind)


def test_a_parameter_that_is_not_json_is_named_without_its_value(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="The parameter 'token' of 'greet' is not JSON") as caught:
        packaged(tmp_path, parameters={"token": {SECRET}})
    assert SECRET not in str(caught.value)


def test_several_models_travel_each_as_its_own_and_one_of_two_names_once(
    tmp_path: Path, iris_model: tuple[Any, Any], helper: ConversionHelper
) -> None:
    model, data = iris_model
    text = (
        "%%function ask\ndef ask(a: float):\n    row = [[a, a, a, a]]\n"
        "    return {'same': first is again, 'is': int(first.predict(row)[0]),\n"
        "            'scaled': scaler.transform(row)[0]}"
    )
    values = {"first": model, "again": model, "scaler": model[0]}
    made = package(
        function_request(text, "ask", sample=data),
        run_cell(text, **values),
        surroundings(tmp_path, helper),
    )
    assert [facts["name"] for facts in made.card["models"]] == ["first", "scaler"]
    unpacked = tmp_path / "unpacked"
    BundleStore(tmp_path).get(made.bundle).unpack(unpacked)
    answers, logs = launch(unpacked, [{"a": 1.0}])
    assert answers, logs
    assert answers[0]["same"] is True
    assert answers[0]["is"] == int(model.predict([[1.0] * 4])[0])
    assert answers[0]["scaled"] == pytest.approx(model[0].transform([[1.0] * 4])[0].tolist())
