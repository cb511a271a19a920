"""The collection of deployed actions, and how a PUT creates or updates an action (contract §2.1).

Actions are read from memory. A change is committed to the database before the response is sent.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import orjson

from jupyter_faas.errors import ActionConflict, ActionNotFound, InputError
from jupyter_faas.playground.errors import Malformed, TooLarge
from jupyter_faas.playground.notes import NOTE, OLD_KIND
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.strict_json import read_rows
from jupyter_faas.whisk import (
    Action,
    ActionLimits,
    Exec,
    FullName,
    KeyValue,
    KeyValues,
    PackageName,
    SystemLimits,
    key_values,
    merge,
    read_reference,
    resolve_kind,
)
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.whisk.kinds import ALIASES, BLACKBOX, Runtimes
from jupyter_faas.whisk.names import OWN_NAMESPACE

# -- Reading and applying a PUT

# Numbers separated by dots. The last dot may be followed by nothing, as in ``1.2.``.
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*\.?", re.ASCII)
_MAX_VERSION_PART = 2**31 - 1
# The name of an image: ``[domain[:port]/]path[/path…][:tag][@digest]``. Docker has the same rules.
_DOMAIN = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?/)?"
_PATH = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_TAG = r"(?::[\w][\w.-]{0,127})?"
_DIGEST = r"(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?"
_IMAGE = re.compile(rf"({_DOMAIN}{_PATH}(?:/{_PATH})*{_TAG}){_DIGEST}", re.ASCII)
FIRST_VERSION = "0.0.1"

# The only parameter of a sequence. Older clients recognise sequences by this parameter.
COMPONENTS = "_actions"


class ActionChange(NamedTuple):
    """The body of a PUT of an action. A field that is None does not change the action.

    ``note``: a remark if OpenWhisk would have refused the request, or empty.
    """

    exec: Exec | None
    parameters: KeyValues | None
    annotations: KeyValues
    removed_annotations: tuple[str, ...]
    limits: Mapping[str, Any] | None
    version: str | None
    publish: bool | None
    note: str = ""


def read_action_change(
    body: object, runtimes: Runtimes, bounds: SystemLimits, own_namespace: str = OWN_NAMESPACE
) -> ActionChange:
    """Parse the body of a PUT of an action and ignore unknown fields.

    ``own_namespace`` replaces ``_`` in the components of a sequence. Raises Malformed for an
    invalid body, and TooLarge for code, parameters or annotations beyond ``bounds``.
    """
    fields = read_body(body)
    try:
        parameters = fields.get("parameters")
        change = ActionChange(
            exec=_read_exec(fields.get("exec"), runtimes, bounds, own_namespace),
            parameters=None if parameters is None else key_values(parameters),
            annotations=key_values(fields.get("annotations")),
            removed_annotations=_names(fields.get("delAnnotations")),
            limits=_object(fields.get("limits")),
            version=read_version(fields.get("version")),
            publish=read_publish(fields.get("publish")),
        )
        change = change._replace(note=_note(fields.get("exec"), change.exec))
        # This call only validates the limits. The result is not used, because missing limits are
        # taken from the existing action, which is not available here.
        ActionLimits.from_json(change.limits)
    except TooLarge:
        # TooLarge is an InputError too, but must keep its status 413.
        raise
    except InputError as error:
        raise Malformed(error.message) from error
    check_size("parameters", change.parameters or (), bounds.max_parameter_bytes)
    check_size("annotations", change.annotations, bounds.max_annotation_bytes)
    return change


def apply_change(
    change: ActionChange, old: Action | None, name: FullName, now: int, bounds: SystemLimits
) -> Action:
    """Return the action after the change; ``old`` is None for a new action.

    The result's ``exec.code`` is None if the change does not contain code. Raises InputError if a
    new action has no code, and LimitOutOfRange for limits beyond ``bounds``.
    """
    execution = change.exec or (old.exec if old else None)
    if execution is None:
        raise InputError("exec undefined")
    # Annotations are removed before new ones are added, so a key that is in both stays.
    before = old.annotations if old else ()
    kept = (each for each in before if each.key not in change.removed_annotations)
    annotations = merge(kept, change.annotations)
    # Add the annotation only to a new action. If a user removes it from an existing action, that
    # means true, as for actions that are older than the annotation.
    if old is None and not any(each.key == "provide-api-key" for each in annotations):
        annotations = (*annotations, KeyValue("provide-api-key", False))
    # The actions in a list do not have ``exec.kind``; clients read the kind from this annotation.
    annotations = merge(annotations, (KeyValue("exec", execution.kind),))
    if change.exec is not None:
        note = (KeyValue(NOTE, change.note),) if change.note else ()
        annotations = (*(each for each in annotations if each.key != NOTE), *note)
    limits = ActionLimits.from_json(change.limits, old.limits if old else None)
    namespace = name.namespace if name.package is None else f"{name.namespace}/{name.package}"
    publish = change.publish if change.publish is not None else bool(old and old.publish)
    return Action(
        namespace=namespace,
        name=name.name,
        version=change.version or (next_version(old.version) if old else FIRST_VERSION),
        publish=publish,
        exec=execution,
        parameters=_parameters(change, execution, old),
        annotations=annotations,
        limits=bounds.check(limits),
        updated=now,
    )


def without_code(action: Action) -> Action:
    return replace(action, exec=action.exec._replace(code=None))


def with_code(action: Action, code: str) -> Action:
    return replace(action, exec=action.exec._replace(code=code))


def next_version(version: str) -> str:
    """Return the version with its last number incremented: ``0.0.2`` for ``0.0.1``."""
    major, minor, patch = version.split(".")
    return f"{major}.{minor}.{int(patch) + 1}"


def is_binary(code: str) -> bool:
    """Return whether ``code`` is treated as an archive.

    As in OpenWhisk, this is any string that is strict base64, even a short word such as ``main``.
    """
    text = code.strip()
    if not text or len(text) % 4:
        return False
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _read_exec(
    obj: object, runtimes: Runtimes, bounds: SystemLimits, own_namespace: str
) -> Exec | None:
    if obj is None:
        return None
    if not isinstance(obj, Mapping):
        raise InputError("JSON object expected")
    kind, code = obj.get("kind"), obj.get("code")
    if not isinstance(kind, str):
        raise InputError("'kind' must be a string defined in 'exec'")
    if kind.strip().lower() == SEQUENCE:
        return Exec(SEQUENCE, components=_components(obj, own_namespace))
    if kind.strip().lower() == BLACKBOX:
        return _read_blackbox(obj, bounds)
    asked = kind
    kind = resolve_kind(kind, runtimes)
    if "code" not in obj:
        raise InputError(
            f"'code' must be a string or attachment object defined in 'exec' for '{kind}' actions"
        )
    if not isinstance(code, str):
        raise _no_code(code)
    main = _read_main(obj, kind)
    family = runtimes[kind.partition(":")[0]]
    if main is None and any(each.kind == kind and each.require_main for each in family):
        raise InputError(f"'main' must be a string defined in 'exec' for '{asked}' actions")
    _check_code(code, bounds)
    return Exec(kind, code, is_binary(code), main)


def _note(obj: object, execution: Exec | None) -> str:
    """Return the remark if the requested kind is one that OpenWhisk no longer has, or empty."""
    kind = obj.get("kind") if isinstance(obj, Mapping) else None
    if execution is None or not isinstance(kind, str) or kind.strip().lower() not in ALIASES:
        return ""
    return OLD_KIND.format(kind.strip().lower(), execution.kind)


def _read_blackbox(obj: Mapping[str, Any], bounds: SystemLimits) -> Exec:
    """Parse the ``exec`` of an action that runs a container image.

    Code that is missing or only whitespace becomes an empty string. Raises InputError and TooLarge.
    """
    code, image = obj.get("code"), obj.get("image")
    if not isinstance(image, str):
        raise InputError(f"'image' must be a string defined in 'exec' for '{BLACKBOX}' actions")
    found = _IMAGE.fullmatch(image)
    if found is None:
        raise InputError("could not parse image name")
    if "code" in obj and not isinstance(code, str):
        raise _no_code(code)
    main = _read_main(obj, BLACKBOX)
    code = code if code and code.strip() else ""
    _check_code(code, bounds)
    # As in OpenWhisk, the digest is dropped.
    return Exec(BLACKBOX, code, is_binary(code), main, found[1])


def _read_main(obj: Mapping[str, Any], kind: str) -> str | None:
    main = obj.get("main")
    if "main" in obj and not isinstance(main, str):
        raise InputError(f"if defined, 'main' be a string in 'exec' for '{kind}' actions")
    return main


def _no_code(code: object) -> InputError:
    """Return the error for code that is not a string, in OpenWhisk's words."""
    shown = orjson.dumps(code).decode()
    return InputError(f"Could not deserialize as attachment record: {shown}")


