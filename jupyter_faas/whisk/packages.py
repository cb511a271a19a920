"""Packages and bindings, and their JSON in the REST API (contract §2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.keyvalues import KeyValue, KeyValues, as_json, key_values, read_head
from jupyter_faas.whisk.names import OWN_NAMESPACE, check_name


@dataclass(frozen=True)
class PackageName:
    """The full name of a package or binding."""

    namespace: str
    name: str

    @property
    def path(self) -> str:
        """Namespace and name, ``guest/models``; also the ``namespace`` of the package's actions."""
        return f"{self.namespace}/{self.name}"

    def to_json(self) -> dict[str, str]:
        return {"namespace": self.namespace, "name": self.name}

    @classmethod
    def from_json(cls, obj: object, own_namespace: str) -> PackageName | None:
        """Read the ``binding`` of a package; return None for null and ``{}``.

        A missing namespace and ``_`` stand for ``own_namespace``. Raises InputError, or
        NameNotAllowed for illegal characters.
        """
        if obj is None or obj == {}:
            return None
        if not isinstance(obj, Mapping):
            raise InputError("binding malformed!")
        namespace, name = obj.get("namespace", OWN_NAMESPACE), obj.get("name")
        if not isinstance(namespace, str) or not isinstance(name, str):
            raise InputError("binding malformed!")
        if namespace == OWN_NAMESPACE:
            namespace = own_namespace
        return cls(check_name(namespace, "namespace"), check_name(name))


@dataclass(frozen=True)
class Package:
    """A package, or with ``binding`` a reference to another package; ``updated`` is epoch ms."""

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
        """Return the entity as JSON, without its actions."""
        return {
            **self._common(),
            "parameters": as_json(self.parameters),
            "binding": self.binding.to_json() if self.binding else {},
        }

    def summary_json(self) -> dict[str, Any]:
        """Return the list entry as JSON."""
        # OpenWhisk writes ``false`` here, but ``{}`` in the entity.
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
        """Read an entity or a list entry. Raises InputError when it is not one."""
        head = read_head(obj, "package")
        return cls(
            **head,
            parameters=key_values(obj.get("parameters")),
            binding=PackageName.from_json(obj.get("binding") or None, head["namespace"]),
        )


def binding_annotation(binding: PackageName | None) -> KeyValues:
    """Return the annotation of a binding, or nothing for a package. Only the server sets it."""
    return (KeyValue("binding", binding.to_json()),) if binding else ()
