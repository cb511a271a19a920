"""JSON schemas of classes: enumerations, dataclasses, TypedDict, NamedTuple, pydantic models."""

from __future__ import annotations

import dataclasses
import enum
import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jupyter_faas.capture.library_schemas import KIND, NotJson, Schema, json_default
from jupyter_faas.images import FORMAT

_PLACE = "#/$defs/"


class ClassSchemas:
    """The schemas of the classes that one function uses.

    ``namespace`` is the notebook's. ``schema_of`` returns the schema of a field's type. The schemas
    of recursive classes and of pydantic's nested models are collected in ``definitions``, and the
    names of the notebook's classes in ``names``.
    """

    def __init__(
        self,
        namespace: Mapping[str, object],
        schema_of: Callable[[Any], Schema],
        *,
        result: bool,
    ) -> None:
        self.definitions: dict[str, Schema] = {}
        self.names: set[str] = set()
        self._namespace = namespace
        self._schema_of = schema_of
        self._result = result
        self._open: list[type] = []
        self._recursive: set[type] = set()

    def of(self, cls: type) -> Schema | None:
        """Return the schema of a class, or None for a class of another kind.

        Raises NotJson if the type of a field has no schema.
        """
        if issubclass(cls, enum.Enum):
            return self._enumeration(cls)
        if hasattr(cls, "model_json_schema"):
            return self._pydantic(cls)
        for applies, read in (
            (typing.is_typeddict, self._typed_dict),
            (dataclasses.is_dataclass, self._dataclass),
            (_is_named_tuple, self._named_tuple),
        ):
            if applies(cls):
                return self._read(cls, read)
        return None

    def _read(self, cls: type, read: Callable[[type], Schema]) -> Schema:
        if cls in self._open:
            self._recursive.add(cls)
            return {"$ref": f"{_PLACE}{cls.__name__}"}
        self._open.append(cls)
        try:
            schema = read(cls)
        finally:
            self._open.remove(cls)
        if cls not in self._recursive:
            return schema
        if self.definitions.setdefault(cls.__name__, schema) != schema:
            raise NotJson(f"{cls.__name__} (another recursive class has the same name)")
        return {"$ref": f"{_PLACE}{cls.__name__}"}

    def _enumeration(self, cls: type[enum.Enum]) -> Schema:
        if issubclass(cls, enum.Flag) or not len(cls):
            raise NotJson(cls.__name__)
        schema: Schema = {"title": cls.__name__, KIND: "enum", **self._place(cls)}
        values = {name: member.value for name, member in cls.__members__.items()}
        if all(type(value) in (str, int, float, bool) for value in values.values()):
            # Callers may also send the name of a member.
            distinct = [member.value for member in cls]
            return {"enum": distinct, **schema, "x-faas-names": values}
        return {"enum": list(values), **schema}

    def _typed_dict(self, cls: Any) -> Schema:
        hints = self._hints(cls)
        # The class does not see NotRequired in a quoted annotation.
        optional = {
            name
            for name, hint in hints.items()
            if getattr(typing.get_origin(hint), "_name", None) == "NotRequired"
        }
        required = [name for name in hints if name in cls.__required_keys__ - optional]
        properties = {name: self._schema_of(hint) for name, hint in hints.items()}
        return {"type": "object", "properties": properties, "required": required}

    def _dataclass(self, cls: Any) -> Schema:
        hints = self._hints(cls)
        properties: dict[str, Schema] = {}
        required = []
        for field in dataclasses.fields(cls):
            if not field.init:
                continue
            properties[field.name] = self._field(cls, hints.get(field.name, Any), field.default)
            if field.default is field.default_factory is dataclasses.MISSING:
                required.append(field.name)
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "title": cls.__name__,
            KIND: "dataclass",
            **self._place(cls),
        }

    def _named_tuple(self, cls: Any) -> Schema:
        hints, defaults = self._hints(cls), cls._field_defaults
        parts = [
            {
                **self._field(cls, hints.get(name, Any), defaults.get(name, dataclasses.MISSING)),
                "title": name,
            }
            for name in cls._fields
        ]
        return {
            "type": ["array", "object"],
            "prefixItems": parts,
            "minItems": len(parts) - len(defaults),
            "maxItems": len(parts),
            "title": cls.__name__,
            KIND: "namedtuple",
            **self._place(cls),
        }

    def _field(self, cls: type, hint: Any, default: object) -> Schema:
        # ``b: date = None`` is common, so the schema must allow the default.
        hint = typing.Optional[hint] if default is None else hint  # noqa: UP045 it may be quoted
        schema = self._schema_of(hint)
        if schema.get("format") == FORMAT:
            raise NotJson(f"{cls.__name__} (with an image field)")
        value = json_default(default)
        plain = value is None or type(value) in (str, int, bool, float)
        return {**schema, "default": value} if plain else schema

    def _pydantic(self, cls: Any) -> Schema:
        mode = "serialization" if self._result else "validation"
        for prefix in ("", f"{cls.__name__}."):
            try:
                schema: Schema = cls.model_json_schema(
                    mode=mode, ref_template=f"{_PLACE}{prefix}{{model}}"
                )
            # pydantic raises errors of several classes for fields that have no schema.
            except Exception as error:
                raise NotJson(f"{cls.__name__} ({str(error).splitlines()[0]})") from None
            found = {f"{prefix}{name}": one for name, one in schema.pop("$defs", {}).items()}
            if all(self.definitions.get(name, one) == one for name, one in found.items()):
                break
        self.definitions |= found
        return {**schema, KIND: "pydantic", **self._place(cls)}

    def _hints(self, cls: type) -> dict[str, Any]:
        # The classes of a notebook are defined in its namespace, which need not be ``__main__``.
        own = dict(self._namespace) if self._importable(cls) is None else None
        try:
            return typing.get_type_hints(cls, globalns=own, include_extras=True)
        except (NameError, TypeError, AttributeError) as error:
            raise NotJson(f"{cls.__name__} ({error})") from None

    def _place(self, cls: type) -> Schema:
        """Return the key by which the action finds a class. Raises NotJson if it cannot be found.

        The key is a name of the notebook, or ``module:name``.
        """
        if (place := self._importable(cls)) is None:
            place = next(self._names_of(cls), None)
            if place is None:
                raise NotJson(f"{cls.__name__} (no variable in the notebook refers to this class)")
            self.names.add(place.partition(".")[0])
        return {"x-faas-class": place}

    @staticmethod
    def _importable(cls: type) -> str | None:
        module = sys.modules.get(cls.__module__)
        if module is None or cls.__module__ in ("__main__", "builtins"):
            return None
        return (
            f"{cls.__module__}:{cls.__qualname__}"
            if _attribute(module.__dict__, cls.__qualname__) is cls
            else None
        )

    def _names_of(self, cls: type) -> Iterator[str]:
        if _attribute(self._namespace, cls.__qualname__) is cls:
            yield cls.__qualname__
        yield from (name for name, value in self._namespace.items() if value is cls)


def _attribute(namespace: Mapping[str, object], path: str) -> object:
    first, *others = path.split(".")
    found = namespace.get(first)
    for name in others:
        found = getattr(found, name, None)
    return found


def _is_named_tuple(cls: type) -> bool:
    return issubclass(cls, tuple) and hasattr(cls, "_fields")
