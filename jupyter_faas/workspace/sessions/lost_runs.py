"""What is known of a run during which the connection to the target broke."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_faas.errors import ActivationLost, ConnectionBroken, FaasError

if TYPE_CHECKING:
    from jupyter_faas.workspace.targets.connection import Connect


def lost_run(
    connect: Connect, name: str, began: int, error: ConnectionBroken, *, ended: bool
) -> FaasError:
    """Return the error for a run of ``name`` during which the connection broke.

    A playground that has ended is started again. Its journal holds all runs that had ended.
    ``began``: when the run was requested, in epoch ms.
    ``ended``: whether the target is a playground that has ended.
    """
    try:
        client = connect(start=True).client
        runs = client.list_activations(1, name=name, since=began)
    except FaasError:
        return error
    label = client.target.label
    if runs:
        # The id of the run is not known, so this may be another caller's run.
        found = runs[0].activation_id
        hint = f"Your call may have started activation {found}. To see its logs: %faas logs {found}"
        return ConnectionBroken(error.message, hint=hint)
    if ended:
        return ActivationLost(
            f"The run of {name} is lost: {label} stopped during the run and has no record of it.",
            hint=f"{label} has been restarted. Run {name} again if it is safe to run it twice.",
        )
    return ConnectionBroken(
        f"{error.message} {label} has no record of the run so far.",
        hint="The function may still be running. Check before you repeat the call: %faas "
        f"activations --name {name}",
    )
