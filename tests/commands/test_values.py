"""Words into values."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any, Literal

import pandas
import pytest

from jupyter_faas.capture.schema import schema_of
from jupyter_faas.commands.values import (
    parse_duration,
    parse_object,
    parse_pairs,
    split_pairs,
)
from jupyter_faas.errors import InputError, ParametersRejected
from jupyter_faas.workspace.local.text_values import parse_value


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("30", 30_000),
        ("30s", 30_000),
        ("500ms", 500),
        ("2m", 120_000),
        ("1.5", 1500),
        ("0.25s", 250),
        (" 7 s ", 7000),
    ],
)
def test_duration_with_or_without_unit(text: str, ms: int) -> None:
    assert parse_duration(text) == ms


@pytest.mark.parametrize("text", ["", "s", "-1", "30 hours", "1e3", "٣", "nan", "1.s"])
def test_duration_when_it_is_none(text: str) -> None:
    with pytest.raises(InputError, match="is not a timeout") as caught:
        parse_duration(text, "a timeout")
    assert "500ms" in caught.value.hint


def test_pairs_split_at_the_first_equals_sign() -> None:
    assert split_pairs(["url=http://a/?b=c", "empty="]) == {"url": "http://a/?b=c", "empty": ""}


@pytest.mark.parametrize("pair", ["5.1", "=5"])
def test_pairs_when_one_is_no_pair(pair: str) -> None:
    with pytest.raises(InputError, match="is not key=value"):
        split_pairs([pair])


def test_pairs_when_a_key_comes_twice() -> None:
    with pytest.raises(InputError, match="'a' is given twice"):
        split_pairs(["a=1", "a=2"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5.1", 5.1),
        ("7", 7),
        ("true", True),
        ("null", None),
        ('["a", 1]', ["a", 1]),
        ('{"b": 2}', {"b": 2}),
        ('"7"', "7"),
        ("setosa", "setosa"),
        ("", ""),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        ("1e999", "1e999"),
        ("[1", "[1"),
        ("007", "007"),
    ],
)
def test_value_without_schema_is_json_else_a_string(text: str, value: object) -> None:
    read = parse_value("x", text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "string"}, "123", "123"),
        ({"type": "string"}, '"quoted"', '"quoted"'),
        ({"type": "number"}, "5", 5),
        ({"type": "number"}, "5.0", 5.0),
        ({"type": "number"}, "1e3", 1000.0),
        ({"type": "integer"}, "-4", -4),
        ({"type": "boolean"}, "True", True),
        ({"type": "null"}, "None", None),
        ({"type": "array"}, "[1, 2]", [1, 2]),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
        ({"type": ["number", "null"]}, "null", None),
        ({"type": ["number", "null"]}, "2", 2),
        ({"type": ["string", "integer"]}, "12", 12),
        ({"type": ["string", "integer"]}, "twelve", "twelve"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "x", "x"),
        ({"anyOf": [{"type": "integer"}, {}]}, "1.5", 1.5),
        ({"title": "anything"}, "1.5", 1.5),
        ({}, "1.5", 1.5),
    ],
)
def test_value_follows_its_schema(schema: object, text: str, value: object) -> None:
    read = parse_value("x", text, schema)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("type_name", "text", "wanted"),
    [
        ("number", "five", "a number"),
        ("number", "nan", "a number"),
        ("number", "inf", "a number"),
        ("number", "", "a number"),
        ("integer", "1.5", "a whole number"),
        ("boolean", "1", "true or false"),
        ("array", '{"a": 1}', "a JSON list"),
        ("object", "[1]", "a JSON object"),
        ("null", "0", "null"),
    ],
)
def test_value_of_another_type_than_its_schema(type_name: str, text: str, wanted: str) -> None:
    with pytest.raises(ParametersRejected, match=f"petal must be {wanted}, not "):
        parse_value("petal", text, {"type": type_name})


def test_value_that_fits_none_of_several_types() -> None:
    with pytest.raises(ParametersRejected, match="n must be a whole number or null, not 'x'"):
        parse_value("n", "x", {"type": ["integer", "null"]})


@pytest.mark.parametrize(
    ("types", "text", "value"),
    [
        (["integer"], "4.0", 4),
        (["integer", "null"], "-4.", -4),
        (["integer"], "9007199254740993.0", 9007199254740993),
        (["integer", "number"], "4.0", 4.0),
        (["integer", "string"], "4.0", "4.0"),
    ],
)
def test_whole_number_with_a_decimal_point(types: list[str], text: str, value: object) -> None:
    found = parse_value("n", text, {"type": types})
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["4.5", "1e999999999", "nan", "inf", "4,0"])
def test_what_is_not_a_whole_number(text: str) -> None:
    with pytest.raises(ParametersRejected, match="n must be a whole number, not"):
        parse_value("n", text, {"type": "integer"})


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (datetime.date, "2026-01-31", "2026-01-31"),
        (datetime.date | None, "null", None),
        (datetime.timedelta, "PT1H", "PT1H"),
        (Decimal, "0.10", "0.10"),
        (pandas.DataFrame, '[{"a": 1}]', [{"a": 1}]),
        (pandas.DataFrame, '{"a": [1]}', {"a": [1]}),
        (Literal["1", "2"], "1", "1"),
        (Literal[1, 2], "1", 1),
    ],
    ids=str,
)
def test_value_of_an_object_is_parsed_as_it_is_sent(
    annotation: Any, text: str, value: object
) -> None:
    assert parse_value("x", text, schema_of(annotation)) == value


def test_pairs_use_the_schema_of_the_whole_dictionary() -> None:
    schema = {"type": "object", "properties": {"code": {"type": "string"}}}
    assert parse_pairs(["code=12", "count=12"], schema) == {"code": "12", "count": 12}


@pytest.mark.parametrize("schema", [None, {}, {"properties": None}, {"properties": []}])
def test_pairs_when_the_schema_names_nothing(schema: dict[str, object] | None) -> None:
    assert parse_pairs(["a=1"], schema) == {"a": 1}


def test_object_when_it_is_one() -> None:
    assert parse_object('{"a": [1, null]}', "--params-json") == {"a": [1, None]}


def test_object_when_it_is_another_value() -> None:
    with pytest.raises(InputError, match="--params-json must be a JSON object"):
        parse_object("[1]", "--params-json")


@pytest.mark.parametrize("text", ["{", "", "{'a': 1}", '{"a": NaN}'])
def test_object_when_it_is_no_json(text: str) -> None:
    with pytest.raises(InputError, match="--params-json is not JSON"):
        parse_object(text, "--params-json")


def test_value_that_is_nested_too_deeply() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    with pytest.raises(InputError, match="A value is nested too deeply"):
        parse_value("a", deep)
    with pytest.raises(InputError, match="A value is nested too deeply"):
        parse_object(f'{{"a": {deep}}}', "--params-json")
