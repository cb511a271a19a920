"""JSON schemas of Python types, for the types whose objects can be made of JSON data.

The schemas are those of draft 2020-12, as the standard tools write them. Two keys tell the action
which object to make of the data (``shipped/action/objects.py``): ``x-faas-type`` is a kind from
library_schemas.py, class_schemas.py or this module, and ``x-faas-class`` is a class.
"""

from __future__ import annotations

import inspect
import math
import numbers
import types
import typing
from collections import abc
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_faas.capture.class_schemas import ClassSchemas
from jupyter_faas.capture.library_schemas import KIND, NotJson, Schema, array_schema, library_schema
from jupyter_faas.images import DESCRIPTION, FORMAT, Image

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
_LISTS = (list, abc.Sequence, abc.MutableSequence, abc.Iterable, abc.Collection)
_SETS: dict[object, str] = {set: "set", frozenset: "frozenset", abc.Set: "set"}
_DICTS = (dict, abc.Mapping, abc.MutableMapping)
# The form in which an action answers with objects that callers may send in several forms.
_ANSWERS: dict[object, Schema] = {
    "datetime.timedelta": {"type": "string"},
    "decimal.Decimal": {"type": "string"},
    "pandas.Timedelta": {"type": "string"},
    "pandas.DataFrame": {"type": "array"},
    "namedtuple": {"type": "array"},
}


class TypeSchemas:
    """The schemas of the types that one function uses.

    ``namespace`` is the notebook's, in which its classes are found. ``of`` collects the schemas of
    recursive classes in ``definitions``, which belong into ``$defs``, and the names of the
    notebook's classes in ``class_names``. ``result`` is true for the type of a result, whose
    pydantic models may have other fields.
    """

    def __init__(
        self, namespace: Mapping[str, object] | None = None, *, result: bool = False
    ) -> None:
        self._classes = ClassSchemas(namespace or {}, self.of, result=result)

    @property
    def definitions(self) -> dict[str, Schema]:
        return self._classes.definitions

    @property
    def class_names(self) -> set[str]:
        return self._classes.names

    def of(self, annotation: Any) -> Schema:
        """Return the JSON schema of an annotated type.

        The supported types are those of JSON with their abstract base classes, tuples, sets,
        Optional, ``|``, Literal, Any, Image, the types of library_schemas.py, enumerations,
        dataclasses, TypedDict, NamedTuple and pydantic models. Annotated adds a description, and
        NewType is treated as the wrapped type. An annotation that is not a type, such as a remark
        in a string, allows any value. Raises NotJson for other types.
        """
        if annotation is Image:
            return {"type": ["string", "object"], "format": FORMAT, "description": DESCRIPTION}
        # Any object can be an annotation. Looking up an unhashable object would raise TypeError.
        if isinstance(annotation, abc.Hashable) and annotation in _PLAIN:
            return dict(_PLAIN[annotation])
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is typing.Annotated:
            return {**self.of(arguments[0]), **_remarks(arguments[1:])}
        # These mark fields of a TypedDict. typing has them since Python 3.11.
        if getattr(origin, "_name", None) in ("Required", "NotRequired", "ReadOnly"):
            return self.of(arguments[0])
        if origin is typing.Literal and is_json(list(arguments)):
            return {"enum": list(arguments)}
        if origin in (typing.Union, types.UnionType):
            return _union([self.of(argument) for argument in arguments])
        if isinstance(annotation, typing.NewType):
            return self.of(annotation.__supertype__)
        found = self._collection(annotation, origin or annotation, arguments)
        if found is None:
            found = array_schema(origin, arguments)
        if found is None and isinstance(annotation, type):
            found = library_schema(annotation) or self._classes.of(annotation)
        if found is not None:
            return found
        if isinstance(annotation, type) or origin is not None:
            raise NotJson(getattr(annotation, "__name__", None) or str(annotation))
        return {}

    def _collection(self, annotation: Any, kind: Any, arguments: tuple[Any, ...]) -> Schema | None:
        if kind in _LISTS:
            items = self.of(arguments[0]) if arguments else {}
            return {"type": "array", "items": items} if items else {"type": "array"}
        if isinstance(kind, abc.Hashable) and kind in _SETS:
            schema: Schema = {"type": "array", "uniqueItems": True, KIND: _SETS[kind]}
            return {**schema, "items": self.of(arguments[0])} if arguments else schema
        if kind is tuple:
            return self._tuple(arguments)
        return self._mapping(annotation, arguments) if kind in _DICTS else None

    def _tuple(self, arguments: tuple[Any, ...]) -> Schema:
        schema: Schema = {"type": "array", KIND: "tuple"}
        if not arguments:
            return schema
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return {**schema, "items": self.of(arguments[0])}
        parts = [self.of(argument) for argument in arguments]
        count = len(parts)
        return {**schema, "prefixItems": parts, "minItems": count, "maxItems": count}

    def _mapping(self, annotation: Any, arguments: tuple[Any, ...]) -> Schema:
        if not arguments:
            return {"type": "object"}
        if self.of(arguments[0]) not in ({"type": "string"}, {}):
            raise NotJson(str(annotation))
        values = self.of(arguments[1])
        return {"type": "object", "additionalProperties": values} if values else {"type": "object"}


def schema_of(annotation: Any) -> Schema:
    """Return the schema of an annotated type that uses no class of a notebook."""
    return TypeSchemas().of(annotation)


def nullable(schema: Schema) -> Schema:
    """Return a schema that also allows null. An empty schema is returned unchanged."""
    return _union([schema, {"type": "null"}]) if schema else schema


def has_image(schema: Any) -> bool:
    """Return whether a schema is or contains the schema of an image."""
    return any(one.get("format") == FORMAT for one in _parts(schema))


def has_kinds(schema: Any) -> bool:
    """Return whether objects must be made of the data that fits a schema."""
    return any(KIND in one or "$ref" in one for one in _parts(schema))


def kinds_in(schema: Any) -> Iterator[str]:
    """Yield the libraries and kinds of the objects that a schema describes, such as ``pandas``."""
    yield from (one[KIND].partition(".")[0] for one in _parts(schema) if KIND in one)


def answer_schema(schema: Any) -> Any:
    """Return the schema of the answer for the schema of a return annotation.

    Parameters may be sent in several forms, but answers have one. They have none of our own keys.
    """
    if isinstance(schema, list):
        return [answer_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {**schema, **_ANSWERS.get(schema.get(KIND), {})}
    if schema.get(KIND) == "pandas.DataFrame":
        del schema["additionalProperties"]
    return {
        key: answer_schema(value) for key, value in schema.items() if not key.startswith("x-faas-")
    }


def _parts(schema: Any) -> Iterator[Schema]:
    if not isinstance(schema, dict):
        return
    yield schema
    inner = [*schema.get("anyOf", ()), *schema.get("prefixItems", ())]
    inner += schema.get("properties", {}).values()
    for one in (*inner, schema.get("items"), schema.get("additionalProperties")):
        yield from _parts(one)


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


def _remarks(metadata: tuple[Any, ...]) -> Schema:
    """Return the title and the description from the metadata of Annotated.

    The description is a string, or from an object such as pydantic's ``Field(description=…)``.
    """
    found: Schema = {}
    for one in metadata:
        if isinstance(one, str):
            found["description"] = one
            continue
        for key, attribute in (
            ("title", "title"),
            ("description", "description"),
            ("description", "documentation"),
        ):
            if isinstance(text := getattr(one, attribute, None), str):
                found[key] = text
    return found


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