def _check_code(code: str, bounds: SystemLimits) -> None:
    # ASCII code is not encoded to get its length, because encoding 48 MB would double the memory.
    # A lone surrogate, which JSON may contain, must not raise an error here.
    size = len(code) if code.isascii() else len(code.encode(errors="surrogatepass"))
    if size > bounds.max_code_bytes:
        raise TooLarge("exec", size, bounds.max_code_bytes)


def _components(obj: Mapping[str, Any], own_namespace: str) -> tuple[FullName, ...]:
    components = obj.get("components")
    if components is None:
        raise InputError("'components' must be defined for sequence kind")
    if not isinstance(components, list):
        raise InputError("'components' must be an array")
    return tuple(read_reference(each, own_namespace) for each in components)


def read_body(body: object) -> Mapping[str, Any]:
    """Return the fields of a request's body. Raises Malformed if the body is not an object."""
    if not isinstance(body, Mapping):
        # OpenWhisk reads every entity as an action first, so the message names the first field.
        raise Malformed("Object expected in field 'exec'")
    return body


def read_version(value: object) -> str | None:
    """Return the version as three numbers, such as ``1.0.0`` for ``1``, or None if it is None.

    Raises InputError for an invalid version and for ``0.0.0``.
    """
    if value is None:
        return None
    if not isinstance(value, str) or not _VERSION.fullmatch(value):
        raise InputError("semantic version malformed")
    # Missing parts are 0, and parts after the third are ignored.
    parts = [int(part or "0") for part in value.split(".")][:3]
    parts += [0] * (3 - len(parts))
    if not any(parts) or max(parts) > _MAX_VERSION_PART:
        raise InputError("semantic version malformed")
    return ".".join(map(str, parts))


