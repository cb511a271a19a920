from __future__ import annotations

import math
from typing import Any

import pytest

from tests.shipped.helpers.entry_point import INTEGER, MAIN, NUMBER, STRING, spec


@pytest.mark.parametrize(
    ("schema", "given", "bound"),
    [
        (NUMBER, 5.1, 5.1),
        (NUMBER, 5, 5.0),
        (INTEGER, 5, 5),
        (INTEGER, 5.0, 5),
        (STRING, "5.1", "5.1"),
        ({"type": "boolean"}, True, True),
        ({"type": "null"}, None, None),
        ({"type": ["number", "null"]}, None, None),
        ({"type": ["number", "null"]}, 3, 3.0),
        ({"type": ["integer", "number"]}, 3, 3),
        ({"type": ["number", "integer"]}, 3, 3),
        ({"type": ["integer", "number"]}, 3.0, 3.0),
        ({"type": "array"}, [1, "x"], [1, "x"]),
        ({"type": "array", "items": NUMBER}, [1, 2.5], [1.0, 2.5]),
        ({"type": "array", "items": {"type": "array", "items": INTEGER}}, [[1], []], [[1], []]),
        ({"type": "object"}, {"a": [1]}, {"a": [1]}),
        ({"type": "object", "additionalProperties": NUMBER}, {"a": 1}, {"a": 1.0}),
        ({"type": "object", "properties": {"a": NUMBER}}, {"a": 1, "b": "x"}, {"a": 1.0, "b": "x"}),
        ({"enum": ["cm", 1, True]}, "cm", "cm"),
        ({"enum": ["cm", 1]}, 1, 1),
        ({"anyOf": [{"type": "array", "items": INTEGER}, INTEGER]}, [1], [1]),
        ({"anyOf": [{"type": "array", "items": INTEGER}, INTEGER]}, 7, 7),
        ({}, {"any": None}, {"any": None}),
        ({"default": 3}, "x", "x"),
    ],
    ids=str,
)
def test_parameter_of_its_type_is_bound(schema: dict[str, Any], given: Any, bound: Any) -> None:
    args, kwargs = MAIN.bind(spec({"p": schema}, "p"), {"p": given})
    assert args == ()
    assert kwargs == {"p": bound}
    assert type(kwargs["p"]) is type(bound)


@pytest.mark.parametrize(
    ("schema", "given", "words"),
    [
        (NUMBER, "5.1", 'p must be a number, not the string "5.1"'),
        (NUMBER, True, "p must be a number, not true"),
        (NUMBER, None, "p must be a number, not null"),
        (NUMBER, [1], "p must be a number, not a list"),
        (NUMBER, {}, "p must be a number, not a dictionary"),
        (NUMBER, math.nan, "p is NaN, which JSON does not support"),
        (NUMBER, -math.inf, "p is -infinity, which JSON does not support"),
        (NUMBER, 10**400, "p is too large for a float"),
        (INTEGER, 5.5, "p must be a whole number, not 5.5"),
        (INTEGER, False, "p must be a whole number, not false"),
        (STRING, 5, "p must be a string, not 5"),
        ({"type": "boolean"}, 1, "p must be true or false, not 1"),
        ({"type": ["number", "null"]}, "x", 'p must be a number or null, not the string "x"'),
        ({"type": "array", "items": NUMBER}, 3, "p must be a list of numbers, not 3"),
        ({"type": "array", "items": NUMBER}, [1, "x"], 'p[1] must be a number, not the string "x"'),
        ({"type": "object", "additionalProperties": NUMBER}, {"a b": ""}, "p['a b'] must be a num"),
        ({"type": "object", "properties": {"a": NUMBER}}, {"a": "x"}, "p.a must be a number"),
        (
            {"type": "object", "properties": {"a": NUMBER}, "required": ["a"]},
            {},
            "p.a (a number) is missing",
        ),
        (
            {"type": "array", "items": {"type": "array", "items": {"type": ["integer", "null"]}}},
            {},
            "p must be a list of lists of whole numbers or nulls, not a dictionary",
        ),
        ({"enum": ["cm", "in"]}, "m", 'p must be one of "cm", "in", not the string "m"'),
        ({"enum": [1]}, True, "p must be 1, not true"),
        ({"anyOf": [{"type": "array"}, NUMBER]}, "x", "p must be a list or a number, not the str"),
    ],
    ids=str,
)
def test_parameter_of_another_type_is_refused_by_name(
    schema: dict[str, Any], given: Any, words: str
) -> None:
    with pytest.raises(MAIN.ParametersRejected) as caught:
        MAIN.bind(spec({"p": schema}, "p"), {"p": given})
    assert str(caught.value).startswith(words)
    assert isinstance(caught.value, ValueError)


