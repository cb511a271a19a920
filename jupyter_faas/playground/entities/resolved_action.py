"""Resolved actions: the parameters, limits and annotations with which an action runs.

A ``ResolvedAction`` contains the values that every invocation of one revision needs. They are
computed once, and cached until the action, its package or its binding changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from jupyter_faas.errors import InputError
from jupyter_faas.playground.entities.access import Access, LocatedAction
from jupyter_faas.playground.entities.actions import DeployedAction
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.notes import INIT_OF_BINDING, NOTE, join_notes
from jupyter_faas.playground.storage.filters import entity_of
from jupyter_faas.playground.storage.graphs import Graph
from jupyter_faas.whisk import Action, FullName, KeyValue, KeyValues, PackageName, as_dict
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.whisk.inputs import KEEP_INPUTS, KeepInputs
from jupyter_faas.whisk.keyvalues import as_json, is_truthy
from jupyter_faas.whisk.variants import Variant

RESERVED = "Request defines parameters that are not allowed (e.g., reserved properties)."

# The revision, the caller's namespace, and the init parameters.
WarmKey = tuple[int, str, tuple[tuple[str, str], ...]]

# The input of an action. It is a list only if the previous action of a sequence returned a list.
Payload = Mapping[str, Any] | list[Any]


@dataclass(frozen=True)
class ResolvedAction:
    """An action with the parameters of its package and binding, ready to be invoked.

    ``name``: the requested name.
    ``path``: the action's own path, which differs from ``name`` if a binding was used.
    ``warm_key``: runs with the same key can share workers.
    ``parameters``: parameters that are passed as arguments.
    ``init``: parameters that are passed as environment variables.
    ``immutable``: names of parameters that a payload must not set.
    ``wants_key``: whether the action gets the caller's API key.
    ``annotations``: the first annotations of every record.
    ``log_limit``: the maximum size of the logs in bytes.
    ``note``: a remark for the records of cold starts, or empty.
    """

    name: FullName
    action: Action
    revision: int
    warm_key: WarmKey
    path: str
    parameters: Mapping[str, Any]
    init: Mapping[str, str]
    immutable: frozenset[str]
    wants_key: bool
    is_sequence: bool
    is_conductor: bool
    annotations: KeyValues
    log_limit: int
    timeout_s: float
    note: str = ""

    @property
    def memory_mb(self) -> int:
        return self.action.limits.memory

    @property
    def kind(self) -> str:
        return self.action.exec.kind

    @property
    def family(self) -> str:
        """The kind without its version: ``python`` for ``python:3.11``."""
        return self.action.exec.kind.partition(":")[0]

    @property
    def is_composite(self) -> bool:
        """Whether a run of this action runs other actions."""
        return self.is_sequence or self.is_conductor

    @cached_property
    def graph(self) -> Graph | None:
        """The graph of the sequence or composition, or None for other actions."""
        return Graph.of(self.action) if self.is_composite else None

    @cached_property
    def record_parts(self) -> tuple[bytes, bytes, str]:
        """The parts that are the same in every record: name and version, annotations, entity.

        The first two parts are JSON without the outer brackets, so that a record can be
        concatenated from parts.
        """
        named = orjson.dumps({"name": self.action.name, "version": self.action.version})
        annotations = as_dict(self.annotations)
        entity = entity_of(self.action.name, self.path, annotations.get("binding"))
        return named[1:-1], orjson.dumps(as_json(self.annotations))[1:-1], entity

    @cached_property
    def shadow(self) -> FullName:
        """The name of the action that gets copies of this action's runs, if it is deployed."""
        name = self.action.full_name
        return FullName(name.namespace, name.package, Variant("shadow", name.name).name)

    @cached_property
    def keeps_inputs(self) -> bool:
        return KeepInputs.of(self.action.annotation(KEEP_INPUTS)) is not None

    def check(self, payload: Mapping[str, Any]) -> None:
        """Raise InputError if the payload sets an immutable parameter."""
        if self.immutable and not self.immutable.isdisjoint(payload):
            raise InputError(RESERVED)

    def arguments(self, payload: Payload) -> Payload:
        """Return the arguments of a run: the action's parameters, overridden by the payload.

        A payload that is a list replaces the parameters (contract §3.1).
        """
        if isinstance(payload, list) or (not self.parameters and not self.init):
            return payload
        # As in OpenWhisk, the payload's members come first.
        merged = {**payload, **self.parameters, **payload}
        # Init parameters are passed only as environment variables, even if the payload contains
        # them.
        for key in self.init:
            merged.pop(key, None)
        return merged


