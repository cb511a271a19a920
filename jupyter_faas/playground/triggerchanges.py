"""What a PUT of a trigger or a rule asks for, and what comes of it (contract §2.3, §2.4). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from jupyter_faas.errors import InputError, NameNotAllowed
from jupyter_faas.playground.changes import (
    FIRST_VERSION,
    check_size,
    next_version,
    read_publish,
    read_version,
)
from jupyter_faas.playground.refusals import Malformed
from jupyter_faas.whisk import (
    FullName,
    KeyValues,
    Rule,
    SystemLimits,
    Trigger,
    check_name,
    key_values,
    read_reference,
)
from jupyter_faas.whisk.triggers import ACTIVE, INACTIVE

NO_FEED = "Feed name is not valid"
INCOMPLETE = "rule requires a valid trigger and a valid action"


@dataclass(frozen=True)
class TriggerChange:
    """The body of a PUT. None means: as it was."""

    parameters: KeyValues | None = None
    annotations: KeyValues | None = None
    version: str | None = None
    publish: bool | None = None


@dataclass(frozen=True)
class RuleChange:
    """The body of a PUT. None means: as it was."""

    trigger: FullName | None = None
    action: FullName | None = None
    annotations: KeyValues | None = None
    version: str | None = None
    publish: bool | None = None


def read_trigger_change(body: object, bounds: SystemLimits) -> TriggerChange:
    """Read the body of a PUT; unknown fields are ignored.

    Raises Malformed, TooLarge, and InputError for a feed that could not be one.
    """
    fields = _fields(body)
    parameters, annotations = fields.get("parameters"), fields.get("annotations")
    try:
        change = TriggerChange(
            parameters=None if parameters is None else key_values(parameters),
            annotations=None if annotations is None else key_values(annotations, "annotations"),
            version=read_version(fields.get("version")),
            publish=read_publish(fields.get("publish")),
        )
    except InputError as error:
        raise Malformed(error.message) from error
    check_size("parameters", change.parameters or (), bounds.max_parameter_bytes)
    check_size("annotations", change.annotations or (), bounds.max_annotation_bytes)
    for each in change.annotations or ():
        if each.key == "feed":
            _check_feed(each.value)
    return change


def apply_trigger_change(
    change: TriggerChange, old: Trigger | None, name: FullName, now: int
) -> Trigger:
    """The trigger after the change. Annotations replace the old ones, unlike an action's."""
    if old is None:
        old = Trigger(name.namespace, name.name, "", False, (), (), now)
        version = change.version or FIRST_VERSION
    else:
        version = change.version or next_version(old.version)
    return replace(
        old,
        version=version,
        publish=old.publish if change.publish is None else change.publish,
        parameters=old.parameters if change.parameters is None else change.parameters,
        annotations=old.annotations if change.annotations is None else change.annotations,
        updated=now,
    )


def read_rule_change(body: object, own_namespace: str, bounds: SystemLimits) -> RuleChange:
    """Read the body of a PUT; unknown fields are ignored. Raises Malformed and TooLarge."""
    fields = _fields(body)
    trigger, action = fields.get("trigger"), fields.get("action")
    annotations = fields.get("annotations")
    try:
        change = RuleChange(
            trigger=None if trigger is None else read_reference(trigger, own_namespace),
            action=None if action is None else read_reference(action, own_namespace),
            annotations=None if annotations is None else key_values(annotations, "annotations"),
            version=read_version(fields.get("version")),
            publish=read_publish(fields.get("publish")),
        )
    except InputError as error:
        raise Malformed(error.message) from error
    check_size("annotations", change.annotations or (), bounds.max_annotation_bytes)
    return change


def apply_rule_change(change: RuleChange, old: Rule | None, name: FullName, now: int) -> Rule:
    """The rule after the change. Raises InputError when a new one lacks its trigger or action."""
    trigger = change.trigger or (old.trigger if old else None)
    action = change.action or (old.action if old else None)
    if trigger is None or action is None:
        raise InputError(INCOMPLETE)
    annotations = change.annotations
    if annotations is None:
        annotations = old.annotations if old else ()
    return Rule(
        namespace=name.namespace,
        name=name.name,
        version=change.version or (next_version(old.version) if old else FIRST_VERSION),
        publish=change.publish if change.publish is not None else bool(old and old.publish),
        trigger=trigger,
        action=action,
        annotations=annotations,
        updated=now,
    )


def read_status(body: object) -> str:
    """The body of a POST to a rule: ``active`` or ``inactive``. Raises Malformed."""
    status = _fields(body).get("status")
    if status not in (ACTIVE, INACTIVE):
        raise Malformed(f"'{status}' is not a recognized rule state")
    return str(status)


def _fields(body: object) -> Mapping[str, Any]:
    if body is None:
        return {}
    if not isinstance(body, Mapping):
        raise Malformed("Object expected")
    return body


def _check_feed(value: object) -> None:
    """A name of any length; slashes that separate nothing are no fault upstream."""
    segments = [each for each in value.split("/") if each] if isinstance(value, str) else []
    try:
        for segment in segments:
            check_name(segment)
    except NameNotAllowed:
        segments = []
    if not segments:
        raise InputError(NO_FEED)
