"""Triggers as they travel over HTTP (contract §2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.keyvalues import KeyValues, as_json, key_values
from jupyter_faas.whisk.names import FullName
from jupyter_faas.whisk.references import read_reference, reference_json

ACTIVE, INACTIVE = "active", "inactive"


@dataclass(frozen=True)
class RuleLink:
    """A trigger's entry for a rule: the action that it runs, and whether it is active."""

    action: FullName
    status: str

    def to_json(self) -> dict[str, Any]:
        return {"action": reference_json(self.action), "status": self.status}


@dataclass(frozen=True)
class Trigger:
    """A trigger; ``rules`` go by their paths (``guest/rule``), ``updated`` is epoch ms."""

    namespace: str
    name: str
    version: str
    publish: bool
    parameters: KeyValues
    annotations: KeyValues
    updated: int
    rules: Mapping[str, RuleLink] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def full_name(self) -> FullName:
        return FullName(self.namespace, None, self.name)

    def status_of(self, rule: FullName) -> str:
        """A rule that the trigger does not know is inactive."""
        link = self.rules.get(rule.path)
        return link.status if link else INACTIVE

    def linked(self, rule: FullName, link: RuleLink) -> Trigger:
        return replace(self, rules=MappingProxyType({**self.rules, rule.path: link}))

    def unlinked(self, rule: FullName) -> Trigger:
        left = {path: link for path, link in self.rules.items() if path != rule.path}
        return replace(self, rules=MappingProxyType(left))

    def to_json(self) -> dict[str, Any]:
        """The entity. A trigger has no limits; ``rules`` is present when it has some."""
        obj = {
            **self.summary_json(),
            "parameters": as_json(self.parameters),
            "limits": {},
        }
        if self.rules:
            obj["rules"] = {path: link.to_json() for path, link in self.rules.items()}
        return obj

    def summary_json(self) -> dict[str, Any]:
        """An entry of a list."""
        return {
            "namespace": self.namespace,
            "name": self.name,
            "version": self.version,
            "publish": self.publish,
            "annotations": as_json(self.annotations),
            "updated": self.updated,
        }

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> Trigger:
        """Read a whole entity. Raises InputError when it is none."""
        namespace, name, rules = obj.get("namespace"), obj.get("name"), obj.get("rules") or {}
        if not isinstance(namespace, str) or not isinstance(name, str):
            raise InputError("This is not a trigger: it has no name.")
        links = {
            path: RuleLink(
                read_reference(link.get("action"), namespace), str(link.get("status", INACTIVE))
            )
            for path, link in rules.items()
        }
        return cls(
            namespace=namespace,
            name=name,
            version=str(obj.get("version", "0.0.1")),
            publish=obj.get("publish") is True,
            parameters=key_values(obj.get("parameters")),
            annotations=key_values(obj.get("annotations"), "annotations"),
            updated=int(obj.get("updated") or 0),
            rules=MappingProxyType(links),
        )
