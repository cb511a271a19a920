"""The helper process, ``python -m jupyter_faas.serialization.helper.worker FD``.

The process imports the converters, converts a small model to warm them up, and sends READY. It then
converts one model per request. When the connection on the file descriptor FD closes, the kernel has
exited, so the process exits too. Artifacts are cached. The user's own modules are unloaded after
each request, because the user may edit them before the next request.
"""

from __future__ import annotations

import gc
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
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ConversionError, FaasError
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.helper.notebook_code import NotebookCode, executed
from jupyter_faas.serialization.helper.protocol import (
    AUTO,
    DONE,
    FAILED,
    PROGRESS,
    READY,
    REFUSED,
    SKOPS,
    SKOPS_HINT,
    HelperRequest,
)

if TYPE_CHECKING:
    Kernel = Connection[tuple[str, Any], HelperRequest]

# pickle's error message for a class or function that only the notebook defines.
_MISSING_NAME = re.compile(r"Can't get attribute '([^']+)'")
_CACHE_BYTES = 32 * 1024 * 1024
_INSTALLED = ("site-packages", "dist-packages")
_OURS = "jupyter_faas"


def main() -> None:
    descriptor = int(sys.argv[1])
    # Otherwise, subprocesses that a library starts would keep the connection open after our exit.
    os.set_inheritable(descriptor, False)
    kernel: Kernel = Connection(descriptor)
    requests: queue.SimpleQueue[HelperRequest] = queue.SimpleQueue()
    # A thread reads the requests, so that the kernel's exit is noticed even during a conversion.
    threading.Thread(target=_listen, args=(kernel, requests), daemon=True).start()
    # The imports create a million objects, of which none is garbage. Each collection would traverse
    # them, which would take a sixth of the start, and later a part of each conversion.
    gc.disable()
    action_models, cache = _warm_up(), ConversionCache()
    gc.freeze()
    gc.enable()
    kernel.send((READY, None))
    while True:
        kernel.send(_answer(requests.get(), action_models, cache, kernel))


def _listen(kernel: Kernel, requests: queue.SimpleQueue[HelperRequest]) -> None:
    try:
        while True:
            requests.put(kernel.recv())
    except (EOFError, OSError):
        # The kernel has exited. os._exit is used because the main thread may be stuck in a library.
        os._exit(0)


def _warm_up() -> ModuleType:
    """Convert a small model, so that the first real conversion is fast.

    Returns the module that is packaged as ``faas_models.py``.
    """
    # Imported late, because these imports take seconds and main must watch the connection first.
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from jupyter_faas.serialization.action_models import load_action_models
    from jupyter_faas.serialization.convert import ConversionRequest, convert
    from jupyter_faas.serialization.sklearn.call_overhead import patch_sklearn

    patch_sklearn()
    action_models = load_action_models()
    rows = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.5], [3.0, 0.5]])
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, [0, 1, 0, 1])
    request = ConversionRequest("warm", model, rows)
    convert(request, action_models, progress=lambda _: None, clock=time.monotonic)
    with suppress(ImportError):
        import pandas  # noqa: F401 - imported early for models that read data frames
    return action_models


def _answer(
    request: HelperRequest, action_models: ModuleType, cache: ConversionCache, kernel: Kernel
) -> tuple[str, Any]:
    artifact = cache.get(request)
    if artifact is not None:
        return DONE, artifact
    try:
        sys.path.extend(entry for entry in request.path if entry not in sys.path)
        with (
            _in_folder(request.folder),
            unload_user_modules() as unloaded,
            executed(request.name, request.code),
        ):
            result = _convert(
                request, action_models, progress=lambda text: kernel.send((PROGRESS, text))
            )
    except FaasError as error:
        return REFUSED, error
    except Exception as error:  # the kernel shows any error to the user
        return FAILED, _describe(error)
    # Results that depend on the user's modules are not cached, because the modules may change.
    if isinstance(result, ModelArtifact) and not unloaded:
        cache.put(request, result)
    return DONE, result


@contextmanager
def _in_folder(folder: str) -> Iterator[None]:
    """Change to the kernel's folder, because the notebook's code may read files there."""
    before = os.getcwd()
    # The kernel may have removed the folder.
    with suppress(OSError):
        os.chdir(folder or before)
    try:
        yield
    finally:
        os.chdir(before)


def _convert(
    request: HelperRequest, action_models: ModuleType, progress: Callable[[str], None]
) -> ModelArtifact | str:
    from jupyter_faas.serialization.convert import ConversionRequest, choose_format, convert
    from jupyter_faas.serialization.estimators import set_transform_output
    from jupyter_faas.serialization.skops.conversion import (
        SkopsRequest,
        convert_to_skops,
        skops_hint,
    )

    name, model = request.name, _unpickle_model(request)
    set_transform_output(model, request.transform_output)
    sample = _unpickle_sample(name, request.sample)
    accept, budget_s = request.accept_parity, request.budget_s
    values = request.code.values if request.code else ()
    if request.output in (SKOPS, SKOPS_HINT):
        estimator = SkopsRequest(
            name, model, sample, request.trust, accept, budget_s, request.why, values
        )
        if request.output == SKOPS_HINT:
            return skops_hint(estimator, clock=time.monotonic)
        return convert_to_skops(estimator, progress=progress, clock=time.monotonic)
    conversion = ConversionRequest(name, model, sample, accept, budget_s)
    if request.output == AUTO:
        return choose_format(
            conversion,
            action_models,
            attributes=request.attributes,
            trust=request.trust,
            values=values,
            progress=progress,
            clock=time.monotonic,
        )
    return convert(conversion, action_models, progress=progress, clock=time.monotonic)


