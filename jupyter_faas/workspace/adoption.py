"""Keeps what a deploy is about to overwrite, where it is a package of ours that no record tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_faas.bundle import Bundle, PackageRecord
from jupyter_faas.errors import BundleDamaged
from jupyter_faas.whisk.keyvalues import as_dict
from jupyter_faas.workspace.deploy import annotated_by_user
from jupyter_faas.workspace.placing import own_parameters
from jupyter_faas.workspace.standing import bundle_of, code_bytes

if TYPE_CHECKING:
    from jupyter_faas.bundle import BundleStore
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action


def adopt(action: Action, store: BundleStore, client: Client) -> tuple[PackageRecord, int] | None:
    """Store an action's package and a record of it, and give that with the package's size.

    None when its code is no package of ours. Downloads the code.
    """
    whole = client.get_action(action.full_name.local, code=True)
    data = code_bytes(whole)
    if data is None:
        return None
    try:
        bundle = Bundle.from_bytes(data)
    except BundleDamaged:
        return None
    if bundle.sha256 != bundle_of(whole):
        return None
    annotations = as_dict(whole.annotations)
    record = PackageRecord(
        name=whole.full_name.local,
        bundle=bundle.sha256,
        source=bundle.manifest.source_sha256,
        kind=whole.exec.kind,
        memory_mb=whole.limits.memory,
        timeout_ms=whole.limits.timeout,
        environment={"id": str(annotations.get("faas-environment", ""))},
        created=whole.updated,
        parameters=own_parameters(whole),
        annotations={
            key: annotations[key] for key in annotated_by_user(whole) if key in annotations
        },
        notebook=_text(annotations.get("faas-notebook")),
        cell_id=_text(annotations.get("faas-cell")),
    )
    store.put(bundle)
    store.put_package(record)
    return record, len(data)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
