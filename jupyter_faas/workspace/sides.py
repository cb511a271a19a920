"""The two sides of a diff: a package, with how it is or was deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import Bundle
from jupyter_faas.errors import BundleDamaged
from jupyter_faas.whisk.keyvalues import as_dict
from jupyter_faas.workspace.deploy import annotated_by_user
from jupyter_faas.workspace.placing import own_parameters
from jupyter_faas.workspace.standing import bundle_of, code_bytes

if TYPE_CHECKING:
    from jupyter_faas.bundle import PackageRecord
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action

_FOREIGN_SOURCE = "function.py"


@dataclass(frozen=True)
class Side:
    """``label`` says what it is (``deployed 0.0.7``). ``package`` is None for another tool's
    action, whose code is in ``contents`` when it is a text. ``parameters`` may hold secrets."""

    label: str
    version: str | None
    bundle: str | None
    package: Bundle | None
    contents: Mapping[str, bytes]
    kind: str
    memory_mb: int
    timeout_ms: int
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    annotations: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """One end of diff.json."""
        return {"label": self.label, "version": self.version, "bundle": self.bundle}


def packaged_side(
    record: PackageRecord, bundle: Bundle, label: str, version: str | None = None
) -> Side:
    """A package as its record says to deploy it."""
    return Side(
        label=label,
        version=version,
        bundle=record.bundle,
        package=bundle,
        contents=bundle.contents(),
        kind=record.kind,
        memory_mb=record.memory_mb,
        timeout_ms=record.timeout_ms,
        parameters=record.parameters,
        annotations=record.annotations,
    )


def deployed_side(name: str, client: Client) -> Side:
    """What the target holds, its code downloaded: an annotation
    outlives the code it was made for (``wsk action update``). Raises ActionNotFound."""
    whole = client.get_action(name, code=True)
    bundle = _bundle(whole)
    code = whole.exec.code
    text = {_FOREIGN_SOURCE: code.encode()} if code and not whole.exec.binary else {}
    annotations = as_dict(whole.annotations)
    return Side(
        label=f"deployed {whole.version}",
        version=whole.version,
        bundle=bundle.sha256 if bundle else bundle_of(whole),
        package=bundle,
        contents=bundle.contents() if bundle else text,
        kind=whole.exec.kind,
        memory_mb=whole.limits.memory,
        timeout_ms=whole.limits.timeout,
        parameters=own_parameters(whole),
        annotations={key: annotations.get(key) for key in sorted(annotated_by_user(whole))},
    )


def _bundle(action: Action) -> Bundle | None:
    data = code_bytes(action)
    try:
        return None if data is None else Bundle.from_bytes(data)
    except BundleDamaged:
        return None
