"""``faas.function("iris")`` in a notebook: its runs are shown as those of its own functions are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.magics.verbs import NotebookVerbs
    from jupyter_faas.workspace.handover.remote_function import RemoteFunction, Run


def remote_function(session: NotebookSession, verbs: NotebookVerbs, name: str) -> RemoteFunction:
    """A handle of a deployed function. Raises ActionNotFound when the target has none.

    Where the notebook runs only for its packages nothing is asked: any parameters are taken, and
    each run is skipped.
    """
    handover = session.workspace.handover
    if session.inert:
        return handover.unasked(name, lambda params: verbs.skip(f"invoke {name}"))

    def run(params: Mapping[str, Any]) -> Run | None:
        return verbs.invoke_function(name, params)

    return handover.remote(name, run)
