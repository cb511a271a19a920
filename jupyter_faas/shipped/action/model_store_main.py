"""The entry point of a package whose models lie in a model store.

It lies in the package as ``__main__.py``, in front of ``faas_action.py``, which is the entry point
of other packages. That one runs the cell's files when it is imported, and they read the models: so
it is imported at the first call, not at init, where an error would have no words for the caller
and a container no second chance. Python 3.9 and up, standard library only.
"""

from __future__ import annotations

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
if _HERE not in sys.path:
    # Whoever imports this file need not have its folder on the path.
    sys.path.insert(0, _HERE)

import faas_store  # noqa: E402 it lies there
from faas_parameters import is_web  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs a cold start some milliseconds, and nothing here needs it then.
    from types import ModuleType
    from typing import Any


def prepare() -> ModuleType:
    """Bring the models and run the cell's files, if that is not done yet.

    Raises ModelUnavailable, and whatever the files raise. Then the next call begins anew.
    """
    import faas_action

    module: ModuleType = faas_action
    return module


def main(params: Any) -> dict[str, Any]:
    """Answer one activation as ``faas_action`` does; ``{"error": …}`` while a model is missing."""
    if isinstance(params, dict) and faas_store.LOCATIONS in params:
        # A host that does not know init parameters.
        params = dict(params)
        faas_store.locate(params.pop(faas_store.LOCATIONS))
    try:
        action = prepare()
    except faas_store.ModelUnavailable as error:
        sys.stderr.write(f"{error}\n")
        if is_web(params):
            return {"error": {"statusCode": 503, "body": {"error": str(error)}}}
        return {"error": str(error)}
    answer: dict[str, Any] = action.main(params)
    return answer
