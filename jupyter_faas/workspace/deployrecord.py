"""A deploy record from what was put, and what the target says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_faas.bundle import DeployRecord

if TYPE_CHECKING:
    from jupyter_faas.bundle import PackageRecord
    from jupyter_faas.client import Target


@dataclass(frozen=True)
class Put:
    """What the target says of an action that was put there."""

    namespace: str
    version: str
    size: int
    updated: int


def deploy_record(
    record: PackageRecord,
    target: Target,
    put: Put,
    deployed: int,
    user: str,
    rollback_to: str | None = None,
) -> DeployRecord:
    return DeployRecord(
        name=record.name,
        target=target.name,
        place=place_of(target),
        namespace=put.namespace,
        version=put.version,
        bundle=record.bundle,
        package=record.id,
        size=put.size,
        deployed=deployed,
        updated=put.updated,
        user=user,
        notebook=record.notebook,
        cell_id=record.cell_id,
        commit=record.commit,
        rollback_to=rollback_to,
    )


def place_of(target: Target) -> str:
    """What a target's actions are known by: the playground's port may change, and a target's
    name may come to mean another host."""
    return target.kind if target.kind == "playground" else target.apihost
