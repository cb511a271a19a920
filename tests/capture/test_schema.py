from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NewType, Optional, TypedDict, Union

import numpy
import pydantic
import pytest

from jupyter_faas.capture.library_schemas import NotJson
from jupyter_faas.capture.schema import is_json, nullable, schema_of

Meters = NewType("Meters", float)


INTEGER = {"type": "integer"}
INTEGERS = {"type": "array", "items": INTEGER}
BOX = {"width": INTEGER, "label": {"type": "string"}}


class Box(TypedDict, total=False):
    width: int
    label: str


class Strict(TypedDict):
    width: int


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (int, {"type": "integer"}),
        (float, {"type": "number"}),
        (str, {"type": "string"}),
        (bool, {"type": "boolean"}),
        (None, {"type": "null"}),
        (list, {"type": "array"}),
        (list[float], {"type": "array", "items": {"type": "number"}}),
        (list[Any], {"type": "array"}),
        (list[list[int]], {"type": "array", "items": INTEGERS}),
        (Sequence[str], {"type": "array", "items": {"type": "string"}}),
        (Iterable[str], {"type": "array", "items": {"type": "string"}}),
        (dict, {"type": "object"}),
        (dict[str, float], {"type": "object", "additionalProperties": {"type": "number"}}),
        (Mapping[str, Any], {"type": "object"}),
        (float | None, {"type": ["number", "null"]}),
        (Optional[int], {"type": ["integer", "null"]}),  # noqa: UP045
        (Union[int, str, None], {"type": ["integer", "string", "null"]}),  # noqa: UP007
        (list[int] | int, {"anyOf": [INTEGERS, INTEGER]}),
        (int | Any, {}),
        (Literal["a", "b", 3], {"enum": ["a", "b", 3]}),
        (Literal["a"] | None, {"anyOf": [{"enum": ["a"]}, {"type": "null"}]}),
        (Any, {}),
        (object, {}),
        (Annotated[float, "cm"], {"type": "number", "description": "cm"}),
        (
            Annotated[float, pydantic.Field(title="Width", description="in cm")],
            {"type": "number", "title": "Width", "description": "in cm"},
        ),
        (tuple, {"type": "array", "x-faas-type": "tuple"}),
        (tuple[int, ...], {**INTEGERS, "x-faas-type": "tuple"}),
        (
            tuple[int, str],
            {
                "type": "array",
                "x-faas-type": "tuple",
                "prefixItems": [INTEGER, {"type": "string"}],
                "minItems": 2,
                "maxItems": 2,
            },
        ),
        (set[int], {**INTEGERS, "uniqueItems": True, "x-faas-type": "set"}),
        (Meters, {"type": "number"}),
        (Box, {"type": "object", "properties": BOX, "required": []}),
        (Strict, {"type": "object", "properties": {"width": INTEGER}, "required": ["width"]}),
        ("in centimetres", {}),
    ],
)  # fmt: skip
def test_types_become_schemas(annotation: Any, schema: dict[str, Any]) -> None:
    assert schema_of(annotation) == schema


@pytest.mark.parametrize(
    "annotation",
    [
        *(numpy.floating, numpy.datetime64, bytes, complex, tuple[complex, int], set[bytes]),
        *(dict[int, str], list[complex], bytes | None, Literal[b"x"], type, BaseException),
    ],
    ids=str,
)
def test_types_that_json_cannot_be_are_told(annotation: Any) -> None:
    with pytest.raises(NotJson):
        schema_of(annotation)


def test_nullable_adds_null_once() -> None:
    assert nullable({"type": "number"}) == {"type": ["number", "null"]}
    assert nullable({"type": ["number", "null"]}) == {"type": ["number", "null"]}
    assert nullable({}) == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, True),
        ([1, {"a": 2.5}], True),
        (float("nan"), False),
        ((1,), False),
        ({1: 2}, False),
        (numpy.float64(1), False),
        ([b"x"], False),
    ],
)
def test_is_json_wants_json_as_it_stands(value: object, expected: bool) -> None:
    assert is_json(value) is expected
