"""The stand-ins, loaded as an action loads them: from a package's folder, without this house."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from jupyter_faas.serialization.action_models import load_action_models
from jupyter_faas.serialization.convert import ConversionRequest, convert
from tests.serialization.helpers import data

SHIPPED = Path(__file__).parents[3] / "jupyter_faas" / "shipped" / "action"
ROW = [5.1, 3.5, 1.4, 0.2]


@pytest.fixture(scope="module")
def iris() -> Any:
    rows, _ = data.iris()
    frame = pd.DataFrame(rows, columns=["a", "b", "c", "d"])
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return model.fit(frame, data.species())


@pytest.fixture(scope="module")
def mixed() -> Any:
    frame, labels = data.passengers()
    columns = ColumnTransformer(
        [
            ("numbers", StandardScaler(), ["age"]),
            ("names", OneHotEncoder(handle_unknown="ignore"), ["sex", "cabins"]),
            ("port", OneHotEncoder(), ["port"]),
        ]
    )
    return make_pipeline(columns, LogisticRegression()).fit(frame, labels)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory, iris: Any, mixed: Any) -> Path:
    """A package's folder: the shipped file, models and an array."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copy(SHIPPED / "models.py", folder / "faas_models.py")
    shutil.copy(SHIPPED / "model_inputs.py", folder / "faas_model_inputs.py")
    for part in ("models", "data"):
        (folder / part).mkdir()
    rows, target = data.diabetes()
    samples = {
        "iris": (iris, pd.DataFrame(data.iris()[0], columns=["a", "b", "c", "d"])),
        "mixed": (mixed, data.passengers()[0]),
        "target": (Ridge().fit(rows, target), rows),
    }
    for name, (model, sample) in samples.items():
        artifact = convert(
            ConversionRequest(name, model, sample),
            load_action_models(),
            progress=lambda _: None,
            clock=time.monotonic,
        )
        (folder / "models" / f"{name}.onnx").write_bytes(artifact.onnx)
        (folder / "models" / f"{name}.json").write_text(json.dumps(artifact.spec), "utf-8")
    return folder


