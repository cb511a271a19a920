"""Key/value lists, the form of parameters and annotations in the REST API (contract §1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_faas.errors import InputError


@dataclass(frozen=True)
class KeyValue:
    """A parameter or annotation. ``init``: it becomes an environment variable, not an argument."""

    key: str
    value: Any
    init: bool = False

    def to_json(self) -> dict[str, Any]:
        if self.init:
            return {"key": self.key, "value": self.value, "init": True}
        return {"key": self.key, "value": self.value}


KeyValues = tuple[KeyValue, ...]


def key_values(obj: object, what: str = "parameters") -> KeyValues:
    """Read a list of ``{"key", "value"(, "init")}``; a repeated key replaces the earlier one.

    Raises InputError (``parameters malformed!``) when an entry has no key or no value.
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
        # As in OpenWhisk, a later entry takes the position of an earlier one with the same key.
        found[key] = KeyValue(key, entry["value"], entry.get("init") is True)
    return tuple(found.values())


def read_head(obj: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Return the fields that all entities have, for their constructors.

    Raises InputError, which calls the entity ``what``, when it has no name.
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
    """Return ``old`` and ``new`` together. For a key in both, the value is that of ``new``."""
    merged = {entry.key: entry for entry in old}
    merged.update((entry.key, entry) for entry in new)
    return tuple(merged.values())


def is_truthy(value: object) -> bool:
    """Return whether an annotation counts as set: not false, 0, an empty string or null.

    Unlike in Python, an empty list or object counts as set (contract §3.6).
    """
    return value is not None and value is not False and value != 0 and value != ""
