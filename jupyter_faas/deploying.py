"""The one door from a composition object to what can deploy it: the notebook, else a workspace."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_faas.composer import NamedComposition
    from jupyter_faas.composer.named import Verbs
    from jupyter_faas.magics.magics import FaasMagics


def verbs_of(named: NamedComposition) -> Verbs:
    """The verbs of the notebook where ``%load_ext jupyter_faas`` ran, else those of a script."""
    magics = _magics()
    if magics is not None:
        return magics.verbs_of(named)
    from jupyter_faas.workspace import Workspace
    from jupyter_faas.workspace.scripts import ScriptVerbs

    # Inline functions find here what they use.
    return ScriptVerbs(Workspace.open(), named, vars(sys.modules["__main__"]))


def _magics() -> FaasMagics | None:
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    from jupyter_faas.magics import loaded_in

    shell = get_ipython()
    return None if shell is None else loaded_in(shell)
