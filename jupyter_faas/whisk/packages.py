"""Packages and bindings, and their JSON representation in the REST API (contract §2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from jupyter_faas.errors import InputError, NameNotAllowed
from jupyter_faas.whisk.keyvalues import KeyValue, KeyValues, as_json, key_values, read_head
from jupyter_faas.whisk.names import OWN_NAMESPACE, check_name


class PackageName(NamedTuple):
    """The full name of a package or binding."""

    namespace: str
    name: str

    @property
    def path(self) -> str:
        """The namespace and name, such as ``guest/models``.

        This is also the ``namespace`` field of the actions in the package.
        """
        return f"{self.namespace}/{self.name}"

    def to_json(self) -> dict[str, str]:
        return {"namespace": self.namespace, "name": self.name}

    @classmethod
    def from_json(cls, obj: object, own_namespace: str) -> PackageName | None:
        """Parse the ``binding`` of a package. Return None for ``{}``.

        ``own_namespace`` replaces ``_``. Raises InputError, with OpenWhisk's message, if the
        binding has no namespace or name, or if one of them is illegal.
        """
        if obj == {}:
            return None
        if not isinstance(obj, Mapping):
            raise InputError("Object expected in field 'namespace'")
        for member in ("namespace", "name"):
            if member not in obj:
                raise InputError(f"Object is missing required member '{member}'")
        namespace, name = obj["namespace"], obj["name"]
        if not isinstance(namespace, str) or not isinstance(name, str):
            raise InputError("entity name malformed")
        if namespace == OWN_NAMESPACE:
            namespace = own_namespace
        try:
            return cls(check_name(namespace, "namespace"), check_name(name))
        except NameNotAllowed as error:
            raise InputError("entity name malformed", hint=error.hint) from error


class Package(NamedTuple):
    """A package or binding.

    ``binding`` is the package that a binding refers to, or None for a package. ``updated`` is epoch
    ms.
    """

    namespace: str
    name: str
    version: str
    publish: bool
    parameters: KeyValues
    annotations: KeyValues
    binding: PackageName | None
    updated: int

    @property
    def full_name(self) -> PackageName:
        return PackageName(self.namespace, self.name)

    def to_json(self) -> dict[str, Any]:
        """Return the package as JSON, without its actions."""
        return {
            **self._common(),
            "parameters": as_json(self.parameters),
            "binding": self.binding.to_json() if self.binding else {},
        }

    def summary_json(self) -> dict[str, Any]:
        """Return the package as it appears in lists."""
        # In lists, OpenWhisk writes ``false`` for a missing binding instead of ``{}``.
        return {**self._common(), "binding": self.binding.to_json() if self.binding else False}

    def _common(self) -> dict[str, Any]:
        return {
            "namespace": self.namespace,
            "name": self.name,
            "version": self.version,
            "publish": self.publish,
            "annotations": as_json(self.annotations),
            "updated": self.updated,
        }

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> Package:
        """Parse a package or a list entry. Raises InputError if it is malformed."""
        head = read_head(obj, "package")
        return cls(
            **head,
            parameters=key_values(obj.get("parameters")),
            binding=PackageName.from_json(obj.get("binding") or {}, head["namespace"]),
        )


def binding_annotation(binding: PackageName | None) -> KeyValues:
    """Return the ``binding`` annotation, which only the server sets.

    Returns an empty tuple if ``binding`` is None.
    """
    return (KeyValue("binding", binding.to_json()),) if binding else ()
