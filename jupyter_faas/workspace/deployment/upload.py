"""Puts a package on a target: checks what the host allows, uploads, annotates."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import composition_of, stored_models
from jupyter_faas.errors import (
    ActionConflict,
    ActionNotFound,
    BundleError,
    FaasError,
    KindNotSupported,
    LimitOutOfRange,
)
from jupyter_faas.whisk.inputs import KEEP_INPUTS
from jupyter_faas.whisk.kinds import BLACKBOX
from jupyter_faas.whisk.names import FullName
from jupyter_faas.whisk.profiles import OPENWHISK, profile_of
from jupyter_faas.workspace import text
from jupyter_faas.workspace.functions import web_url
from jupyter_faas.workspace.model_stores.upload import Placed
from jupyter_faas.workspace.preflight.preflight import preflight
from jupyter_faas.workspace.preflight.sizes import dependency_lines, sent_bytes
from jupyter_faas.workspace.results import Deployment
from jupyter_faas.workspace.targets.capabilities import TargetCapabilities

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, Manifest, PackageRecord
    from jupyter_faas.client import Client, HostInfo
    from jupyter_faas.whisk import Action, PackageName
    from jupyter_faas.workspace.preflight.report import Preflight
    from jupyter_faas.workspace.targets.connection import Connection


# -- What a cell deployed under another name or into another package before.


# One request; the host lists the latest first, and Adobe's no more than 50.
_LOOKED_AT = 50


def earlier_functions(client: Client, record: PackageRecord) -> str:
    """One sentence on the functions that the record's cell left on the target, or nothing.

    Nothing is removed unasked: somebody may be calling them.
    """
    if record.cell_id is None or record.notebook is None:
        return ""
    names: list[str] = []
    # A remark is no reason for a deploy to fail.
    with suppress(FaasError):
        names = [
            action.full_name.local
            for action in client.list_actions(limit=_LOOKED_AT)
            if action.annotation("faas-cell") == record.cell_id
            and action.annotation("faas-notebook") == record.notebook
            and action.full_name.local != record.name
        ]
    if not names:
        return ""
    it = "it" if len(names) == 1 else "them"
    verb = "stays" if len(names) == 1 else "stay"
    commands = "; ".join(f"%faas remove {name}" for name in names)
    return (
        f"{' and '.join(names)} of the same cell {verb} on {client.target.label}; "
        f"to remove {it}: {commands}."
    )


# -- The packages on a target that functions are deployed into.


def ensure_package(client: Client, name: str, progress: Callable[[str], None]) -> None:
    """Create the package when it is missing; one that exists stays as it is.

    Raises ActionConflict when the name belongs to something that takes no functions: a binding,
    whose functions are another package's, or an action, a trigger or a rule.
    """
    if _found(client, name):
        return
    progress(f"Creating the package {name} on {client.target.label}…")
    try:
        client.create_package(name)
    except ActionConflict as exc:
        # Somebody else was quicker; with what is there now, it goes on or not.
        if not _found(client, name):
            raise _not_a_package(client, name) from exc


def _found(client: Client, name: str) -> bool:
    try:
        package = client.get_package(name)
    except ActionConflict as exc:
        raise _not_a_package(client, name) from exc
    if package is None:
        return False
    if package.binding is not None:
        raise _is_a_binding(client, name, package.binding)
    return True


def _not_a_package(client: Client, name: str) -> ActionConflict:
    label = client.target.label
    try:
        client.get_action(name)
    except (ActionNotFound, ActionConflict):
        what, cure = "a trigger or a rule", "Choose another --package."
    else:
        what = "a function"
        cure = f"Choose another --package, or remove that function: %faas remove {name}"
    return ActionConflict(f"On {label}, {name!r} is {what}, not a package.", hint=cure)


def _is_a_binding(client: Client, name: str, provider: PackageName) -> ActionConflict:
    return ActionConflict(
        f"On {client.target.label}, {name!r} is a binding of the package /{provider.path}, "
        "and nothing can be deployed into a binding.",
        hint="Choose another --package.",
    )


# Annotations that not every deployment sets; one that is no longer set has to go.
_OPTIONAL = frozenset(
    {"faas-notebook", "faas-cell", "description", "faas-annotations", "faas-models"}
)
# Those of a conductor, ours or npm Composer's.
_CONDUCTOR = frozenset({"conductor", "composerVersion", "conductorVersion"})
_KEY = "provide-api-key"


def deploy(
    record: PackageRecord,
    bundle: Bundle,
    connection: Connection,
    progress: Callable[[str], None],
    before: Action | None,
    placed: Placed | None = None,
) -> Deployment:
    """Create or replace the action ``record.name``; every time makes a new version.

    ``before`` is the action as it stands there; ``placed`` where it reads the models that do not
    travel in the bundle. Refused before the upload: ``KindNotSupported``, ``LimitOutOfRange`` and
    ``BundleError`` when the host does not take the kind, the limits or the size;
    ``ActionConflict`` when the package of ``package/name`` is none. A package that is missing is
    made.
    """
    client, info = connection.client, connection.host_info()
    target = client.target
    kind = check(record, bundle, info, target.label, target.profile)
    judged = preflight(
        record, bundle, TargetCapabilities(target.name, target.label, info, target.profile)
    )
    refuse(judged)
    progress(judged.verdict)
    package = FullName.parse(record.name).package
    if package is not None:
        ensure_package(client, package, progress)
    placed = placed or Placed()
    warnings = [
        *(f"{_sentence(each.says)} {each.hint}".strip() for each in judged.warned),
        earlier_functions(client, record) if before is None else "",
        placed.warning,
        _no_inputs_warning(record) if target.kind != "playground" else "",
    ]
    warning = " ".join(filter(None, warnings))
    if warning:
        progress(warning)
    progress(f"Deploying {record.name} to {target.label}… · {text.size(len(bundle.data))}")
    annotations = annotations_of(record, bundle)
    stale = annotated_by_user(before)
    if before is not None and before.annotation("conductor") is not None:
        stale |= _CONDUCTOR
        # Without it an action would be given the key.
        annotations.setdefault(_KEY, False)
    body = {
        "exec": {
            "kind": kind,
            **({"image": record.image} if record.image else {}),
            "code": base64.b64encode(bundle.data).decode("ascii"),
        },
        "limits": {"timeout": record.timeout_ms, "memory": record.memory_mb},
        "parameters": [
            *({"key": key, "value": value} for key, value in record.parameters.items()),
            *placed.parameters,
        ],
        "annotations": [{"key": key, "value": value} for key, value in annotations.items()],
        # An update merges annotations (contract §2.1): without this a `web-export` that was
        # taken out of the cell would stay in force.
        "delAnnotations": sorted((stale | _OPTIONAL) - annotations.keys()),
    }
    action = client.put_action(record.name, body)
    return Deployment(
        name=action.full_name.local,
        namespace=action.full_name.namespace,
        version=action.version,
        bundle=record.bundle,
        package=record.id,
        target=target.name,
        target_label=target.label,
        url=client.action_url(record.name),
        web_url=web_url(action.full_name, annotations.get("web-export"), client),
        size=len(bundle.data),
        updated=action.updated,
        warning=warning,
    )


def annotated_by_user(action: Action | None) -> set[str]:
    """The annotations that the user gave to the action as it stands on the host."""
    names = action.annotation("faas-annotations") if action is not None else None
    return {each for each in names if isinstance(each, str)} if isinstance(names, list) else set()


def check(
    record: PackageRecord, bundle: Bundle, info: HostInfo, label: str, profile: str = OPENWHISK
) -> str:
    """The kind as the host stores it, when the host takes the package at all."""
    from jupyter_faas.whisk import ActionLimits

    limits = profile_of(profile).limits(info.limits)
    try:
        kind = BLACKBOX if record.image else info.resolve(record.kind)
    except KindNotSupported as exc:
        families = (record.kind.partition(":")[0], "python")
        alike = [each for each in info.kinds if each.partition(":")[0] in families]
        raise KindNotSupported(
            f"{label} has no kind {record.kind!r}.",
            hint=f"It has {', '.join(alike) or ', '.join(info.kinds)}: "
            "choose one with --kind, or package with that Python.",
        ) from exc
    try:
        limits.check(ActionLimits(timeout=record.timeout_ms, memory=record.memory_mb))
    except LimitOutOfRange as exc:
        raise LimitOutOfRange(
            f"{label} does not take {record.name!r}: {exc.message}.",
            hint=f"It takes {limits.min_memory:,} to {limits.max_memory:,} MB (--memory) and "
            f"{limits.min_timeout:,} to {limits.max_timeout:,} ms (--timeout).",
        ) from exc
    sent, most = sent_bytes(len(bundle.data)), limits.max_code_bytes
    if sent > most:
        raise BundleError(
            f"{record.name!r} is too large for {label}: {text.size(sent)} as it is sent "
            f"(base64), {text.size(most)} are allowed.",
            hint="\n".join((*dependency_lines(bundle), _smaller(bundle.manifest))),
        )
    return kind


def _smaller(manifest: Manifest) -> str:
    if manifest.vendored is not None:
        return "Import less, or use an image that has the requirements: --image NAME"
    return "Include fewer or smaller files, arrays and models; the card lists their sizes."


def annotations_of(record: PackageRecord, bundle: Bundle) -> dict[str, Any]:
    """The user's annotations and ours, which win. Values of parameters are in none of them."""
    manifest = bundle.manifest
    models = sorted(model.sha256 for model in stored_models(manifest))
    ours = {
        "faas-bundle": record.bundle,
        "faas-models": models or None,
        "faas-source": record.source,
        "faas-environment": record.environment["id"],
        "faas-notebook": record.notebook,
        "faas-cell": record.cell_id,
        "faas-schema": manifest.schema,
        "faas-signature": manifest.signature,
        "faas-annotations": sorted(record.annotations) or None,
        "description": record.annotations.get("description") or manifest.doc or None,
    }
    known = {key: value for key, value in ours.items() if value is not None}
    return {**record.annotations, **known, **_conducting(bundle)}


def _conducting(bundle: Bundle) -> dict[str, Any]:
    """What makes an action a conductor (contract §3.6), which invokes with the key of its user."""
    document = composition_of(bundle)
    return {} if document is None else {"conductor": document["ast"], _KEY: True}


def _no_inputs_warning(record: PackageRecord) -> str:
    if KEEP_INPUTS not in record.annotations:
        return ""
    return "Only the playground keeps inputs: --keep-inputs does nothing on this target."


def refuse(judged: Preflight) -> None:
    """Raise BundleError when a check failed: nothing is sent that cannot run there."""
    if judged.failed:
        hints = (each.hint or f"In its cell: {each.fix}" for each in judged.failed)
        raise BundleError(f"{judged.verdict}.", hint="\n".join(hints))


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
