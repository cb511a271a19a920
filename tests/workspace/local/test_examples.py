from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jupyter_faas.bundle import BundleStore
from jupyter_faas.errors import ExampleFailed
from jupyter_faas.workspace.local.sample_inputs import inputs_of
from jupyter_faas.workspace.request import FunctionTest
from tests.workspace.helpers.cells import packaged

DOUBLE = "def double(n: int):\n    print('called')\n    return {'n': 2 * n, 'more': 'x'}\n"


def spec(**properties: Any) -> dict[str, Any]:
    return {
        "name": "f",
        "parameter_style": "named",
        "schema": {"properties": properties, "required": list(properties)},
    }


NUMBER = {"type": "number"}


def test_a_test_is_answered_by_the_notebook_and_only_its_input_travels(tmp_path: Path) -> None:
    made = packaged(tmp_path, DOUBLE, "double", tests=[FunctionTest({"n": np.int64(2)})])
    (example,) = made.record.examples
    assert example == {"params": {"n": 2}, "answer": {"n": 4, "more": "x"}, "source": "test"}
    manifest = BundleStore(tmp_path).get(made.bundle).manifest
    assert manifest.tests == ({"params": {"n": 2}},)


def test_what_a_test_prints_is_not_in_the_cells_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packaged(tmp_path, DOUBLE, "double", tests=[FunctionTest({"n": 2})])
    assert capsys.readouterr().out == ""


def test_without_tests_the_package_is_what_it_was(tmp_path: Path) -> None:
    made = packaged(tmp_path, DOUBLE, "double")
    assert "tests" not in BundleStore(tmp_path).get(made.bundle).manifest.to_json()
    assert not {"examples", "clean_room"} & made.record.to_json().keys()


def test_an_expectation_names_what_must_hold(tmp_path: Path) -> None:
    tests = [FunctionTest({"n": 2}, {"n": 4})]
    made = packaged(tmp_path, DOUBLE, "double", tests=tests)
    assert BundleStore(tmp_path).get(made.bundle).manifest.tests == (
        {"params": {"n": 2}, "expect": {"n": 4}},
    )


def test_an_expectation_that_the_notebook_does_not_meet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExampleFailed, match=r"double does not return.*n is 4, not 5") as caught:
        packaged(tmp_path, DOUBLE, "double", tests=[FunctionTest({"n": 2}, {"n": 5})])
    assert caught.value.message.splitlines()[1:] == [
        'Input     {"n": 2}',
        'Expected  {"n": 5}',
        'Notebook  {"n": 4, "more": "x"}',
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (DOUBLE, r'does not accept --test \{"m": 2\}: double needs n'),
        ("def double(m):\n    raise KeyError('x')\n", r"fails with --test .*: KeyError: 'x'"),
        ("def double(m):\n    return b'x'\n", "result is a bytes"),
    ],
    ids=["parameters", "raises", "result"],
)
def test_a_test_that_fails_in_the_notebook_is_refused(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(ExampleFailed, match=words):
        packaged(tmp_path, text, "double", tests=[FunctionTest({"m": 2})])


def test_a_refusal_holds_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "t0ken-value")
    text = "import os\ndef f(key):\n    raise ValueError(key + os.environ['SERVICE_TOKEN'])\n"
    with pytest.raises(ExampleFailed) as caught:
        packaged(tmp_path, text, "f", tests=[FunctionTest({})], parameters={"key": "s3cret"})
    assert "t0ken-value" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_nothing_is_called_where_the_run_is_not_wanted(tmp_path: Path) -> None:
    text = "def f():\n    raise RuntimeError('called')\n"
    made = packaged(tmp_path, text, "f", tests=[FunctionTest({})], clean_room=False)
    assert made.record.examples == ({"params": {}, "source": "test"},)
    assert made.card["examples"][0]["answer"] is None


@pytest.mark.parametrize(
    ("sample", "properties", "params"),
    [
        (np.array([[1.0, 2.0]]), {"a": NUMBER, "b": NUMBER}, {"a": 1.0, "b": 2.0}),
        ([[1.0, 2.0]], {"a": NUMBER}, None),
        ([[1.0, 2.0]], {"row": {"type": "array", "items": NUMBER}}, {"row": [1.0, 2.0]}),
        (
            [[1.0, 2.0]],
            {"rows": {"type": "array", "items": {"type": "array", "items": NUMBER}}},
            {"rows": [[1.0, 2.0]]},
        ),
        (["some words"], {"text": {"type": "string"}}, {"text": "some words"}),
        (["some words"], {"a": NUMBER, "b": NUMBER}, None),
        (3, {"a": NUMBER}, None),
        ([], {"a": NUMBER}, None),
    ],
    ids=["array", "width", "row", "rows", "text", "text of two", "no rows", "empty"],
)
def test_the_input_of_a_sample(sample: Any, properties: Any, params: Any) -> None:
    assert next(inputs_of(sample, spec(**properties), {}), None) == params


def test_the_input_of_a_frame_goes_by_the_names_of_its_columns() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"b": ["x", "y"], "more": [0, 0], "a": [1.5, 2.5]})
    found = next(inputs_of(frame, spec(a=NUMBER, b={"type": "string"}, key={}), {"key": 1}))
    assert found == {"a": 1.5, "b": "x"}


def test_a_row_of_the_sample_is_an_example_that_stays_on_this_machine(tmp_path: Path) -> None:
    text = "def add(a: float, b: float):\n    return {'sum': a + b}\n"
    sample = [[float("nan"), 1.0], [1.0, 2.0]]
    made = packaged(tmp_path, text, "add", sample=sample)
    (example,) = made.record.examples
    assert example == {"params": {"a": 1.0, "b": 2.0}, "answer": {"sum": 3.0}, "source": "sample"}
    assert made.bundle == packaged(tmp_path, text, "add").bundle


def test_a_row_at_which_the_function_fails_is_no_example(tmp_path: Path) -> None:
    text = "def add(a: float):\n    raise ValueError\n"
    assert packaged(tmp_path, text, "add", sample=[[1.0]]).record.examples == ()
