"""Puts a package on a target: checks what the host allows, uploads, annotates."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import stored_models
from jupyter_faas.errors import BundleError, KindNotSupported, LimitOutOfRange
from jupyter_faas.whisk.names import FullName
from jupyter_faas.workspace import text
from jupyter_faas.workspace.earlier import earlier_functions
from jupyter_faas.workspace.functions import web_url
from jupyter_faas.workspace.packages import ensure_package
from jupyter_faas.workspace.placing import Placed
from jupyter_faas.workspace.views import Deployment

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, Manifest, PackageRecord
    from jupyter_faas.client import HostInfo
    from jupyter_faas.whisk import Action
    from jupyter_faas.workspace.targets import Connection

# Annotations that not every deployment sets; one that is no longer set has to go.
_OPTIONAL = frozenset(
    {"faas-notebook", "faas-cell", "description", "faas-annotations", "faas-models"}
)


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
    kind = check(record, bundle, info, target.label)
    package = FullName.parse(record.name).package
    if package is not None:
        ensure_package(client, package, progress)
    placed = placed or Placed()
    warnings = [
        _stock_kind_warning(kind, bundle.manifest) if target.kind == "openwhisk" else "",
        earlier_functions(client, record) if before is None else "",
        placed.warning,
    ]
    warning = " ".join(filter(None, warnings))
    if warning:
        progress(warning)
    progress(f"Deploying {record.name} to {target.label}… · {text.size(len(bundle.data))}")
    annotations = annotations_of(record, bundle.manifest)
    stale = annotated_by_user(before)
    body = {
        "exec": {"kind": kind, "code": base64.b64encode(bundle.data).decode("ascii")},
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


def check(record: PackageRecord, bundle: Bundle, info: HostInfo, label: str) -> str:
    """The kind as the host stores it, when the host takes the package at all."""
    from jupyter_faas.whisk import ActionLimits

    try:
        kind = info.resolve(record.kind)
    except KindNotSupported as exc:
        families = (record.kind.partition(":")[0], "python")
        alike = [each for each in info.kinds if each.partition(":")[0] in families]
        raise KindNotSupported(
            f"{label} has no kind {record.kind!r}.",
            hint=f"It has {', '.join(alike) or ', '.join(info.kinds)}: "
            "choose one with --kind, or package with that Python.",
        ) from exc
    try:
        info.limits.check(ActionLimits(timeout=record.timeout_ms, memory=record.memory_mb))
    except LimitOutOfRange as exc:
        limits = info.limits
        raise LimitOutOfRange(
            f"{label} does not take {record.name!r}: {exc.message}.",
            hint=f"It takes {limits.min_memory:,} to {limits.max_memory:,} MB (--memory) and "
            f"{limits.min_timeout:,} to {limits.max_timeout:,} ms (--timeout).",
        ) from exc
    sent, most = sent_bytes(len(bundle.data)), info.limits.max_code_bytes
    if sent > most:
        raise BundleError(
            f"{record.name!r} is too large for {label}: {text.size(sent)} as it is sent "
            f"(base64), {text.size(most)} are allowed.",
            hint="Include fewer or smaller files, arrays and models; the card lists their sizes.",
        )
    return kind


def sent_bytes(size: int) -> int:
    """The length of ``size`` bytes in base64, which is what a host's limit counts."""
    return -(-size // 3) * 4


def annotations_of(record: PackageRecord, manifest: Manifest) -> dict[str, Any]:
    """The user's annotations and ours, which win. Values of parameters are in none of them."""
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
    return {**record.annotations, **known}


def _stock_kind_warning(kind: str, manifest: Manifest) -> str:
    if not manifest.models or not kind.startswith("python:"):
        return ""
    return (
        f"The kind {kind} of Apache OpenWhisk holds neither numpy nor onnxruntime and installs "
        "them at each cold start, which may exceed its time limit."
    )
