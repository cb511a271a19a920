from __future__ import annotations

import datetime
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jupyter_faas
from jupyter_faas.composer import called_actions, sequence
from jupyter_faas.errors import ActionNotFound, ActivationFailed, ParametersRejected
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.handover.remote_function import Callee, RemoteFunction
from jupyter_faas.workspace.local.function import load_action_main
from tests.client.helpers.server import closed_port
from tests.workspace.helpers.cells import run_cell
from tests.workspace.helpers.requests import function_request

IRIS = Callee(
    name="models/iris",
    where="Lab",
    schema={
        "type": "object",
        # As a host may give them: in an order of its own.
        "properties": {
            "unit": {"type": "string", "default": "cm"},
            "key": {"type": "string"},
            "width": {"type": "number"},
            "length": {"type": ["number", "null"]},
            "tags": {"type": "array", "items": {"type": "string"}, "default": []},
        },
        "required": ["width", "length", "key"],
    },
    signature=(
        "iris(width: float, length: float | None, key: str, unit: str = 'cm', *, tags: list = [])"
    ),
    doc="Name the species.",
    preset=frozenset({"key"}),
)


@dataclass
class Runs:
    """Answers, and remembers what was sent."""

    sent: list[Mapping[str, Any]] = field(default_factory=list)

    def __call__(self, params: Mapping[str, Any]) -> Any:
        self.sent.append(params)
        return type("Run", (), {"ok": True, "result": {"n": len(self.sent)}})()


def handle(callee: Callee = IRIS) -> tuple[RemoteFunction, Runs]:
    runs = Runs()
    return RemoteFunction(callee, runs, load_action_main()), runs


def test_it_has_the_deployed_signature_and_docstring() -> None:
    iris, _ = handle()
    assert str(inspect.signature(iris)) == (
        "(width: float, length: float | None, key: str = Ellipsis, unit: str = 'cm', "
        "tags: list = []) -> dict"
    )
    assert (iris.__name__, inspect.getdoc(iris)) == ("iris", "Name the species.")
    assert repr(iris).endswith(" on Lab>")


@pytest.mark.parametrize(
    ("schema", "answer", "result"),
    [
        ({"x-faas-boxed": True}, {"value": 3}, 3),
        ({"x-faas-boxed": True}, {"value": 3, "x-faas-boxed": False}, {"value": 3}),
        ({"x-faas-boxed": True}, {"a": 3}, {"a": 3}),
        ({}, {"value": 3}, {"value": 3}),
    ],
)
def test_a_boxed_result_is_returned_without_its_box(
    schema: dict[str, Any], answer: Any, result: Any
) -> None:
    def run(params: Mapping[str, Any]) -> Any:
        return type("Run", (), {"ok": True, "result": answer})()

    callee = Callee("f", "Lab", {"type": "object", "properties": {}, **schema})
    assert RemoteFunction(callee, run, load_action_main())() == result


TYPED = Callee(
    name="f",
    where="Lab",
    schema={
        "type": "object",
        "properties": {
            "day": {"type": "string", "format": "date", "x-faas-type": "datetime.date"},
            "colour": {
                "enum": ["red"],
                "x-faas-type": "enum",
                "x-faas-class": "Colour",
                "x-faas-names": {"RED": "red"},
            },
            "unit": {"enum": ["cm", "in"]},
        },
        "required": ["day"],
        "x-faas-typed": True,
        "x-faas-boxed": True,
        "x-faas-result": {"type": "object", "properties": {"value": {"type": "number"}}},
    },
)


def test_its_signature_names_the_types_of_objects() -> None:
    text = str(inspect.signature(handle(TYPED)[0]))
    assert text == (
        "(day: 'datetime.date', colour: 'Colour' = Ellipsis, "
        "unit: Literal['cm', 'in'] = Ellipsis) -> float"
    )


def test_objects_are_sent_as_json_and_checked_without_their_classes() -> None:
    function, runs = handle(TYPED)
    function(datetime.date(2026, 1, 31), "RED")
    assert runs.sent == [{"day": "2026-01-31", "colour": "RED"}]
    with pytest.raises(ParametersRejected, match="day must be a date"):
        function("tomorrow")


def test_a_call_sends_named_json_and_gives_the_result() -> None:
    iris, runs = handle()
    assert iris(np.float32(1.5), None, tags=np.array(["a"])) == {"n": 1}
    assert runs.sent == [{"width": 1.5, "length": None, "tags": ["a"]}]
    assert iris.invoke(1, 2).ok