def test_long_value_is_shown_cut() -> None:
    with pytest.raises(MAIN.ParametersRejected) as caught:
        MAIN.bind(spec({"p": NUMBER}), {"p": "x" * 10_000})
    assert len(str(caught.value)) < 120


def test_absent_optional_parameter_is_left_to_the_function() -> None:
    assert MAIN.bind(spec({"a": NUMBER, "b": NUMBER}, "a"), {"a": 1}) == ((), {"a": 1.0})


def test_unknown_parameters_are_ignored() -> None:
    assert MAIN.bind(spec({"a": NUMBER}, "a"), {"a": 1, "__ow_method": "get"}) == ((), {"a": 1.0})


def test_missing_parameters_are_named_with_what_was_given_instead() -> None:
    properties = {"sepal_length": NUMBER, "name": STRING, "n": INTEGER, "m": INTEGER}
    wanted = spec(properties, "sepal_length", "name", "n")
    with pytest.raises(MAIN.ParametersRejected) as caught:
        MAIN.bind(wanted, {"sepal_lenght": 1, "__ow_headers": {}, "other": 2})
    assert str(caught.value) == (
        "iris needs sepal_length (a number), name (a string) and n (a whole number). Unknown "
        "parameters: sepal_lenght, other. Did you mean sepal_length instead of sepal_lenght?"
    )


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(MAIN.ParametersRejected) as caught:
        MAIN.bind(spec({"a": NUMBER, "b": NUMBER, "c": STRING}, "a", "b"), {"a": "x", "c": 1})
    assert str(caught.value) == (
        'iris needs b (a number); a must be a number, not the string "x"; c must be a string, not 1'
    )


def test_keyword_function_receives_unknown_parameters() -> None:
    wanted = spec({"a": NUMBER}, "a", additionalProperties=True)
    assert MAIN.bind(wanted, {"a": 1, "b": "x"}) == ((), {"a": 1.0, "b": "x"})


def test_typed_keywords_are_checked_but_for_openwhisks_own() -> None:
    wanted = spec({}, additionalProperties=NUMBER)
    assert MAIN.bind(wanted, {"a": 1, "__ow_path": "/"}) == ((), {"a": 1.0, "__ow_path": "/"})
    with pytest.raises(MAIN.ParametersRejected, match="b must be a number"):
        MAIN.bind(wanted, {"b": "x"})


def test_dictionary_function_receives_the_dictionary_itself() -> None:
    params = {"a": "x"}
    args, kwargs = MAIN.bind({"name": "f", "parameter_style": "dictionary", "schema": {}}, params)
    assert args[0] is params
    assert kwargs == {}


@pytest.mark.parametrize("params", [None, [1], "x", 3])
def test_parameters_that_are_no_dictionary_are_refused(params: Any) -> None:
    with pytest.raises(MAIN.ParametersRejected, match="iris needs named parameters, not"):
        MAIN.bind(spec({}), params)


# Web requests, whose queries and forms hold text alone


def web(schema: dict[str, Any], text: object) -> Any:
    """What the parameter ``x`` becomes when it came over the web."""
    args, named = MAIN.bind(spec({"x": schema}), {"x": text, "__ow_method": "get"})
    assert args == ()
    return named["x"]


BOOLEAN, LIST = {"type": "boolean"}, {"type": "array", "items": NUMBER}
OPTIONAL = {"anyOf": [NUMBER, {"type": "null"}]}


