"""The entry point of a package whose models are in a model store.

Such packages contain this module as ``__main__.py``, and ``action_main.py``, the entry point of
other packages, as ``faas_action.py``. Importing ``faas_action`` executes the cell's files, which
load the models. This is done in the first call instead of during initialization. If the
initialization failed, the caller would not see the error, and the container could not retry. The
module supports Python 3.9 and later, and uses only the standard library.
"""

from __future__ import annotations

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
if _HERE not in sys.path:
    # A runtime may import this file by its path without adding the directory to sys.path.
    sys.path.insert(0, _HERE)

import faas_store  # noqa: E402 needs the path
from faas_parameters import is_web  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    from types import ModuleType
    from typing import Any


def prepare() -> ModuleType:
    """Load the models and execute the cell's files, unless an earlier call has done so.

    Returns the module ``faas_action``. Raises ModelUnavailable if a model cannot be downloaded, and
    any exception that the files raise. After an error, the next call retries, because a module that
    fails to import is removed from ``sys.modules``.
    """
    import faas_action

    module: ModuleType = faas_action
    return module


def main(params: Any) -> dict[str, Any]:
    """Run an activation, or return ``{"error": …}`` if a model is unavailable.

    For web requests, the error has the HTTP status 503.
    """
    if isinstance(params, dict) and faas_store.LOCATIONS in params:
        # On hosts that do not support init parameters, each call passes the URLs as a parameter.
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
