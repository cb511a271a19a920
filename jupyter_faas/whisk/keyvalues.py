"""Key-value lists, which represent parameters and annotations in the REST API (contract §1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_faas.errors import InputError


@dataclass(frozen=True)
class KeyValue:
    """A parameter or annotation.

    If ``init`` is true, a parameter becomes an environment variable instead of an argument.
    """

    key: str
    value: Any
    init: bool = False

    def to_json(self) -> dict[str, Any]:
        if self.init:
            return {"key": self.key, "value": self.value, "init": True}
        return {"key": self.key, "value": self.value}


KeyValues = tuple[KeyValue, ...]


def key_values(obj: object, what: str = "parameters") -> KeyValues:
    """Parse a list of ``{"key", "value"}`` objects with an optional ``init``.

    A repeated key replaces the earlier one. None is an empty list. Raises InputError
    (``parameters malformed!``) if ``obj`` is not a list, or if an entry lacks a key or a value.
    """
    if obj is None:
        return ()
    if not isinstance(obj, list):
        raise InputError(f"{what} malformed!")
    found: dict[str, KeyValue] = {}
    for entry in obj:
        if not isinstance(entry, Mapping) or "value" not in entry:
            raise InputError(f"{what} malformed!")
        key = entry.get("key")
        if not isinstance(key, str) or not key:
            raise InputError(f"{what} malformed!")
        # As in OpenWhisk, a repeated key keeps the position of its first occurrence.
        found[key] = KeyValue(key, entry["value"], entry.get("init") is True)
    return tuple(found.values())


def read_head(obj: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Return the fields that are common to all entities, as arguments for their constructors.

    ``what`` is the type of entity in error messages. Raises InputError if the name or namespace is
    missing.
    """
    namespace, name = obj.get("namespace"), obj.get("name")
    if not isinstance(namespace, str) or not isinstance(name, str):
        raise InputError(f"This is not a {what}: it has no name.")
    return {
        "namespace": namespace,
        "name": name,
        "version": str(obj.get("version", "0.0.1")),
        "publish": obj.get("publish") is True,
        "annotations": key_values(obj.get("annotations"), "annotations"),
        "updated": int(obj.get("updated") or 0),
    }


def from_dict(values: Mapping[str, Any]) -> KeyValues:
    return tuple(KeyValue(key, value) for key, value in values.items())


def as_dict(entries: Iterable[KeyValue]) -> dict[str, Any]:
    return {entry.key: entry.value for entry in entries}


def as_json(entries: Iterable[KeyValue]) -> list[dict[str, Any]]:
    return [entry.to_json() for entry in entries]


def merge(old: Iterable[KeyValue], new: Iterable[KeyValue]) -> KeyValues:
    """Merge two lists. If both contain a key, the entry of ``new`` is used."""
    merged = {entry.key: entry for entry in old}
    merged.update((entry.key, entry) for entry in new)
    return tuple(merged.values())


def is_truthy(value: object) -> bool:
    """Return whether the value of an annotation is truthy (contract §3.6).

    All values except false, 0, an empty string and null are truthy. Unlike in Python, this includes
    empty lists and objects.
    """
    return value is not None and value is not False and value != 0 and value != ""