def read_publish(value: object) -> bool | None:
    """Return whether to publish the entity, or None if ``value`` is None. Raises InputError."""
    if value is None or isinstance(value, bool):
        return value
    raise InputError(f"Expected JsBoolean, but got {orjson.dumps(value).decode()}")


def _object(value: object) -> Mapping[str, Any] | None:
    if value is None or isinstance(value, Mapping):
        return value
    raise InputError("Object expected in field 'timeout'")


def _names(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InputError(f"Expected Array as JsArray, but got {orjson.dumps(value).decode()}")
    for each in value:
        if not isinstance(each, str):
            raise InputError(f"Expected String as JsString, but got {orjson.dumps(each).decode()}")
    return tuple(value)


def _parameters(change: ActionChange, execution: Exec, old: Action | None) -> KeyValues:
    """Return the parameters after the change. A sequence has only the parameter ``_actions``."""
    if execution.is_sequence:
        return (KeyValue(COMPONENTS, [f"/{each.path}" for each in execution.components]),)
    if change.parameters is not None:
        return change.parameters
    # If a sequence is replaced by an action, the action must not get the components as a parameter.
    return old.parameters if old and not old.exec.is_sequence else ()


def check_size(field: str, entries: KeyValues, allowed: int) -> None:
    """Raise TooLarge if the keys and values (as JSON) together exceed ``allowed`` bytes."""
    size = sum(len(entry.key.encode()) + len(orjson.dumps(entry.value)) for entry in entries)
    if size > allowed:
        raise TooLarge(field, size, allowed)


NOT_FOUND = "The requested resource does not exist."
EXISTS = "resource already exists"


class DeployedAction(NamedTuple):
    """A deployed action without its code, which is only in the database.

    A ``revision`` is never used twice, not even after a delete, so it identifies the code.
    """

    action: Action
    revision: int


class Actions:
    """The collection of all actions.

    ``put`` and ``delete`` return once the change is synced to disk and survives a power cut.
    """

    def __init__(
        self,
        store: Database,
        threads: DatabaseThreads,
        bounds: SystemLimits,
        now_ms: Callable[[], int],
    ) -> None:
        """Read all actions without their code from the database. Blocking."""
        self._store = store
        self._threads = threads
        self._bounds = bounds
        self._now_ms = now_ms
        # The values are weak, so that a lock exists only while a request holds or awaits it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._deployed: dict[str, DeployedAction] = {}
        # This counter increases with every change, so that caches can detect that they are
        # outdated.
        self.changes = 0
        self._lists: dict[str, Sequence[Action]] = {}
        self._lists_changes = -1
        for row in store.actions():
            for action in read_rows([row.doc], Action.from_json, f"action {row.name}"):
                self._deployed[action.full_name.path] = DeployedAction(action, row.revision)

    def get(self, name: FullName) -> DeployedAction:
        """Return an action. Raises ActionNotFound if it does not exist."""
        try:
            return self._deployed[name.path]
        except KeyError:
            raise ActionNotFound(NOT_FOUND) from None

    def has(self, name: FullName) -> bool:
        return name.path in self._deployed

    def inside(self, package: PackageName) -> list[Action]:
        """Return the actions of a package, the latest update first."""
        # The dict is in the order of updates. It is reversed before the stable sort, so that the
        # later of two updates in the same millisecond comes first.
        found = [
            each.action
            for each in reversed(self._deployed.values())
            if each.action.namespace == package.path
        ]
        return sorted(found, key=lambda action: -action.updated)

    def drop(self, package: PackageName) -> list[DeployedAction]:
        """Remove the actions of a package from memory and return them.

        The package and its actions must already be deleted from the database.
        """
        removed = [
            each for each in self._deployed.values() if each.action.namespace == package.path
        ]
        for each in removed:
            del self._deployed[each.action.full_name.path]
        self.changes += 1
        return removed

    def list(self, namespace: str) -> Sequence[Action]:
        """Return the actions of a namespace and its packages, the latest update first."""
        # Clients read a long list in pages, so it is sorted once between two changes.
        if self._lists_changes != self.changes:
            self._lists_changes = self.changes
            self._lists.clear()
        found = self._lists.get(namespace)
        if found is None:
            actions = (each.action for each in reversed(self._deployed.values()))
            own = [each for each in actions if each.namespace.partition("/")[0] == namespace]
            found = self._lists[namespace] = sorted(own, key=lambda action: -action.updated)
        return found

    async def code(self, deployed: DeployedAction) -> str:
        """Return the code of an action, or an empty string for a sequence.

        Raises ActionNotFound if the action was updated or deleted after ``deployed`` was read.
        """
        code = await self._threads.read(self._store.code, deployed.revision)
        if code is None:
            raise ActionNotFound(NOT_FOUND)
        return code

    def _lock(self, name: FullName) -> asyncio.Lock:
        return self._locks.setdefault(name.path, asyncio.Lock())

    async def put(
        self, name: FullName, change: ActionChange, *, overwrite: bool
    ) -> tuple[DeployedAction, str, DeployedAction | None]:
        """Create or update an action.

        Returns the new action, its code, and the replaced action or None. Raises ActionConflict if
        the action exists and ``overwrite`` is false.
        """
        # Hold the lock during the write, so that only one of two concurrent creations succeeds.
        async with self._lock(name):
            old = self._deployed.get(name.path)
            if old is not None and not overwrite:
                raise ActionConflict(EXISTS)
            action = apply_change(
                change, old.action if old else None, name, self._now_ms(), self._bounds
            )
            code = "" if action.exec.is_sequence else action.exec.code
            if code is None and old is not None:
                code = await self.code(old)
            action = without_code(action)
            revision = await self._threads.write(
                self._store.put_action,
                action.namespace,
                action.name,
                orjson.dumps(action.to_json()),
                code,
            )
            # Remove the old value first. Otherwise the key would keep its position, but the dict
            # must be in the order of updates.
            self._deployed.pop(name.path, None)
            deployed = self._deployed[name.path] = DeployedAction(action, revision)
            self.changes += 1
            return deployed, code or "", old

    async def delete(self, name: FullName) -> tuple[DeployedAction, str]:
        """Delete an action; return it and its code. Raises ActionNotFound if it does not exist."""
        async with self._lock(name):
            old = self.get(name)
            # Read the code before the delete, because the response contains it.
            code = await self.code(old)
            await self._threads.write(
                self._store.delete_action, old.action.namespace, old.action.name
            )
            del self._deployed[name.path]
            self.changes += 1
            return old, code
