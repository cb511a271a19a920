"""Which two packages a diff is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_faas.errors import PackageNotFound
from jupyter_faas.whisk.names import FullName
from jupyter_faas.workspace import text
from jupyter_faas.workspace.difference import Difference, compare
from jupyter_faas.workspace.history import meant
from jupyter_faas.workspace.sides import Side, deployed_side, packaged_side

if TYPE_CHECKING:
    from jupyter_faas.bundle import DeployRecord
    from jupyter_faas.workspace.deploys import Deploys


def diff(
    deploys: Deploys,
    name: str,
    *,
    package: str | None = None,
    old: str | None = None,
    new: str | None = None,
) -> Difference:
    """What deploying would change: from what the target holds to the cell.

    ``package`` is what the cell packaged; without it the package made last under that name counts.
    ``old`` and ``new`` are versions, or beginnings of a sha256, to take instead of either end.
    Raises ActionNotFound, PackageNotFound, and InputError for a version that is none.
    """
    connection = deploys.connect(start=True)
    label = connection.client.target.label
    local = FullName.parse(name, default_namespace=connection.own_namespace()).local
    records = deploys.records_on(connection, name) if old is not None or new is not None else []
    before = (
        deployed_side(local, connection.client)
        if old is None
        else _recorded(deploys, meant(records, old, local))
    )
    after = (
        _cell(deploys, local, package)
        if new is None
        else _recorded(deploys, meant(records, new, local))
    )
    return compare(local, label, before, after)


def _recorded(deploys: Deploys, found: DeployRecord) -> Side:
    record = deploys.store.get_package(found.package)
    bundle = deploys.store.get(record.bundle)
    return packaged_side(record, bundle, f"version {found.version}", found.version)


def _cell(deploys: Deploys, name: str, package: str | None) -> Side:
    if package is not None:
        record, label = deploys.store.get_package(package), "this notebook"
    else:
        latest = deploys.store.latest_package(name)
        if latest is None:
            raise PackageNotFound(
                f"No cell packaged {name} on this machine.",
                hint="Run its %%function cell, or compare two versions with --from and --to.",
            )
        record = latest
        source = f"{latest.notebook}, " if latest.notebook else ""
        label = f"packaged last: {source}{text.moment(latest.created)}"
    return packaged_side(record, deploys.store.get(record.bundle), label)