@pytest.mark.parametrize(
    ("schema", "text", "read"),
    [
        (NUMBER, "5.1", 5.1),
        (NUMBER, "5", 5.0),
        (NUMBER, "-.5e-3", -0.0005),
        (NUMBER, "+5.", 5.0),
        (INTEGER, "5", 5),
        (INTEGER, "5.0", 5),
        (INTEGER, "007", 7),
        (BOOLEAN, "true", True),
        (BOOLEAN, "No", False),
        (BOOLEAN, "on", True),
        (BOOLEAN, "0", False),
        (OPTIONAL, "2", 2.0),
        (OPTIONAL, "", None),
        ({"type": ["integer", "null"]}, "2", 2),
        ({"enum": [1, 2]}, "2", 2),
        (LIST, "[1, 2.5]", [1.0, 2.5]),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
        ({"anyOf": [BOOLEAN, INTEGER]}, "1", 1),
    ],
)
def test_text_of_a_web_request_is_read_as_what_is_meant(
    schema: dict[str, Any], text: str, read: Any
) -> None:
    assert repr(web(schema, text)) == repr(read)


@pytest.mark.parametrize(
    "schema",
    [STRING, {}, {"anyOf": [NUMBER, STRING]}, {"enum": [5, "5"]}, {"type": ["number", "string"]}],
    ids=["string", "any", "or string", "choice", "types"],
)
def test_text_of_a_web_request_stays_where_text_fits(schema: dict[str, Any]) -> None:
    assert web(schema, "5") == "5"


@pytest.mark.parametrize(
    ("schema", "text", "words"),
    [
        (NUMBER, "5.1x", 'x must be a number, not the string "5.1x"'),
        (NUMBER, "", 'x must be a number, not the string ""'),
        (NUMBER, "nan", 'x must be a number, not the string "nan"'),
        (NUMBER, "1e999", 'x must be a number, not the string "1e999"'),
        (NUMBER, "1_000", 'x must be a number, not the string "1_000"'),
        (NUMBER, "٣", 'x must be a number, not the string "٣"'),
        (NUMBER, "[1]", 'x must be a number, not the string "[1]"'),
        (INTEGER, "5.1", 'x must be a whole number, not the string "5.1"'),
        (INTEGER, "true", 'x must be a whole number, not the string "true"'),
        (INTEGER, "9" * 5000, f'x must be a whole number, not the string "{"9" * 60}"'),
        (BOOLEAN, "2", 'x must be true or false, not the string "2"'),
        (BOOLEAN, "maybe", 'x must be true or false, not the string "maybe"'),
        (LIST, "[1, 2", 'x must be a list of numbers, not the string "[1, 2"'),
        (LIST, '["1"]', "x must be a list of numbers, not the string"),
        (LIST, "[" * 100_000, "x must be a list of numbers, not the string"),
        ({"enum": [1, 2]}, "3", 'x must be one of 1, 2, not the string "3"'),
    ],
)
def test_text_of_a_web_request_that_is_something_else_is_refused_by_name(
    schema: dict[str, Any], text: str, words: str
) -> None:
    with pytest.raises(MAIN.ParametersRejected) as refused:
        web(schema, text)
    assert str(refused.value).startswith(words)


def test_other_values_of_a_web_request_are_as_strict_as_ever() -> None:
    assert web(NUMBER, 5) == 5.0
    with pytest.raises(MAIN.ParametersRejected, match="x must be true or false, not 1"):
        web(BOOLEAN, 1)


def test_text_is_not_read_without_a_web_request() -> None:
    with pytest.raises(MAIN.ParametersRejected, match="x must be a number, not the string"):
        MAIN.bind(spec({"x": NUMBER}), {"x": "5.1"})


def test_typed_keywords_of_a_web_request_are_read_too() -> None:
    wanted = spec({}, additionalProperties=NUMBER)
    given = {"x": "1.5", "__ow_method": "get", "__ow_path": "7"}
    assert MAIN.bind(wanted, given) == ((), {"x": 1.5, "__ow_method": "get", "__ow_path": "7"})
