"""What every invocation of one revision of an action needs, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from jupyter_faas.errors import InputError
from jupyter_faas.playground.actions import Deployed
from jupyter_faas.whisk import Action, KeyValue, KeyValues, as_dict
from jupyter_faas.whisk.keyvalues import is_truthy

RESERVED = "Request defines parameters that are not allowed (e.g., reserved properties)."


@dataclass(frozen=True)
class Plan:
    """``annotations`` begin every record. ``init`` goes to the environment, as text."""

    action: Action
    revision: int
    path: str
    parameters: Mapping[str, Any]
    init: Mapping[str, str]
    immutable: frozenset[str]
    wants_key: bool
    is_conductor: bool
    annotations: KeyValues
    log_limit: int
    timeout_s: float

    @property
    def memory_mb(self) -> int:
        return self.action.limits.memory

    @property
    def kind(self) -> str:
        return self.action.exec.kind

    def arguments(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """The arguments of a run: the action's parameters, then the payload's (contract §3.1).

        Raises InputError when the payload names a parameter that is final.
        """
        if self.immutable and not self.immutable.isdisjoint(payload):
            raise InputError(RESERVED)
        if not self.parameters and not self.init:
            return payload
        merged = {**self.parameters, **payload}
        for key in self.init:
            merged.pop(key, None)
        return merged


def make_plan(deployed: Deployed) -> Plan:
    action = deployed.action
    annotations = as_dict(action.annotations)
    final = is_truthy(annotations.get("final"))
    path = action.full_name.path
    return Plan(
        action=action,
        revision=deployed.revision,
        path=path,
        parameters={each.key: each.value for each in action.parameters if not each.init},
        init={each.key: as_text(each.value) for each in action.parameters if each.init},
        immutable=frozenset(
            each.key for each in action.parameters if final and each.value is not None
        ),
        # Actions of before the annotation existed have always had the key.
        wants_key=is_truthy(annotations.get("provide-api-key", True)),
        is_conductor=is_truthy(annotations.get("conductor")),
        annotations=(
            KeyValue("path", path),
            KeyValue("kind", action.exec.kind),
            KeyValue("limits", action.limits.to_json()),
        ),
        log_limit=action.limits.logs * 1024 * 1024,
        timeout_s=action.limits.timeout / 1000,
    )


def as_text(value: Any) -> str:
    """A parameter as an environment variable: text as it is, null empty, else compact JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
