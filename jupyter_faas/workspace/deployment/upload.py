"""Upload an action to a target, create its OpenWhisk package, and collect warnings."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from jupyter_faas.bundle import composition_of
from jupyter_faas.errors import ActionConflict, ActionNotFound, FaasError, TargetRefused
from jupyter_faas.whisk.inputs import KEEP_INPUTS
from jupyter_faas.whisk.names import FullName
from jupyter_faas.whisk.variants import CANARY, VARIANT, Variant
from jupyter_faas.workspace import text
from jupyter_faas.workspace.deployment.plan import PROVIDE_API_KEY
from jupyter_faas.workspace.deployment.remote_state import annotated_by_user
from jupyter_faas.workspace.functions import AUTH, web_access, web_url
from jupyter_faas.workspace.model_stores.upload import Placed
from jupyter_faas.workspace.preflight.remedies import smaller_hint
from jupyter_faas.workspace.preflight.sizes import sent_bytes
from jupyter_faas.workspace.results import Deployment

if TYPE_CHECKING:
    from jupyter_faas.bundle import PackageRecord
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action, PackageName
    from jupyter_faas.workspace.deployment.plan import DeployPlan

_TOO_LARGE = 413
# The number of latest actions that are searched for earlier functions of the cell. One request is
# enough, because hosts list the latest actions first. Adobe's host returns at most 50.
_LOOKED_AT = 50


def earlier_functions(client: Client, record: PackageRecord) -> str:
    """Return a warning about functions that the same cell deployed under other names, or "".

    The functions are not removed, because they may be in use.
    """
    # A variant is deployed beside its function on purpose.
    if record.cell_id is None or record.notebook is None or VARIANT in record.annotations:
        return ""
    names: list[str] = []
    # The deploy must not fail if this optional warning cannot be created.
    with suppress(FaasError):
        names = [
            action.full_name.local
            for action in client.list_actions(limit=_LOOKED_AT)
            if action.annotation("faas-cell") == record.cell_id
            and action.annotation("faas-notebook") == record.notebook
            and action.full_name.local != record.name
            and Variant.read(action) is None
        ]
    if not names:
        return ""
    was, is_, it = ("was", "is", "it") if len(names) == 1 else ("were", "are", "them")
    commands = ", ".join(f"%faas remove {name}" for name in names)
    return (
        f"{' and '.join(names)} {was} deployed from the same cell, and {is_} still on "
        f"{client.target.label} (to remove {it}: {commands})."
    )


def ensure_package(client: Client, name: str, progress: Callable[[str], None]) -> None:
    """Create the OpenWhisk package if it is missing. An existing package is not changed.

    Raises ActionConflict if the name belongs to a binding, an action, a trigger or a rule. A
    binding cannot contain new actions, because it only refers to another package.
    """
    if _found(client, name):
        return
    progress(f"Creating the package {name} on {client.target.label}…")
    try:
        client.create_package(name)
    except ActionConflict as exc:
        # Another client may have created the package since the check above.
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
        # The 409 response does not say what kind of entity has the name, so check for an action.
        client.get_action(name)
    except (ActionNotFound, ActionConflict):
        what, cure = "a trigger or a rule", _another_package(name)
    else:
        what = "a function"
        cure = f"{_another_package(name)}. Or remove that function: %faas remove {name}"
    return ActionConflict(f"On {label}, {name!r} is {what}, not a package.", hint=cure)


def _is_a_binding(client: Client, name: str, provider: PackageName) -> ActionConflict:
    return ActionConflict(
        f"On {client.target.label}, {name!r} is a binding of the package /{provider.path}, but "
        "a binding cannot contain its own functions.",
        hint=_another_package(name),
    )


def _another_package(name: str) -> str:
    return f"Choose another package, such as --package {name}-functions"


# Only some deploys set these annotations. If a deploy does not set one, the annotation must be
# deleted.
_OPTIONAL = frozenset(
    {
        *("faas-notebook", "faas-cell", "faas-packaged", "faas-annotations", "faas-models"),
        "description",
    }
)
# These annotations of a conductor are set by us or by npm's Composer.
_CONDUCTOR = frozenset({CANARY, "conductor", "composerVersion", "conductorVersion"})


def upload(
    plan: DeployPlan,
    progress: Callable[[str], None],
    before: Action | None,
    placed: Placed | None = None,
) -> Deployment:
    """Create or replace the action. Each call creates a new version.

    ``before`` is the action that is deployed now, or None. ``placed`` has the URLs of models that
    are not in the bundle. A missing OpenWhisk package is created. Before the upload, raises
    BundleError if a preflight check failed, and ActionConflict as ``ensure_package`` does.
    """
    plan.refuse()
    record, bundle, client, target = plan.record, plan.bundle, plan.client, plan.target
    judged = plan.preflight
    progress(judged.verdict)
    package = FullName.parse(record.name).package
    if package is not None:
        ensure_package(client, package, progress)
    placed = placed or Placed()
    warnings = [
        *(
            f"{_sentence(each.says)} {each.cure}".strip()
            for each in (*judged.warned, *judged.unknown)
        ),
        earlier_functions(client, record) if before is None else "",
        placed.warning,
        _no_inputs_warning(record) if target.kind != "playground" else "",
    ]
    warning = " ".join(filter(None, warnings))
    if warning:
        progress(warning)
    progress(f"Deploying {record.name} to {target.label}… · {text.size(len(bundle.data))}")
    annotations = dict(plan.annotations)
    stale = annotated_by_user(before)
    if before is not None and before.annotation("conductor") is not None:
        # A function that replaces a composition must no longer be a conductor, nor receive the
        # user's API key.
        stale |= _CONDUCTOR
        annotations.setdefault(PROVIDE_API_KEY, False)
    body = {
        "exec": {
            "kind": plan.kind,
            **({"image": record.image} if record.image else {}),
            "code": base64.b64encode(bundle.data).decode("ascii"),
        },
        "limits": {"timeout": record.timeout_ms, "memory": record.memory_mb},
        "parameters": [
            *({"key": key, "value": value} for key, value in record.parameters.items()),
            *placed.parameters,
        ],
        "annotations": [{"key": key, "value": value} for key, value in annotations.items()],
        # An update merges annotations (contract §2.1). Without ``delAnnotations``, a ``web-export``
        # that was removed from the cell would remain on the action.
        "delAnnotations": sorted((stale | _OPTIONAL) - annotations.keys()),
    }
    try:
        action = client.put_action(record.name, body)
    except TargetRefused as error:
        # A web server in front of the host may accept less than the limit that the host reports.
        if error.status == _TOO_LARGE:
            half = sent_bytes(len(bundle.data)) // 2
            error.hint = smaller_hint(bundle, half, target.name)
        raise
    except ActionConflict as error:
        if error.is_name_of_another_kind:
            new = f"{record.name.rpartition('/')[2]}_2"
            magic = "function" if composition_of(bundle) is None else "composition"
            error.hint = f"A package, a trigger or a rule has this name. Write %%{magic} {new}"
        raise
    return Deployment(
        name=action.full_name.local,
        namespace=action.full_name.namespace,
        version=action.version,
        bundle=record.bundle,
        packaged=record.packaged or None,
        package=record.id,
        target=target.name,
        target_label=target.label,
        url=client.action_url(record.name),
        web_url=web_url(action.full_name, annotations.get("web-export"), client),
        web_access=web_access(annotations.get(AUTH)),
        size=len(bundle.data),
        updated=action.updated,
        warning=warning,
    )


def _no_inputs_warning(record: PackageRecord) -> str:
    if not record.annotations.get(KEEP_INPUTS):
        return ""
    return (
        "Only the playground keeps the inputs of all calls. On this target, only the inputs of "
        "calls from this machine are kept."
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