def resolve_action(
    deployed: DeployedAction,
    name: FullName | None = None,
    *,
    caller_namespace: str = "",
    binding: PackageName | None = None,
    binds_init: bool = False,
) -> ResolvedAction:
    """Return the ResolvedAction of ``deployed``.

    ``deployed``: the action, with the parameters of its package and binding.
    ``name``: the requested name; by default the action's own name.
    ``binding``: the binding through which the action was requested, if any.
    ``binds_init``: whether the action gets init parameters of that binding.
    """
    action = deployed.action
    annotations = as_dict(action.annotations)
    final = is_truthy(annotations.get("final"))
    path = action.full_name.path
    init = {each.key: as_text(each.value) for each in action.parameters if each.init}
    return ResolvedAction(
        name=name or action.full_name,
        action=action,
        revision=deployed.revision,
        # A worker keeps the environment of the run that started it, which includes the caller's API
        # key and the init parameters. So runs share a worker only if these are the same.
        warm_key=(deployed.revision, caller_namespace, tuple(sorted(init.items()))),
        path=path,
        parameters={each.key: each.value for each in action.parameters if not each.init},
        init=init,
        immutable=frozenset(
            each.key for each in action.parameters if final and each.value is not None
        ),
        # Without the annotation, the API key is passed, as before the annotation existed.
        wants_key=is_truthy(annotations.get("provide-api-key", True)),
        is_sequence=action.exec.kind == SEQUENCE,
        is_conductor=action.exec.kind != SEQUENCE and is_truthy(annotations.get("conductor")),
        annotations=(
            KeyValue("path", path),
            KeyValue("kind", action.exec.kind),
            KeyValue("limits", action.limits.to_json()),
            *((KeyValue("binding", binding.path),) if binding else ()),
        ),
        log_limit=action.limits.logs * 1024 * 1024,
        timeout_s=action.limits.timeout / 1000,
        note=join_notes(
            str(annotations.get(NOTE, "")), INIT_OF_BINDING.format(path) if binds_init else ""
        ),
    )


class ResolvedActionCache:
    """A cache of resolved actions by caller and name. A lookup replaces an outdated entry."""

    def __init__(self, access: Access) -> None:
        self._access = access
        # The keys are the caller's namespace and the path of the requested name.
        self._resolved: dict[tuple[str, str], tuple[LocatedAction, ResolvedAction]] = {}
        # The actions that were looked up since the last change of any entity. They do not have to
        # be checked again, which makes almost every lookup fast.
        self._current: dict[tuple[str, str], ResolvedAction] = {}
        self._changes = -1

    def find(self, name: FullName, caller: Caller) -> ResolvedAction:
        """Return the resolved action of a name. Raises what ``Access.action`` raises."""
        key = (caller.namespace, name.path)
        if self._changes != self._access.changes:
            self._changes = self._access.changes
            self._current.clear()
        current = self._current.get(key)
        if current is None:
            current = self._current[key] = self._find(key, name, caller)
        return current

    def _find(self, key: tuple[str, str], name: FullName, caller: Caller) -> ResolvedAction:
        located = self._access.action(caller.namespace, name)
        known = self._resolved.get(key)
        if known is not None and known[0].is_same(located):
            return known[1]
        binding = located.binding
        resolved = resolve_action(
            located.merged(),
            name,
            caller_namespace=caller.namespace,
            binding=binding.full_name if binding else None,
            binds_init=located.binds_init,
        )
        self._resolved[key] = (located, resolved)
        return resolved

    def forget(self, revision: int) -> None:
        """Remove the revision of an updated or deleted action, to free its memory."""
        for key, (_, resolved) in list(self._resolved.items()):
            if resolved.revision == revision:
                del self._resolved[key]
                self._current.pop(key, None)


def as_text(value: Any) -> str:
    """Return the value of an environment variable for a parameter.

    A string is returned unchanged, None as an empty string, and any other value as JSON.
    """
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