@pytest.fixture(scope="module")
def shipped(package: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("faas_models", package / "faas_models.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def action_model(shipped: ModuleType) -> Any:
    return shipped.load_model("iris")


@pytest.fixture(scope="module")
def mixed_standin(shipped: ModuleType) -> Any:
    return shipped.load_model("mixed")


def test_package_answers_in_a_process_that_knows_nothing_else(package: Path) -> None:
    code = (
        "import json, os, sys, faas_models\n"
        "model = faas_models.load_model('iris')\n"
        f"answer = model.predict([{ROW}]).tolist()\n"
        "strangers = {'sklearn', 'pandas', 'scipy', 'onnx', 'skl2onnx', 'jupyter_faas'}\n"
        "known = sorted(strangers & set(sys.modules))\n"
        "print(json.dumps([answer, known, os.environ['ORT_DISABLE_TELEMETRY']]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=package,
        capture_output=True,
        text=True,
        check=True,
        env={},
    )
    assert json.loads(done.stdout) == [["setosa"], [], "1"]
    assert done.stderr == ""


def test_model_is_found_in_another_folder(package: Path, shipped: ModuleType) -> None:
    found = shipped.load_model("iris", package)
    assert found.predict([ROW]).tolist() == ["setosa"]
    with pytest.raises(FileNotFoundError, match=r"models/iris\.json"):
        shipped.load_model("iris", package / "data")


FORMS: dict[str, Callable[[list[float]], Any]] = {
    "lists": lambda row: [row],
    "tuples": lambda row: (tuple(row),),
    "array": lambda row: np.array([row]),
    "float32 array": lambda row: np.array([row], dtype=np.float32),
    "objects": lambda row: np.array([row], dtype=object),
    "frame": lambda row: pd.DataFrame([row], columns=["a", "b", "c", "d"]),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_rows_may_come_in_any_form(
    form: Callable[[list[float]], Any], action_model: Any, iris: Any
) -> None:
    ours = iris.predict_proba([ROW])
    theirs = action_model.predict_proba(form(ROW))
    assert theirs.dtype == ours.dtype
    np.testing.assert_allclose(theirs, ours, atol=1e-6)


def test_labels_scores_and_attributes_are_the_original_s(action_model: Any, iris: Any) -> None:
    frame = pd.DataFrame(data.iris()[0], columns=["a", "b", "c", "d"])
    assert (action_model.predict(frame) == iris.predict(frame)).all()
    assert action_model.predict(frame).dtype == iris.predict(frame).dtype
    np.testing.assert_allclose(action_model.decision_function(frame), iris.decision_function(frame))
    assert action_model.classes_.tolist() == iris.classes_.tolist()
    assert action_model.n_features_in_ == 4
    assert action_model.feature_names_in_.tolist() == ["a", "b", "c", "d"]


def test_regressor_answers_a_vector(shipped: ModuleType) -> None:
    rows, target = data.diabetes()
    answers = shipped.load_model("target").predict(rows)
    np.testing.assert_allclose(answers, Ridge().fit(rows, target).predict(rows))
    assert answers.shape == (len(rows),)


UNFIT: dict[str, tuple[Any, str]] = {
    "one row without its list": (ROW, "Expected 2D array, got 1D array"),
    "a number": (5.1, "Expected 2D array, got 0D array"),
    "three columns": ([ROW[:3]], "X has 3 features, but StandardScaler is expecting 4 features"),
    "no rows": (np.empty((0, 4)), r"Found array with 0 sample\(s\)"),
    "missing": ([[5.1, 3.5, 1.4, None]], "Input X contains NaN"),
    "infinite": ([[5.1, 3.5, 1.4, float("inf")]], "Input X contains infinity"),
    "text": ([[5.1, 3.5, 1.4, "wide"]], "could not convert string to float"),
    "complex": (np.array([ROW], dtype=complex), "Complex data not supported"),
    "sparse": (sparse.csr_matrix([ROW]), "StandardScaler does not accept sparse rows"),
    "missing as pandas has it": (
        pd.DataFrame([[*ROW[:3], pd.NA]], columns=list("abcd"), dtype=object),
        "values that are not numbers",
    ),
    "turned frame": (
        pd.DataFrame([ROW[::-1]], columns=list("dcba")),
        "feature names must be in the same order as they were in fit: a, b, c, d",
    ),
    "text among objects": (
        np.array([[5.1, 3.5, 1.4, "wide"]], dtype=object),
        "could not convert string to float: 'wide'",
    ),
    "frame without a column": (
        pd.DataFrame([ROW[:3]], columns=list("abc")),
        "X lacks the column 'd'",
    ),
    "frame with one more": (
        pd.DataFrame([[*ROW, 1]], columns=list("abcde")),
        "unseen at fit time: e",
    ),
}


@pytest.mark.parametrize(("rows", "words"), UNFIT.values(), ids=UNFIT.keys())
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_input_that_does_not_fit_is_refused_as_the_original_refuses_it(
    rows: Any, words: str, action_model: Any, iris: Any
) -> None:
    with pytest.raises((ValueError, TypeError)):
        iris.predict(rows)
    with pytest.raises(ValueError, match=words):
        action_model.predict(rows)


def test_frame_of_mixed_columns(mixed_standin: Any, mixed: Any) -> None:
    frame, _ = data.passengers()
    turned = frame[frame.columns[::-1]]
    assert (mixed_standin.predict(turned) == mixed.predict(frame)).all()


def test_rows_without_names_are_refused_by_what_selects_by_name(
    mixed_standin: Any, mixed: Any
) -> None:
    rows = data.passengers()[0].head(3).to_numpy(dtype=object)
    for model in (mixed, mixed_standin):
        with pytest.raises(ValueError, match=r"column"):
            model.predict(rows)


@pytest.mark.parametrize("value", [99, 1.5, None, True], ids=repr)
def test_whole_number_that_is_no_category_is_unknown(
    value: object, mixed_standin: Any, mixed: Any
) -> None:
    row = data.passengers()[0].head(1).assign(cabins=pd.Series([value], dtype=object))
    np.testing.assert_allclose(
        mixed_standin.predict_proba(row),
        mixed.predict_proba(row.astype({"cabins": float})),
        atol=1e-6,
    )


@pytest.mark.parametrize("value", ["nowhere", None, float("nan"), 7], ids=repr)
def test_unknown_category_is_refused_where_the_original_refuses_it(
    value: object, mixed_standin: Any
) -> None:
    row = data.passengers()[0].head(1).assign(port=pd.Series([value], dtype=object))
    with pytest.raises(ValueError, match=r"unknown categories|missing values|must contain text"):
        mixed_standin.predict(row)


def test_what_the_original_has_and_onnx_cannot_answer_is_named(action_model: Any) -> None:
    assert not hasattr(action_model, "fit")
    with pytest.raises(
        AttributeError, match=r"fit is not in the ONNX form \(a deployed model is not"
    ):
        action_model.fit([ROW], ["setosa"])
    with pytest.raises(AttributeError, match=r"predict_log_proba .*numpy.log of predict_proba"):
        action_model.predict_log_proba([ROW])
    with pytest.raises(
        AttributeError, match="provides only predict, predict_proba, decision_function"
    ):
        _ = action_model.named_steps


def test_what_not_even_the_original_has_is_no_attribute(action_model: Any) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'anwser'"):
        _ = action_model.anwser


def test_options_of_a_method_are_refused_by_name(action_model: Any) -> None:
    with pytest.raises(TypeError, match=r"predict\(X\) only without return_std"):
        action_model.predict([ROW], return_std=True)


def test_stand_in_introduces_itself(action_model: Any) -> None:
    assert repr(action_model) == (
        "<Pipeline(StandardScaler, LogisticRegression) as ONNX: "
        "predict, predict_proba, decision_function>"
    )
    assert action_model.predict.__name__ == "predict"
