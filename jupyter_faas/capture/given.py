"""Names that Python itself gives, in a notebook as in an action."""

from __future__ import annotations

import builtins
from collections.abc import Mapping

from jupyter_faas.capture.refusals import is_notebook_only


def is_given(name: str, namespace: Mapping[str, object]) -> bool:
    """Whether Python itself provides the name, and the notebook has not replaced it."""
    if not hasattr(builtins, name) or is_notebook_only(name):
        return False
    value = namespace.get(name, getattr(builtins, name))
    if value is getattr(builtins, name):
        return True
    # IPython puts its own open, exit and quit into the notebook. Its open poses as Python's
    # in every attribute, but for where its code runs.
    code_lives_in = getattr(value, "__globals__", {}).get("__name__", "")
    return "IPython" in (
        str(code_lives_in).partition(".")[0],
        type(value).__module__.partition(".")[0],
    )
