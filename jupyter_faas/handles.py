"""Handles of deployed functions (``faas.function("iris")``) and the verbs of named compositions.

In a notebook with ``%load_ext jupyter_faas``, the loaded magics provide the handles. Elsewhere,
such as in a script, each handle opens a workspace.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_faas.composer import NamedComposition
    from jupyter_faas.composer.named_composition import Verbs
    from jupyter_faas.magics.magics import FaasMagics
    from jupyter_faas.workspace.handover.remote_function import RemoteFunction


def verbs_of(named: NamedComposition) -> Verbs:
    """Return the verbs of a named composition, for the notebook if the magics are loaded.

    Otherwise the verbs are those of a script.
    """
    magics = _magics()
    if magics is not None:
        return magics.verbs_of(named)
    from jupyter_faas.workspace import Workspace
    from jupyter_faas.workspace.script import ScriptVerbs

    # Inline functions look up the names they use in the script's namespace.
    return ScriptVerbs(Workspace.open(), named, vars(sys.modules["__main__"]))


def function(name: str) -> RemoteFunction:
    """Return a handle of a function on the target, even if another notebook deployed it.

    ``name`` is ``name`` or ``package/name``. The handle has the function's signature and docstring.
    A call runs the function on the target and returns the result. ``invoke`` returns the run.

    >>> iris = jupyter_faas.function("iris")  # doctest: +SKIP
    >>> iris(5.1, 3.5, 1.4, petal_width=0.2)["species"]  # doctest: +SKIP
    'setosa'

    Raises ActionNotFound when the target has no such function. A call raises ParametersRejected,
    which names what does not fit, and ActivationFailed when the run fails.
    """
    magics = _magics()
    if magics is not None:
        return magics.remote(name)
    from jupyter_faas.workspace import Workspace
    from jupyter_faas.workspace.script import ScriptCalls

    workspace = Workspace.open()
    calls = ScriptCalls(workspace)
    return workspace.handover.remote(name, lambda params: calls.run(name, params), calls)


def _magics() -> FaasMagics | None:
    # Without this check a plain script would import IPython only to learn that no shell is running.
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    from jupyter_faas.magics import loaded_in

    shell = get_ipython()
    return None if shell is None else loaded_in(shell)