@pytest.mark.parametrize(
    ("args", "given", "words"),
    [
        ((), {"length": 1}, "models/iris needs width"),
        (("wide", 1), {}, 'width must be a number, not the string "wide"'),
        ((1, 2), {"tags": ["a", 3]}, r"tags\[1\] must be a string, not 3"),
        ((), {"widht": 1}, r"unexpected keyword argument 'widht'(?s:.*)Did you mean width\?"),
        ((1, 2, "k", "cm", [], 6), {}, "too many positional arguments"),
        ((1,), {"length": float("nan")}, "length"),
    ],
    ids=["missing", "type", "inside", "name", "many", "nan"],
)
def test_what_does_not_fit_is_named_and_not_sent(
    args: tuple[Any, ...], given: dict[str, Any], words: str
) -> None:
    iris, runs = handle()
    with pytest.raises(ParametersRejected, match=words):
        iris.invoke(*args, **given)
    assert runs.sent == []


def test_an_action_of_another_tool_takes_whatever_it_is_given() -> None:
    hello, runs = handle(Callee("hello", "Lab"))
    hello(name="Ada")
    hello({"name": "Ada", "not a name": 1})
    assert runs.sent == [{"name": "Ada"}, {"name": "Ada", "not a name": 1}]
    with pytest.raises(ParametersRejected, match="hello takes either one dictionary"):
        hello("Ada")


def test_other_parameters_go_along_where_the_function_takes_them() -> None:
    schema = {"type": "object", "properties": {"a": {}}, "additionalProperties": {"type": "number"}}
    found, runs = handle(Callee("f", "Lab", schema, "f(a, **others: float)"))
    found(1, b=2)
    assert runs.sent == [{"a": 1, "b": 2}]
    with pytest.raises(ParametersRejected, match="b must be a number"):
        found(1, b="x")


def test_order_is_the_schemas_where_the_signature_cannot_be_read() -> None:
    schema = {"properties": {"b": {"default": 1}, "a": {}}, "required": ["a"]}
    found, _ = handle(Callee("f", "Lab", schema, "???"))
    assert str(inspect.signature(found)) == "(b: Any = 1, *, a: Any) -> dict"


def test_it_is_a_task_of_a_composition() -> None:
    iris, _ = handle()
    assert list(called_actions(sequence(iris))) == ["/_/models/iris"]


CELL = '''\
%%function area
def area(width: float, unit: str, height: float = 2.0):
    """The area of a rectangle."""
    if width < 0:
        raise ValueError("width is negative")
    return {"area": width * height, "unit": unit}
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a playground with ``area``, which has its unit already."""
    folder = tmp_path_factory.mktemp("data")
    workspace = Workspace.open(folder, target="playground")
    workspace.playground.start(port=closed_port())
    request = function_request(CELL, "area", parameters={"unit": "secret"})
    workspace.deploy(workspace.package(request, run_cell(CELL)).record.id)
    yield folder
    workspace.playground.stop()


@pytest.fixture
def data_dir(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_FAAS_DATA_DIR", str(folder))
    monkeypatch.delenv("JUPYTER_FAAS_TARGET", raising=False)
    return folder


def test_a_script_calls_what_a_notebook_deployed(data_dir: Path) -> None:
    area = jupyter_faas.function("area")
    text = "(width: float, unit: str = Ellipsis, height: float = 2.0) -> dict"
    assert str(inspect.signature(area)) == text
    assert area.__doc__ == "The area of a rectangle."
    assert area(3) == {"area": 6.0, "unit": "secret"}
    run = area.invoke(width=3, unit="cm")
    assert (run.result["unit"], run.cold) == ("cm", False)


def test_a_failed_run_raises(data_dir: Path) -> None:
    with pytest.raises(ActivationFailed, match="area failed: ValueError: width is negative"):
        jupyter_faas.function("area")(-1)


@pytest.mark.parametrize(
    ("name", "hint"), [("aera", "Did you mean area"), ("zzz", "^Deploy the function before")]
)
def test_what_is_not_there_is_said(data_dir: Path, name: str, hint: str) -> None:
    with pytest.raises(ActionNotFound, match=f"no function '{name}' on Local playground") as error:
        jupyter_faas.function(name)
    assert re.search(hint, error.value.hint)
