"""Triggers and rules, and their JSON representation in the REST API (contract §2.3, §2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from jupyter_faas.whisk.keyvalues import KeyValues, as_json, key_values, read_head
from jupyter_faas.whisk.names import FullName, read_reference, reference_json

ACTIVE, INACTIVE = "active", "inactive"


class RuleLink(NamedTuple):
    """The action and status (active or inactive) of a rule, as its trigger stores them."""

    action: FullName
    status: str

    def to_json(self) -> dict[str, Any]:
        return {"action": reference_json(self.action), "status": self.status}


@dataclass(frozen=True)
class Trigger:
    """A trigger.

    ``rules`` maps the path of each rule, such as ``guest/rule``, to its action and status.
    ``has_had_rules`` is true from the first rule on, and then the JSON has ``rules`` even if it is
    empty. ``updated`` is epoch ms.
    """

    namespace: str
    name: str
    version: str
    publish: bool
    parameters: KeyValues
    annotations: KeyValues
    updated: int
    rules: Mapping[str, RuleLink] = field(default_factory=lambda: MappingProxyType({}))
    has_had_rules: bool = False

    @property
    def full_name(self) -> FullName:
        return FullName(self.namespace, None, self.name)

    def status_of(self, rule: FullName) -> str:
        """Return the status of a rule. Rules of other triggers are inactive."""
        link = self.rules.get(rule.path)
        return link.status if link else INACTIVE

    def linked(self, rule: FullName, link: RuleLink) -> Trigger:
        rules = MappingProxyType({**self.rules, rule.path: link})
        return replace(self, rules=rules, has_had_rules=True)

    def unlinked(self, rule: FullName) -> Trigger:
        left = {path: link for path, link in self.rules.items() if path != rule.path}
        return replace(self, rules=MappingProxyType(left))

    def to_json(self) -> dict[str, Any]:
        """Return the trigger as JSON, with ``rules`` if it has or had any."""
        # Triggers do not have limits, but clients expect the empty object.
        obj = {
            **self.summary_json(),
            "parameters": as_json(self.parameters),
            "limits": {},
        }
        if self.has_had_rules:
            obj["rules"] = {path: link.to_json() for path, link in self.rules.items()}
        return obj

    def summary_json(self) -> dict[str, Any]:
        """Return the trigger as it appears in lists."""
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
        """Parse a trigger or a list entry. Raises InputError if it is malformed."""
        head, rules = read_head(obj, "trigger"), obj.get("rules") or {}
        links = {
            path: RuleLink(
                read_reference(link.get("action"), head["namespace"]),
                str(link.get("status", INACTIVE)),
            )
            for path, link in rules.items()
        }
        parameters = key_values(obj.get("parameters"))
        return cls(
            **head,
            parameters=parameters,
            rules=MappingProxyType(links),
            has_had_rules="rules" in obj,
        )


class Rule(NamedTuple):
    """A rule, which makes a trigger run an action.

    The trigger stores the rule's status in ``Trigger.rules``. ``updated`` is epoch ms.
    """

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
        """Return the rule as JSON. ``status`` comes from the rule's trigger."""
        return {**self.summary_json(), "status": status}

    def summary_json(self) -> dict[str, Any]:
        """Return the rule as it appears in lists, where the status is missing."""
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
        """Parse a rule or a list entry. Raises InputError if it is malformed."""
        head = read_head(obj, "rule")
        return cls(
            **head,
            trigger=read_reference(obj.get("trigger"), head["namespace"]),
            action=read_reference(obj.get("action"), head["namespace"]),
        )
