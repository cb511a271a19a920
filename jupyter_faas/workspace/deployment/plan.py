"""The plan of one deploy: a package, a target, and values derived from them, computed once.

service.py makes one plan for each deploy and passes it to every step: the actions that a
composition includes (compositions.py), the comparison with the deployed action (remote_state.py),
and the upload (upload.py). Therefore no step has to repeat a request.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import composition_of, stored_models
from jupyter_faas.errors import BundleError, KindNotSupported, LimitOutOfRange
from jupyter_faas.whisk.kinds import BLACKBOX
from jupyter_faas.workspace import text
from jupyter_faas.workspace.deployment.tool_annotations import TOOL, TYPE, tool_annotations
from jupyter_faas.workspace.preflight.preflight import preflight
from jupyter_faas.workspace.preflight.remedies import run_in_an_image, smaller_hint
from jupyter_faas.workspace.preflight.runtime import kind_instead
from jupyter_faas.workspace.preflight.sizes import dependency_lines, sent_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_faas.bundle import Bundle, PackageRecord
    from jupyter_faas.client import Client, HostInfo, Target
    from jupyter_faas.whisk import SystemLimits
    from jupyter_faas.workspace.preflight.report import Preflight
    from jupyter_faas.workspace.targets.capabilities import TargetCapabilities
    from jupyter_faas.workspace.targets.connection import Connection

# With this annotation, OpenWhisk passes the API key of the invoking user to the action. OpenWhisk
# sets the annotation to false on a new action that does not specify a value. On an old action, a
# missing annotation counts as true.
PROVIDE_API_KEY = "provide-api-key"


@dataclass(frozen=True)
class DeployPlan:
    """The package to deploy and its target. ``kind`` is the host's own name of the runtime kind."""

    record: PackageRecord
    bundle: Bundle
    connection: Connection
    kind: str

    @property
    def client(self) -> Client:
        return self.connection.client

    @property
    def target(self) -> Target:
        return self.connection.client.target

    @cached_property
    def preflight(self) -> Preflight:
        """The preflight checks of the package against the target.

        Failed checks do not raise errors.
        """
        return preflight(self.record, self.bundle, self.connection.capabilities())

    def refuse(self) -> None:
        """Raise BundleError if a preflight check failed, before anything is uploaded."""
        judged = self.preflight
        if judged.failed:
            # Two checks of the same cause may have the same remedy.
            hints = dict.fromkeys(each.cure for each in judged.failed)
            raise BundleError(f"{judged.verdict}.", hint="\n".join(hints))

    @cached_property
    def composition(self) -> Mapping[str, Any] | None:
        """The content of composition.json, or None for a function."""
        document: Mapping[str, Any] | None = composition_of(self.bundle)
        return document

    @cached_property
    def annotations(self) -> Mapping[str, Any]:
        """The annotations of the action."""
        return annotations_of(self.record, self.bundle)


def plan_deploy(record: PackageRecord, bundle: Bundle, connection: Connection) -> DeployPlan:
    """Return the plan of a deploy, after checking the host's limits.

    Raises KindNotSupported, LimitOutOfRange, and BundleError if the package is too large.
    """
    info = connection.host_info()
    kind = check_limits(record, bundle, info, connection.capabilities())
    return DeployPlan(record, bundle, connection, kind)


def check_limits(
    record: PackageRecord, bundle: Bundle, info: HostInfo, target: TargetCapabilities
) -> str:
    """Check the host's limits and return the host's name for the runtime kind.

    ``info`` is the response of the host to the request for its kinds and limits.

    Raises the errors of ``plan_deploy``.
    """
    from jupyter_faas.whisk import ActionLimits

    target = replace(target, info=info)
    label, limits = target.label, target.limits
    try:
        kind = BLACKBOX if record.image else info.resolve(record.kind)
    except KindNotSupported as exc:
        families = (record.kind.partition(":")[0], "python")
        alike = [each for each in info.kinds if each.partition(":")[0] in families]
        better = kind_instead(record.kind, target)
        raise KindNotSupported(
            f"{label} does not have the kind {record.kind!r}.",
            hint=f"Choose one of its kinds: --kind {better}\n{label} has {', '.join(alike)}."
            if better
            else run_in_an_image(bundle),
        ) from exc
    try:
        limits.check(ActionLimits(timeout=record.timeout_ms, memory=record.memory_mb))
    except LimitOutOfRange as exc:
        # OpenWhisk begins its own message with these words, which say nothing to a user.
        words = exc.message.removeprefix("requirement failed: ")
        raise LimitOutOfRange(
            f"{label} does not accept {record.name!r}: {words}.",
            hint=f"Set {_within(record, limits)} in its cell.\n{label} allows "
            f"{limits.min_memory:,} to {limits.max_memory:,} MB and {limits.min_timeout:,} to "
            f"{limits.max_timeout:,} ms.",
        ) from exc
    sent, most = sent_bytes(len(bundle.data)), limits.max_code_bytes
    if sent > most:
        raise BundleError(
            f"{record.name!r} is too large for {label}: it is {text.size(sent)} when sent "
            f"(base64), but the limit is {text.size(most)}.",
            hint="\n".join((*dependency_lines(bundle), smaller_hint(bundle, most, target.name))),
        )
    return kind


def _within(record: PackageRecord, limits: SystemLimits) -> str:
    """Return the options with the nearest memory and timeout that the limits allow."""
    memory = min(max(record.memory_mb, limits.min_memory), limits.max_memory)
    timeout = min(max(record.timeout_ms, limits.min_timeout), limits.max_timeout)
    options = []
    if memory != record.memory_mb:
        options.append(f"--memory {memory}")
    if timeout != record.timeout_ms:
        options.append(f"--timeout {timeout}ms")
    return " ".join(options)


def annotations_of(record: PackageRecord, bundle: Bundle) -> dict[str, Any]:
    """Return the user's annotations and ours, which take precedence.

    Our annotations do not contain values of parameters.

    The annotations of a composition make its action a conductor (contract §3.6). A conductor
    invokes other actions with the API key of the user who invoked the conductor.
    """
    manifest = bundle.manifest
    models = sorted(model.sha256 for model in stored_models(manifest))
    ours = {
        "faas-bundle": record.bundle,
        "faas-packaged": record.packaged or None,
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
    document = composition_of(bundle)
    # A conductor itself calls OpenWhisk's API, so it needs the API key.
    conducting = {} if document is None else {"conductor": document["ast"], PROVIDE_API_KEY: True}
    is_tool = record.annotations.get(TYPE) == TOOL
    tool = tool_annotations(manifest.schema, manifest.doc) if is_tool else {}
    return {**tool, **record.annotations, **known, **conducting}
