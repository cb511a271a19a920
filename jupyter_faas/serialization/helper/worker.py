"""The helper process: ``python -m jupyter_faas.serialization.helper.worker``.

It imports the converters once, then converts one model per request until its standard input
closes, which is how it learns that the notebook's kernel is gone.
"""

from __future__ import annotations

import os
import pickle
import queue
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import ModuleType
from typing import Any, BinaryIO

from jupyter_faas.errors import ConversionError, FaasError
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.helper.conversion_cache import ConversionCache
from jupyter_faas.serialization.helper.protocol import (
    DONE,
    FAILED,
    PROGRESS,
    READY,
    REFUSED,
    SKOPS,
    SKOPS_HINT,
    Request,
    read_message,
    write_message,
)
from jupyter_faas.serialization.helper.user_modules import unload_user_modules
from jupyter_faas.serialization.sklearn.unsupported_models import REPLACE_IT
from jupyter_faas.serialization.skops.trust import notebook_class_error

# What unpickling says of a name that only the notebook has.
_MISSING = re.compile(r"Can't get attribute '([^']+)'")


def main() -> None:
    requests, replies = _private_pipes()
    waiting: queue.SimpleQueue[Request] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, waiting), daemon=True).start()
    action_models, remembered = _warm(), ConversionCache()
    write_message(replies, (READY, None))
    while True:
        write_message(replies, _answer(waiting.get(), action_models, remembered, replies))


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the kernel, moved to where no library can print into them."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, replies


def _listen(requests: BinaryIO, waiting: queue.SimpleQueue[Request]) -> None:
    try:
        while True:
            waiting.put(read_message(requests))
    except EOFError:
        # A conversion may hang in a library: nobody is left to wait for it.
        os._exit(0)


def _warm() -> ModuleType:
    """Import everything and convert one small model, so that the first real one is fast."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from jupyter_faas.serialization.action_models import load_action_models
    from jupyter_faas.serialization.convert import ConversionRequest, convert

    action_models = load_action_models()
    rows = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.5], [3.0, 0.5]])
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, [0, 1, 0, 1])
    convert(
        ConversionRequest("warm", model, rows),
        action_models,
        progress=lambda _: None,
        clock=time.monotonic,
    )
    with suppress(ImportError):
        import pandas  # noqa: F401 - loaded ahead for models that read frames
    return action_models


def _answer(
    request: Request, action_models: ModuleType, remembered: ConversionCache, replies: BinaryIO
) -> tuple[str, Any]:
    known = remembered.of(request)
    if known is not None:
        return DONE, known
    try:
        sys.path.extend(entry for entry in request.path if entry not in sys.path)
        with unload_user_modules() as forgotten:
            answer = _wanted(
                request,
                action_models,
                progress=lambda text: write_message(replies, (PROGRESS, text)),
            )
    except FaasError as error:
        return REFUSED, error
    except Exception as error:  # the top of this process: the kernel shall hear of it
        return FAILED, _told(error)
    # What the user's own modules do may be another thing the next time.
    if isinstance(answer, ModelArtifact) and not forgotten:
        remembered.keep(request, answer)
    return DONE, answer


def _wanted(
    request: Request, action_models: ModuleType, progress: Callable[[str], None]
) -> ModelArtifact | str:
    from jupyter_faas.serialization.convert import ConversionRequest, convert
    from jupyter_faas.serialization.skops import SkopsRequest, convert_to_skops, skops_hint

    name, model = request.name, _unpickled(request)
    sample = _unpickled_sample(name, request.sample)
    accept, budget_s = request.accept_parity, request.budget_s
    itself = SkopsRequest(name, model, sample, request.trust, accept, budget_s)
    if request.wanted == SKOPS:
        return convert_to_skops(itself, progress=progress, clock=time.monotonic)
    if request.wanted == SKOPS_HINT:
        return skops_hint(itself, clock=time.monotonic)
    order = ConversionRequest(name, model, sample, accept, budget_s)
    return convert(order, action_models, progress=progress, clock=time.monotonic)


def _unpickled(request: Request) -> Any:
    try:
        return pickle.loads(request.model)  # noqa: S301 - see the import
    except (AttributeError, ImportError) as error:
        missing = _MISSING.match(str(error))
        if missing and request.wanted == SKOPS:
            raise notebook_class_error(request.name, [missing[1]]) from error
        what = f"{missing[1]} of this notebook" if missing else f"code of the notebook ({error})"
        raise ConversionError(
            f"{request.name!r} has no ONNX form: it needs {what}.", hint=REPLACE_IT
        ) from error


def _unpickled_sample(name: str, data: bytes) -> Any:
    try:
        return pickle.loads(data)  # noqa: S301 - see the import
    except (AttributeError, ImportError) as error:
        raise ConversionError(
            f"The sample for {name!r} needs code of the notebook ({error}).",
            hint="Give rows as a DataFrame, an array or a list.",
        ) from error


def _told(error: Exception) -> Mapping[str, str]:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return {
        "kind": type(error).__name__,
        "words": str(error),
        "where": f"{os.path.basename(where.filename)}, line {where.lineno}",
    }


if __name__ == "__main__":
    main()
