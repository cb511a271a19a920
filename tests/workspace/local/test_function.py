from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jupyter_faas.errors import ParametersRejected, ResultRejected
from jupyter_faas.workspace.local.function import (
    LocalFunction,
    json_parameters,
    load_action_main,
)

SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "number"}, "b": {"type": "integer"}},
    "required": ["a"],
}
NAMED = {
    "name": "add",
    "parameter_style": "named",
    "schema": SCHEMA,
    "signature": "add(a: float, b: int = 2)",
}
WHOLE = {"name": "whole", "parameter_style": "dictionary", "schema": {"type": "object"}}


def add(a: float, b: int = 2) -> dict[str, Any]:
    return {"sum": a + b, "types": [type(a).__name__, type(b).__name__]}


def whole(params: dict[str, Any]) -> dict[str, Any]:
    return {"params": params}


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((1, 3), {}), ((1,), {"b": 3}), ((), {"a": 1, "b": 3}), ((), {"a": 1, "b": 3.0})],
)
def test_arguments_are_coerced_as_in_the_action(
    args: tuple[object, ...], kwargs: dict[str, object]
) -> None:
    assert LocalFunction(add, NAMED)(*args, **kwargs) == {"sum": 4.0, "types": ["float", "int"]}


def test_defaults_stay_the_functions_own() -> None:
    assert LocalFunction(add, NAMED)(1)["sum"] == 3.0


def test_unknown_json_parameters_are_ignored_as_in_the_action() -> None:
    assert LocalFunction(add, NAMED).invoke({"a": 1, "__ow_headers": {}})["sum"] == 3.0


def test_numpy_values_are_taken_as_the_numbers_they_are() -> None:
    row = np.array([1.5, 2.0])
    assert LocalFunction(add, NAMED)(*row) == {"sum": 3.5, "types": ["float", "int"]}


def test_numpy_results_become_json() -> None:
    def predict(a: float) -> dict[str, Any]:
        return {"labels": np.array([1, 2]), "best": np.float64(a)}

    made = LocalFunction(predict, {**NAMED, "name": "predict"})(0.5)
    assert made == {"labels": [1, 2], "best": 0.5}
    assert type(made["best"]) is float


def test_a_wrong_parameter_is_named_with_the_signature() -> None:
    with pytest.raises(
        ParametersRejected,
        match=r"^a must be a number, not the string .x.\.\nThe signature is add\(a: float",
    ):
        LocalFunction(add, NAMED)("x")


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(ParametersRejected, match=r"add needs a \(a number\)"):
        LocalFunction(add, NAMED)()


def test_an_argument_too_many_is_named() -> None:
    with pytest.raises(ParametersRejected, match="add: too many positional arguments"):
        LocalFunction(add, NAMED)(1, 2, 3)
    with pytest.raises(ParametersRejected, match="unexpected keyword argument 'c'"):
        LocalFunction(add, NAMED)(1, c=3)


@pytest.mark.parametrize(
    ("schema", "advice"),
    [
        ({"type": "number"}, "pass a finite number there"),
        ({"type": ["number", "null"]}, "pass None or a finite number there"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "pass None or a finite number there"),
        ({}, "pass None or a finite number there"),
    ],
)
def test_the_advice_on_nan_is_for_an_input(schema: dict[str, Any], advice: str) -> None:
    with pytest.raises(ParametersRejected) as caught:
        json_parameters({"age": float("nan")}, load_action_main(), {"properties": {"age": schema}})
    assert str(caught.value) == f"age is NaN, which JSON does not support: {advice}."


def test_a_parameter_that_json_does_not_have_is_named() -> None:
    with pytest.raises(ParametersRejected, match="a is a bytes, which JSON does not support"):
        LocalFunction(add, NAMED)(b"x")


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (float("nan"), "result.value is NaN"),
        (b"x", "result.value is a bytes"),
    ],
)
def test_a_result_that_json_does_not_have_is_named(result: object, words: str) -> None:
    def bad(params: dict[str, Any]) -> dict[str, Any]:
        return {"value": result}

    with pytest.raises(ResultRejected, match=words):
        LocalFunction(bad, {**WHOLE, "name": "bad"})({})


BOXING = {**WHOLE, "schema": {"type": "object", "x-faas-boxed": True}}


@pytest.mark.parametrize(
    ("result", "wire"),
    [
        (3, {"value": 3}),
        (None, {"value": None}),
        ([1.5], {"value": [1.5]}),
        ({"a": 1}, {"a": 1}),
        ({"value": 3}, {"value": 3, "x-faas-boxed": False}),
        ({"value": 3, "unit": "cm"}, {"value": 3, "unit": "cm"}),
    ],
)
def test_a_call_returns_the_result_without_its_box(result: object, wire: dict[str, Any]) -> None:
    local = LocalFunction(lambda params: result, BOXING)
    assert local.invoke({}) == wire
    assert local({}) == result


def test_a_function_of_objects_is_never_unboxed() -> None:
    assert LocalFunction(lambda params: {"value": 3}, WHOLE)({}) == {"value": 3}


def test_a_function_of_a_dictionary_takes_one_or_named_values() -> None:
    local = LocalFunction(whole, WHOLE)
    assert local({"x": 1}) == local(x=1) == {"params": {"x": 1}}
    with pytest.raises(ParametersRejected, match="takes either one dictionary"):
        local(1)


def test_keyword_arguments_travel_beside_the_others() -> None:
    def many(a: float, **others: Any) -> dict[str, Any]:
        return {"a": a, **others}

    schema = {**SCHEMA, "properties": {"a": {"type": "number"}}, "additionalProperties": True}
    assert LocalFunction(many, {**NAMED, "schema": schema})(1, z="q") == {"a": 1.0, "z": "q"}


def test_what_the_function_raises_comes_as_it_is() -> None:
    def broken(params: dict[str, Any]) -> dict[str, Any]:
        raise KeyError("petal")

    with pytest.raises(KeyError, match="petal"):
        LocalFunction(broken, WHOLE)({})


def test_parameters_of_every_call_count_here_too() -> None:
    local = LocalFunction(add, NAMED, defaults={"a": 1, "b": 10, "token": "x"})
    assert local()["sum"] == 11
    assert local(b=2)["sum"] == 3
    everything = LocalFunction(whole, WHOLE, defaults={"a": 1})
    assert everything({"b": 2}) == {"params": {"a": 1, "b": 2}}
