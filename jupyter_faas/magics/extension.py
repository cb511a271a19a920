"""Loading into a notebook and unloading again. Nothing heavy is imported on the way."""

from __future__ import annotations

import atexit
import os
from typing import Any

from jupyter_faas.magics.comm_operations import operations
from jupyter_faas.magics.magics import FaasMagics
from jupyter_faas.magics.session import NotebookSession

_REGISTERED = FaasMagics.__name__


def load(shell: Any) -> None:
    """Bring the magics, the comm and the conversion helper into a shell; returns at once."""
    unload(shell)
    session = NotebookSession(shell, os.environ)
    magics = FaasMagics(session)
    shell.register_magics(magics)
    session.begin(operations(session))
    shell.input_transformers_cleanup.append(with_a_body)
    atexit.register(_close_in, os.getpid(), session)


def loaded_in(shell: Any) -> FaasMagics | None:
    """The magics of a shell, where they are loaded."""
    magics: FaasMagics | None = shell.magics_manager.registry.get(_REGISTERED)
    return magics


def unload(shell: Any) -> None:
    """Take everything out again; does nothing where nothing was loaded."""
    magics = shell.magics_manager.registry.pop(_REGISTERED, None)
    if magics is None:
        return
    for kind, table in magics.magics.items():
        for name in table:
            shell.magics_manager.magics[kind].pop(name, None)
    shell.input_transformers_cleanup.remove(with_a_body)
    magics.session.close()


def with_a_body(lines: list[str]) -> list[str]:
    """A blank line below a lone ``%%composition``, whose cell may be empty with ``--from``.

    IPython refuses a cell magic without a body, and does not even let the cell fail.
    """
    first, *rest = [line for line in lines if line.strip()] or [""]
    alone = first.startswith("%%composition") and not rest
    return [first.rstrip("\n") + "\n", "\n"] if alone else lines


def _close_in(pid: int, session: NotebookSession) -> None:
    # A process that the notebook forked inherits this, and must not end what its parent uses.
    if os.getpid() == pid:
        session.close()