def _unpickle_model(request: HelperRequest) -> Any:
    try:
        return pickle.loads(request.model)  # noqa: S301 - see protocol.py
    except (AttributeError, ImportError) as error:
        missing = _MISSING_NAME.match(str(error))
        what = (
            f"{missing[1]} from this notebook" if missing else f"code from the notebook ({error})"
        )
        raise ConversionError(
            f"{request.name!r} needs {what}, but the definition was not found.",
            hint=f"Create {request.name} inside the function.",
        ) from error


def _unpickle_sample(name: str, data: bytes) -> Any:
    try:
        return pickle.loads(data)  # noqa: S301 - see protocol.py
    except (AttributeError, ImportError) as error:
        from jupyter_faas.serialization.sklearn.sample import LEAVE_SAMPLE_OUT

        raise ConversionError(
            f"The sample for {name!r} needs code from the notebook ({error}).",
            hint=LEAVE_SAMPLE_OUT,
        ) from error


def _describe(error: Exception) -> Mapping[str, str]:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return {
        "kind": type(error).__name__,
        "message": str(error),
        "place": f"{os.path.basename(frame.filename)}, line {frame.lineno}",
    }


class ConversionCache:
    """A least-recently-used cache of artifacts, keyed by the request's model, sample and options.

    Conversion is deterministic, so equal requests have equal artifacts. The attributes that a cell
    uses decide only between ONNX and skops, so a cell that is edited gets the same ONNX form if it
    has all of them. The least recently used artifacts are dropped when the total size exceeds
    ``max_bytes``.
    """

    def __init__(self, max_bytes: int = _CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._artifacts: dict[_Key, ModelArtifact] = {}

    def get(self, request: HelperRequest) -> ModelArtifact | None:
        content = _content_digest(request)
        key = _key(content, request)
        if key not in self._artifacts:
            key = _key(content, replace(request, attributes=()))
        artifact = self._artifacts.pop(key, None)
        if artifact is None:
            return None
        # A dict keeps insertion order, so reinserting an artifact marks it as recently used.
        self._artifacts[key] = artifact
        other = key.attributes != request.attributes
        return None if other and artifact.onnx and _lacks_reads(artifact, request) else artifact

    def put(self, request: HelperRequest, artifact: ModelArtifact) -> None:
        """Store an artifact, which must depend only on the request."""
        if artifact.onnx and not _lacks_reads(artifact, request):
            request = replace(request, attributes=())
        self._artifacts[_key(_content_digest(request), request)] = artifact
        sizes = [len(each.data) for each in self._artifacts.values()]
        while sum(sizes) > self._max_bytes:
            del self._artifacts[next(iter(self._artifacts))], sizes[0]


@dataclass(frozen=True)
class _Key:
    content: bytes
    attributes: tuple[str, ...]
    options: tuple[Any, ...]


def _key(content: bytes, request: HelperRequest) -> _Key:
    options = (request.name, request.accept_parity, request.budget_s, request.output, request.why)
    # The code may read files in the kernel's folder.
    folder = request.folder if request.code is not None else ""
    more = (request.trust, request.transform_output, folder)
    return _Key(content, request.attributes, (*options, *more))


def _content_digest(request: HelperRequest) -> bytes:
    parts = (request.model, request.sample, *_parts_of(request.code))
    # Each part is hashed separately, so moving bytes from one part to the next changes the digest.
    return b"".join(hashlib.sha256(part).digest() for part in parts)


def _lacks_reads(artifact: ModelArtifact, request: HelperRequest) -> bool:
    """Return whether the cell uses an attribute that the ONNX form does not have."""
    from jupyter_faas.serialization.convert import missing_reads

    return bool(request.attributes and missing_reads(request.attributes, artifact.spec))


def _parts_of(code: NotebookCode | None) -> Iterator[bytes]:
    if code is not None:
        yield repr((code.source, code.names, code.values)).encode()
        yield from (data for item in code.files.items() for data in (item[0].encode(), item[1]))


@contextmanager
def unload_user_modules() -> Iterator[list[str]]:
    """Unload the user's own modules that were imported inside the ``with`` block.

    A later import then reads the current files. Installed packages stay loaded. Yields a list that
    is filled with the names of the unloaded modules at the end of the block.
    """
    # The import system caches directory listings, so it may miss files that were created recently.
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
    # Extension modules do not count: most cannot be loaded twice, and users do not edit them.
    file = getattr(module, "__file__", None) or ""
    if not file.endswith(".py") or name.partition(".")[0] == _OURS:
        return False
    path = Path(file)
    standard = Path(sysconfig.get_paths()["stdlib"])
    return standard not in path.parents and not any(part in _INSTALLED for part in path.parts)


if __name__ == "__main__":
    main()
