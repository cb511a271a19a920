"""Key-value lists, which represent parameters and annotations in the REST API (contract §1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from jupyter_faas.errors import InputError


class KeyValue(NamedTuple):
    """A parameter or annotation.

    If ``init`` is true, a parameter becomes an environment variable instead of an argument.
    ``encryption`` is the name of the cipher that a client says it used, or None. It has no effect.

    Each record of a run has six. A frozen dataclass takes three times as long to create.
    """

    key: str
    value: Any
    init: bool = False
    encryption: str | None = None

    def to_json(self) -> dict[str, Any]:
        obj: dict[str, Any] = {"key": self.key, "value": self.value}
        if self.init:
            obj["init"] = True
        if self.encryption is not None:
            obj["encryption"] = self.encryption
        return obj


KeyValues = tuple[KeyValue, ...]
_MALFORMED = "parameters malformed!"


def key_values(obj: object) -> KeyValues:
    """Parse a list of ``{"key", "value"}`` objects with an optional ``init`` and ``encryption``.

    A repeated key replaces the earlier one. None is an empty list. Raises InputError
    (``parameters malformed!``, also for annotations, as in OpenWhisk) if ``obj`` is not a list, if
    an entry lacks a key or a value, or if a field has the wrong type.
    """
    if obj is None:
        return ()
    if not isinstance(obj, list):
        raise InputError(_MALFORMED)
    found: dict[str, KeyValue] = {}
    for entry in obj:
        # The check for an abstract class is slow, and parsed JSON contains dictionaries.
        if not isinstance(entry, (dict, Mapping)):
            raise InputError(_MALFORMED)
        key, init = entry.get("key"), entry.get("init", False)
        encryption = entry.get("encryption")
        if not isinstance(key, str) or not isinstance(init, bool) or "value" not in entry:
            raise InputError(_MALFORMED)
        if "encryption" in entry and not isinstance(encryption, str):
            raise InputError(_MALFORMED)
        # As in OpenWhisk, a repeated key keeps the position of its first occurrence.
        found[key] = KeyValue(key, entry["value"], init, encryption)
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
        "annotations": key_values(obj.get("annotations")),
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
