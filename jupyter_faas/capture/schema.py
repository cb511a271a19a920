"""JSON schemas of Python types, for the types that JSON can represent."""

from __future__ import annotations

import collections.abc
import inspect
import math
import numbers
import types
import typing
from typing import Any

from jupyter_faas.images import DESCRIPTION, FORMAT, Image

Schema = dict[str, Any]

_PLAIN: dict[object, Schema] = {
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    list: {"type": "array"},
    dict: {"type": "object"},
    None: {"type": "null"},
    type(None): {"type": "null"},
    numbers.Number: {"type": "number"},
    numbers.Real: {"type": "number"},
    numbers.Integral: {"type": "integer"},
    Any: {},
    object: {},
    inspect.Parameter.empty: {},
}
_LISTS = (
    list,
    collections.abc.Sequence,
    collections.abc.MutableSequence,
    collections.abc.Iterable,
    collections.abc.Collection,
)
_DICTS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


class NotJson(Exception):
    """Raised when JSON cannot represent an annotated type, which is named ``type_name``."""

    def __init__(self, type_name: str) -> None:
        super().__init__(type_name)
        self.type_name = type_name


def schema_of(annotation: Any) -> Schema:
    """Return the JSON schema of an annotated type.

    The supported types are int, float, str, bool, None, list, dict, the abstract base classes of
    list and dict, Optional, ``|``, Literal, TypedDict, Any and Image. Annotated and NewType are
    treated as the wrapped type. An annotation that is not a type, such as a remark in a string,
    allows any value. Raises NotJson for other types.
    """
    if annotation is Image:
        return {"type": ["string", "object"], "format": FORMAT, "description": DESCRIPTION}
    # Any object can be an annotation. Looking up an unhashable object would raise TypeError.
    if isinstance(annotation, collections.abc.Hashable) and annotation in _PLAIN:
        return dict(_PLAIN[annotation])
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return schema_of(arguments[0])
    if origin is typing.Literal and is_json(list(arguments)):
        return {"enum": list(arguments)}
    if origin in (typing.Union, types.UnionType):
        return _union([schema_of(argument) for argument in arguments])
    if (origin or annotation) in _LISTS:
        items = schema_of(arguments[0]) if arguments else {}
        return {"type": "array", "items": items} if items else {"type": "array"}
    if (origin or annotation) in _DICTS:
        return _mapping(annotation, arguments)
    if isinstance(annotation, typing.NewType):
        return schema_of(annotation.__supertype__)
    if typing.is_typeddict(annotation):
        return _typed_dict(annotation)
    if isinstance(annotation, type) or origin is not None:
        raise NotJson(getattr(annotation, "__name__", None) or str(annotation))
    return {}


def nullable(schema: Schema) -> Schema:
    """Return a schema that also allows null. An empty schema is returned unchanged."""
    return _union([schema, {"type": "null"}]) if schema else schema


def has_image(schema: Any) -> bool:
    """Return whether a schema is or contains the schema of an image."""
    if not isinstance(schema, dict):
        return False
    inner = [*schema.get("anyOf", ()), *schema.get("properties", {}).values()]
    inner += [schema.get("items"), schema.get("additionalProperties")]
    return schema.get("format") == FORMAT or any(map(has_image, inner))


def is_json(value: object) -> bool:
    """Return whether a value is JSON data that needs no conversion.

    Returns False for tuples, NaN, infinities and instances of subclasses, such as numpy.float64.
    """
    if type(value) in (bool, int, str, type(None)):
        return True
    if isinstance(value, float):
        return type(value) is float and math.isfinite(value)
    if type(value) is list:
        return all(map(is_json, value))
    if type(value) is dict:
        return all(type(key) is str and is_json(item) for key, item in value.items())
    return False


def _mapping(annotation: Any, arguments: tuple[Any, ...]) -> Schema:
    if not arguments:
        return {"type": "object"}
    if schema_of(arguments[0]) not in ({"type": "string"}, {}):
        raise NotJson(str(annotation))
    values = schema_of(arguments[1])
    return {"type": "object", "additionalProperties": values} if values else {"type": "object"}


def _typed_dict(annotation: Any) -> Schema:
    # get_type_hints also removes Required and NotRequired from the types.
    hints = typing.get_type_hints(annotation)
    required = [name for name in hints if name in annotation.__required_keys__]
    properties = {name: schema_of(hint) for name, hint in hints.items()}
    return {"type": "object", "properties": properties, "required": required}


def _union(options: list[Schema]) -> Schema:
    if {} in options:
        return {}
    flat: list[Schema] = []
    for option in options:
        for inner in option.get("anyOf", [option]):
            if inner not in flat:
                flat.append(inner)
    # If every option is a plain type, a list of types (``{"type": ["integer", "null"]}``) is easier
    # to understand than ``anyOf``, for forms and for readers of the OpenAPI document.
    if all(list(option) == ["type"] for option in flat):
        kinds = [
            kind
            for option in flat
            for kind in (option["type"] if isinstance(option["type"], list) else [option["type"]])
        ]
        kinds = list(dict.fromkeys(kinds))
        return {"type": kinds[0] if len(kinds) == 1 else kinds}
    return {"anyOf": flat}
