"""What a cell deployed under another name or into another package before."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from jupyter_faas.errors import FaasError

if TYPE_CHECKING:
    from jupyter_faas.bundle import PackageRecord
    from jupyter_faas.client import Client

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
