"""Rules as they travel over HTTP (contract §2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.keyvalues import KeyValues, as_json, key_values
from jupyter_faas.whisk.names import FullName
from jupyter_faas.whisk.references import read_reference, reference_json


@dataclass(frozen=True)
class Rule:
    """The action that a trigger runs. Its status is in the trigger; ``updated`` is epoch ms."""

    namespace: str
    name: str
    version: str
    publish: bool
    trigger: FullName
    action: FullName
    annotations: KeyValues
    updated: int

    @property
    def full_name(self) -> FullName:
        return FullName(self.namespace, None, self.name)

    def to_json(self, status: str) -> dict[str, Any]:
        """The entity; ``status`` is what its trigger says."""
        return {**self.summary_json(), "status": status}

    def summary_json(self) -> dict[str, Any]:
        """An entry of a list, without the status."""
        return {
            "namespace": self.namespace,
            "name": self.name,
            "version": self.version,
            "publish": self.publish,
            "trigger": reference_json(self.trigger),
            "action": reference_json(self.action),
            "annotations": as_json(self.annotations),
            "updated": self.updated,
        }

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> Rule:
        """Read an entity or a list entry. Raises InputError when it is none."""
        namespace, name = obj.get("namespace"), obj.get("name")
        if not isinstance(namespace, str) or not isinstance(name, str):
            raise InputError("This is not a rule: it has no name.")
        return cls(
            namespace=namespace,
            name=name,
            version=str(obj.get("version", "0.0.1")),
            publish=obj.get("publish") is True,
            trigger=read_reference(obj.get("trigger"), namespace),
            action=read_reference(obj.get("action"), namespace),
            annotations=key_values(obj.get("annotations"), "annotations"),
            updated=int(obj.get("updated") or 0),
        )
