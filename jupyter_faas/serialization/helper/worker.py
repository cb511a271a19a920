"""The helper process, ``python -m jupyter_faas.serialization.helper.worker FD``.

It imports the converters, converts one small model to warm them up, and sends READY. Then it
converts one model per request, until the connection on FD closes, which is how it learns that the
notebook's kernel has exited. Here are also its cache of earlier conversions and the unloading of
the user's own modules, which may be edited between two cells.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import pickle
import queue
import re
import sys
import sysconfig
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ConversionError, FaasError
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.helper.protocol import (
    DONE,
    FAILED,
    PROGRESS,
    READY,
    REFUSED,
    SKOPS,
    SKOPS_HINT,
    HelperRequest,
)
from jupyter_faas.serialization.skops.trust import notebook_class_error

if TYPE_CHECKING:
    Kernel = Connection[tuple[str, Any], HelperRequest]

# The message of pickle for a name that only the notebook has.
_MISSING_NAME = re.compile(r"Can't get attribute '([^']+)'")
_CACHE_BYTES = 32 * 1024 * 1024
_INSTALLED = ("site-packages", "dist-packages")
_OURS = "jupyter_faas"


def main() -> None:
    descriptor = int(sys.argv[1])
    # A process that a library starts must not hold the connection open.
    os.set_inheritable(descriptor, False)
    kernel: Kernel = Connection(descriptor)
    requests: queue.SimpleQueue[HelperRequest] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(kernel, requests), daemon=True).start()
    action_models, cache = _warm_up(), ConversionCache()
    kernel.send((READY, None))
    while True:
        kernel.send(_answer(requests.get(), action_models, cache, kernel))


def _listen(kernel: Kernel, requests: queue.SimpleQueue[HelperRequest]) -> None:
    try:
        while True:
            requests.put(kernel.recv())
    except (EOFError, OSError):
        # The kernel has exited. The main thread may hang in a library, so this cannot wait for it.
        os._exit(0)


def _warm_up() -> ModuleType:
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
    request = ConversionRequest("warm", model, rows)
    convert(request, action_models, progress=lambda _: None, clock=time.monotonic)
    with suppress(ImportError):
        import pandas  # noqa: F401 - loaded ahead for models that read data frames
    return action_models


def _answer(
    request: HelperRequest, action_models: ModuleType, cache: ConversionCache, kernel: Kernel
) -> tuple[str, Any]:
    artifact = cache.get(request)
    if artifact is not None:
        return DONE, artifact
    try:
        sys.path.extend(entry for entry in request.path if entry not in sys.path)
        with unload_user_modules() as unloaded:
            result = _convert(
                request, action_models, progress=lambda text: kernel.send((PROGRESS, text))
            )
    except FaasError as error:
        return REFUSED, error
    except Exception as error:  # the top of this process: the kernel reports it
        return FAILED, _describe(error)
    # A user's own module may do something else the next time.
    if isinstance(result, ModelArtifact) and not unloaded:
        cache.put(request, result)
    return DONE, result


def _convert(
    request: HelperRequest, action_models: ModuleType, progress: Callable[[str], None]
) -> ModelArtifact | str:
    from jupyter_faas.serialization.convert import ConversionRequest, convert
    from jupyter_faas.serialization.skops.conversion import (
        SkopsRequest,
        convert_to_skops,
        skops_hint,
    )

    name, model = request.name, _unpickle_model(request)
    sample = _unpickle_sample(name, request.sample)
    accept, budget_s = request.accept_parity, request.budget_s
    if request.output in (SKOPS, SKOPS_HINT):
        estimator = SkopsRequest(name, model, sample, request.trust, accept, budget_s)
        if request.output == SKOPS_HINT:
            return skops_hint(estimator, clock=time.monotonic)
        return convert_to_skops(estimator, progress=progress, clock=time.monotonic)
    conversion = ConversionRequest(name, model, sample, accept, budget_s)
    return convert(conversion, action_models, progress=progress, clock=time.monotonic)


def _unpickle_model(request: HelperRequest) -> Any:
    from jupyter_faas.serialization.sklearn.unsupported_models import REPLACE_IT

    try:
        return pickle.loads(request.model)  # noqa: S301 - see protocol.py
    except (AttributeError, ImportError) as error:
        missing = _MISSING_NAME.match(str(error))
        if missing and request.output == SKOPS:
            raise notebook_class_error(request.name, [missing[1]]) from error
        what = f"{missing[1]} of this notebook" if missing else f"code of the notebook ({error})"
        raise ConversionError(
            f"{request.name!r} has no ONNX form: it needs {what}.", hint=REPLACE_IT
        ) from error


def _unpickle_sample(name: str, data: bytes) -> Any:
    try:
        return pickle.loads(data)  # noqa: S301 - see protocol.py
    except (AttributeError, ImportError) as error:
        raise ConversionError(
            f"The sample for {name!r} needs code of the notebook ({error}).",
            hint="Give rows as a DataFrame, an array or a list.",
        ) from error


def _describe(error: Exception) -> Mapping[str, str]:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return {
        "kind": type(error).__name__,
        "message": str(error),
        "place": f"{os.path.basename(frame.filename)}, line {frame.lineno}",
    }


class ConversionCache:
    """The latest artifacts by the content of their request: model, sample and options.

    A conversion is deterministic, so a cell that runs again needs none. The least recently used
    are dropped when they hold more than ``max_bytes`` together.
    """

    def __init__(self, max_bytes: int = _CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._artifacts: dict[bytes, ModelArtifact] = {}

    def get(self, request: HelperRequest) -> ModelArtifact | None:
        key = _cache_key(request)
        artifact = self._artifacts.pop(key, None)
        if artifact is not None:
            # A dict keeps the order of insertion: this makes it the most recently used.
            self._artifacts[key] = artifact
        return artifact

    def put(self, request: HelperRequest, artifact: ModelArtifact) -> None:
        """Keep an artifact that depends on nothing but the request."""
        self._artifacts[_cache_key(request)] = artifact
        sizes = [len(each.data) for each in self._artifacts.values()]
        while sum(sizes) > self._max_bytes:
            del self._artifacts[next(iter(self._artifacts))], sizes[0]


def _cache_key(request: HelperRequest) -> bytes:
    options = (request.name, request.accept_parity, request.budget_s, request.output, request.trust)
    parts = (request.model, request.sample, repr(options).encode())
    # Digests have one length, so that no byte can move from one part to the next.
    return b"".join(hashlib.sha256(part).digest() for part in parts)


@contextmanager
def unload_user_modules() -> Iterator[list[str]]:
    """Unload the modules that are imported inside, unless they are installed, at the end.

    The next import then sees an edited file. The list holds their names after the block.
    """
    importlib.invalidate_caches()
    before = set(sys.modules)
    unloaded: list[str] = []
    try:
        yield unloaded
    finally:
        for name in set(sys.modules) - before:
            if _is_user_module(name, sys.modules[name]):
                del sys.modules[name]
                unloaded.append(name)


def _is_user_module(name: str, module: ModuleType) -> bool:
    # Extension modules cannot be loaded twice, and are not edited between two cells.
    file = getattr(module, "__file__", None) or ""
    if not file.endswith(".py") or name.partition(".")[0] == _OURS:
        return False
    path = Path(file)
    standard = Path(sysconfig.get_paths()["stdlib"])
    return standard not in path.parents and not any(part in _INSTALLED for part in path.parts)


if __name__ == "__main__":
    main()
