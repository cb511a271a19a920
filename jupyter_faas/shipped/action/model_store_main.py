"""The entry point of a package whose models are in a model store.

In the package it is ``__main__.py``, and ``faas_action.py`` is a copy of ``action_main.py``, the
entry point of other packages. Importing ``faas_action`` runs the cell's files, which load the
models. This happens in the first call and not at init: if the init failed, the caller would not see
the error, and the container could not try again. Python 3.9 and later, standard library only.
"""

from __future__ import annotations

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
if _HERE not in sys.path:
    # A runtime may import this file by its path, without its folder in sys.path.
    sys.path.insert(0, _HERE)

import faas_store  # noqa: E402 needs the path
from faas_parameters import is_web  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    from types import ModuleType
    from typing import Any


def prepare() -> ModuleType:
    """Load the models and run the cell's files, unless an earlier call has done it.

    Raises ModelUnavailable, and whatever the files raise. After an error, the next call tries
    again, because a failed import leaves no module.
    """
    import faas_action

    module: ModuleType = faas_action
    return module


def main(params: Any) -> dict[str, Any]:
    """Run one activation as ``faas_action`` does, or return ``{"error": …}`` without the model."""
    if isinstance(params, dict) and faas_store.LOCATIONS in params:
        # On hosts without init parameters, the locations are a parameter of each call.
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
