"""``%load_ext jupyter_faas`` and ``%unload_ext``, which connect session, magics and comm.

How a ``%%function`` cell becomes a card:

1. magics.py ``FaasMagics.function`` receives the line and the body; cells/options.py parses the
   line into ``FunctionOptions``, or returns the help text.
2. cells/cell_body.py runs the body in the notebook, as if the magic's line were a comment.
3. function_packaging.py builds a ``PackageRequest``: the cell's exact text and id
   (cells/cell_log.py), the options, and the values of --sample and --test (cells/expressions.py).
4. cards.py shows progress (progress.py), while ``Workspace.package`` captures, converts and packs
   (workspace/packaging/function.py).
5. The result becomes a ``PackagedFunction`` (packaged_cells.py) in the session's registry; its name
   in the notebook is bound to a handle (handles.py), whose verbs are in verbs.py.
6. The card replaces the progress, and drift.py records fingerprints of what was captured.
7. With --deploy, verbs.py deploys it. After the cell, background.py measures a cold start.

This module imports nothing that is slow to load, so that ``%load_ext`` returns at once.
"""

from __future__ import annotations

import atexit
import os
from typing import TYPE_CHECKING, Any

from jupyter_faas.magics.comm_operations import operations
from jupyter_faas.magics.magics import FaasMagics
from jupyter_faas.magics.session import NotebookSession

if TYPE_CHECKING:
    from jupyter_faas.serialization import ConversionHelper

# IPython registers magics under the name of their class.
_REGISTERED = FaasMagics.__name__


def load(shell: Any, helper: ConversionHelper | None = None) -> None:
    """Load the magics, the comm and the conversion helper into a shell.

    Returns before the helper is ready. ``helper``: a helper that may have been started already.
    """
    # ``%reload_ext`` or a second ``%load_ext`` must not register everything twice.
    unload(shell)
    session = NotebookSession(shell, os.environ, helper)
    magics = FaasMagics(session)
    shell.register_magics(magics)
    session.begin(operations(session))
    shell.input_transformers_cleanup.append(with_a_body)
    atexit.register(_close_in, os.getpid(), session)


def loaded_in(shell: Any) -> FaasMagics | None:
    """Return the magics of a shell, or None if they are not loaded."""
    magics: FaasMagics | None = shell.magics_manager.registry.get(_REGISTERED)
    return magics


def unload(shell: Any) -> None:
    """Remove everything that ``load`` added. Without an earlier ``load`` this has no effect."""
    magics = shell.magics_manager.registry.pop(_REGISTERED, None)
    if magics is None:
        return
    # IPython does not have a method that removes magics.
    for kind, table in magics.magics.items():
        for name in table:
            shell.magics_manager.magics[kind].pop(name, None)
    shell.input_transformers_cleanup.remove(with_a_body)
    magics.session.close()


def with_a_body(lines: list[str]) -> list[str]:
    """Return the cell's lines, with a blank line added if they are only a ``%%composition`` line.

    With ``--from``, the body of the cell may be empty, but IPython does not call a cell magic
    without a body, and does not raise an error in the cell.
    """
    first, *rest = [line for line in lines if line.strip()] or [""]
    alone = first.startswith("%%composition") and not rest
    return [first.rstrip("\n") + "\n", "\n"] if alone else lines


def _close_in(pid: int, session: NotebookSession) -> None:
    # A forked process inherits this handler and must not close a session that its parent uses.
    if os.getpid() == pid:
        session.close()
