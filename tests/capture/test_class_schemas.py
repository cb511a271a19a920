from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypedDict

import pydantic
import pytest
from typing_extensions import NotRequired

from jupyter_faas.capture.library_schemas import NotJson
from jupyter_faas.capture.schema import TypeSchemas
from jupyter_faas.images import Image
from jupyter_faas.workspace.handover.web_actions import is_schema

HERE = __name__


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Odd(enum.Enum):
    PAIR = (1, 2)


class Bits(enum.Flag):
    ONE = 1


@dataclass
class Box:
    width: float
    colour: Colour = Colour.RED
    note: str = None  # type: ignore[assignment]  # as notebooks write it
    sizes: list[int] = field(default_factory=list)
    area: float = field(init=False, default=0.0)


@dataclass
class Node:
    name: str
    inner: list[Node] = field(default_factory=list)


@dataclass
class Photo:
    image: Image


class Place(NamedTuple):
    lat: float
    lon: float = 0.0


class Row(TypedDict):
    when: datetime.date
    n: NotRequired[int]


class Item(pydantic.BaseModel):
    price: float = pydantic.Field(description="in euros", gt=0)


class Order(pydantic.BaseModel):
    items: list[Item]


class Odder(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    what: re_pattern = None  # type: ignore[name-defined]  # noqa: F821 never resolved


def test_enumeration_lists_its_values_and_names() -> None:
    assert TypeSchemas().of(Colour) == {
        "enum": ["red", "blue"],
        "title": "Colour",
        "x-faas-type": "enum",
        "x-faas-class": f"{HERE}:Colour",
        "x-faas-names": {"RED": "red", "BLUE": "blue"},
    }


def test_enumeration_of_other_values_lists_its_names() -> None:
    schema = TypeSchemas().of(Odd)
    assert schema["enum"] == ["PAIR"]
    assert "x-faas-names" not in schema


def test_dataclass_has_the_fields_that_its_constructor_takes() -> None:
    schema = TypeSchemas().of(Box)
    assert list(schema["properties"]) == ["width", "colour", "note", "sizes"]
    assert schema["required"] == ["width"]
    assert schema["properties"]["colour"]["default"] == "red"
    assert schema["properties"]["note"] == {"type": ["string", "null"], "default": None}
    assert schema["title"] == "Box"


def test_class_that_contains_itself_is_a_definition() -> None:
    types = TypeSchemas()
    assert types.of(Node) == {"$ref": "#/$defs/Node"}
    inner = types.definitions["Node"]["properties"]["inner"]
    assert inner == {"type": "array", "items": {"$ref": "#/$defs/Node"}}


def test_named_tuple_is_a_list_of_named_parts() -> None:
    schema = TypeSchemas().of(Place)
    assert schema["prefixItems"] == [
        {"type": "number", "title": "lat"},
        {"type": "number", "default": 0.0, "title": "lon"},
    ]
    assert (schema["minItems"], schema["maxItems"]) == (1, 2)


def test_typed_dict_needs_its_required_keys() -> None:
    schema = TypeSchemas().of(Row)
    assert schema["required"] == ["when"]
    assert schema["properties"]["when"]["format"] == "date"
    assert schema["properties"]["n"] == {"type": "integer"}


def test_pydantic_model_writes_its_own_schema() -> None:
    types = TypeSchemas()
    schema = types.of(Order)
    assert schema["x-faas-type"] == "pydantic"
    assert schema["properties"]["items"]["items"] == {"$ref": "#/$defs/Item"}
    price = types.definitions["Item"]["properties"]["price"]
    assert price["description"] == "in euros"
    assert price["exclusiveMinimum"] == 0


@pytest.mark.parametrize("annotation", [Colour, Odd, Box, Place, Row, Order, Node])
def test_schema_is_valid(annotation: Any) -> None:
    types = TypeSchemas()
    schema = {"properties": {"x": types.of(annotation)}, "$defs": types.definitions}
    assert is_schema(schema)


@pytest.mark.parametrize("annotation", [Bits, Photo, Odder])
def test_class_that_json_cannot_make_is_refused(annotation: Any) -> None:
    with pytest.raises(NotJson, match=annotation.__name__):
        TypeSchemas().of(annotation)


def test_class_of_the_notebook_is_named_as_there() -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec("import enum\nclass Own(enum.Enum):\n    A = 1\nOther = Own\ndel Own", namespace)
    types = TypeSchemas(namespace)
    assert types.of(namespace["Other"])["x-faas-class"] == "Other"
    assert types.class_names == {"Other"}


def test_class_without_a_name_is_refused() -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec("import enum\nclass Own(enum.Enum):\n    A = 1", namespace)
    with pytest.raises(NotJson, match=r"Own \(no variable in the notebook refers to this class\)"):
        TypeSchemas().of(namespace["Own"])
