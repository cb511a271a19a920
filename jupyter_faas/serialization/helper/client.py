"""Convert models in a helper process, which is restarted after a crash or a timeout.

Some conversions never finish, and others crash the process. A separate process protects the kernel
from both. The process is kept running between conversions, because importing the converters takes
seconds.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from jupyter_faas.errors import ConversionError
from jupyter_faas.installation import MODELS, require
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.helper.notebook_code import (
    CodeFailed,
    NotebookCode,
    dump_model,
    dump_sample,
    value_hint,
)
from jupyter_faas.serialization.helper.process import HelperProcess
from jupyter_faas.serialization.helper.protocol import (
    AUTO,
    DONE,
    EXITED,
    ONNX,
    PROGRESS,
    READY,
    REFUSED,
    SKOPS,
    SKOPS_HINT,
    HelperRequest,
)
from jupyter_faas.serialization.model_detection import (
    export_network,
    is_estimator,
    is_network,
    prepare_for_helper,
)
from jupyter_faas.serialization.onnx.graph import MAX_BYTES

# The converters, which a kernel's own environment may lack.
_LIBRARIES = ("numpy", "sklearn", "onnx", "onnxruntime", "skl2onnx", "skops")
# Importing the converters takes seconds, and much longer on a busy machine, so the limit is high.
_START_LIMIT_S = 120.0
_SKOPS_HINT_LIMIT_S = 60.0
_SHOWN_LINES = 5
# The time limit is extended by one second for each of this many bytes of the pickled model.
_BYTES_PER_SECOND = 1_000_000
# Larger models are refused immediately, because a long conversion would fail anyway. The smallest
# ONNX form is float32, and it is half the size of the pickle.
_MAX_PICKLE_BYTES = 2 * MAX_BYTES


def _no_progress(_: str) -> None:
    """Ignore a progress message. This is the default callback of ``convert``."""


class _HelperFailed(ConversionError):
    """Raised when the helper exited, exceeded its time limit, or failed for an unknown reason."""


def _remedy(name: str, skops: bool = False) -> str:
    """Return how to package a model that cannot be converted. ``skops``: skops supports it."""
    if skops:
        return "Package the estimator itself: --model-format skops"
    return f"Create {name} inside the function."


class ConversionHelper:
    """A helper process that converts models, one per kernel.

    The process exits when the kernel exits. Several threads may call ``convert``, but only one
    conversion runs at a time. ``environment``: the environment variables of the process (default:
    those of the kernel). ``clock``: returns the time in seconds. ``waiting``: returns a context
    manager that surrounds the time in which ``convert`` only waits for the process.
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        waiting: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._environment = environment
        self._clock = clock
        self.waiting = waiting
        # There are two locks, so that close() can kill the process during a conversion.
        self._conversion_lock = threading.Lock()
        self._process_lock = threading.Lock()
        self._process: HelperProcess | None = None

    def start(self) -> None:
        """Start the process unless it is already running, without waiting until it is ready.

        Nothing is started where the converters are not installed. ``convert`` then says so.
        """
        if any(find_spec(name) is None for name in _LIBRARIES):
            return
        with self._process_lock:
            if self._process is not None and self._process.running:
                return
            if self._process is not None:
                # The process has already exited. kill() also releases its pipes and threads.
                self._process.kill()
            environment = os.environ if self._environment is None else self._environment
            self._process = HelperProcess(environment)

    def wait_until_ready(self, limit_s: float = _START_LIMIT_S) -> bool:
        """Wait until the process is ready to convert, and return whether it is.

        Returns False if the process was not started, exits, or is not ready after ``limit_s``
        seconds. Conversions in other threads are not blocked.
        """
        process = self._process
        return process is not None and process.wait_until_ready(limit_s)

    def close(self) -> None:
        """Kill the process, if there is one. A later call of ``convert`` starts a new process."""
        with self._process_lock:
            # The attribute is cleared first, so that a conversion that is interrupted by this can
            # tell that the helper was closed.
            process, self._process = self._process, None
            if process is not None:
                process.kill()

    @property
    def pid(self) -> int | None:
        """The process ID, or None if no process was started."""
        return self._process.pid if self._process is not None else None

    def convert(
        self,
        name: str,
        model: object,
        *,
        sample: object | None = None,
        accept_parity: bool = False,
        model_format: str = ONNX,
        trust: Sequence[str] = (),
        attributes: Collection[str] = (),
        code: NotebookCode | None = None,
        code_objects: Mapping[str, object] = MappingProxyType({}),
        time_limit_s: float = 120.0,
        budget_s: float = 10.0,
        progress: Callable[[str], None] = _no_progress,
    ) -> ModelArtifact:
        """Convert ``model``, which the notebook calls ``name``, and compare the result with it.

        ``sample``: rows in the form in which the notebook passes them to the model.
        ``model_format``: ``onnx``, ``skops`` to keep the estimator itself, or ``auto`` for ONNX if
        it is faithful and otherwise skops. ``trust``: the values of ``--trust``. ``attributes``:
        the attributes of the model that the cell uses, for ``auto``. ``code``: the source of the
        notebook's functions and classes inside the model, whose live objects are ``code_objects``.
        ``time_limit_s``: the time limit of the conversion in seconds, excluding the start of the
        helper. The limit is extended by one second per MB of the model. ``budget_s``: the time
        limit of the comparison in seconds. Raises NotInstalled if the converters are not installed.
        Raises ConversionError if the model cannot be converted within the time limit. Raises
        ParityError if the results differ and ``accept_parity`` is not set.
        """
        require(_LIBRARIES, MODELS, f"Converting the model {name!r}")
        if is_network(model):
            progress(f"exporting {name}")
            return export_network(name, model, sample, accept_parity=accept_parity)
        model = prepare_for_helper(name, model)
        if is_estimator(model):
            _check_fitted(name, model)
        else:
            # This model is a native booster or already ONNX. skops supports only estimators.
            model_format = ONNX
        request = _request(
            name,
            model,
            sample,
            accept_parity=accept_parity,
            budget_s=budget_s,
            output=model_format,
            trust=tuple(trust),
            attributes=tuple(sorted(attributes)) if model_format == AUTO else (),
            code=code,
            code_objects=code_objects,
        )
        if model_format != SKOPS and len(request.model) > _MAX_PICKLE_BYTES:
            too_large = (
                f"The model {name!r} is {len(request.model) / 1024**3:.1f} GB, but ONNX files are "
                "limited to 2 GB."
            )
            if model_format == ONNX:
                raise ConversionError(too_large, hint=_remedy(name, is_estimator(model)))
            request = replace(request, output=SKOPS, why=too_large)
        try:
            artifact: ModelArtifact = self._exchange(request, time_limit_s, progress)
        except CodeFailed as error:
            error.hint = value_hint(error.line, code_objects)
            raise
        except _HelperFailed as error:
            if model_format == ONNX:
                supported = self.skops_hint(
                    name,
                    model,
                    sample=sample,
                    code=code,
                    code_objects=code_objects,
                    time_limit_s=min(time_limit_s, _SKOPS_HINT_LIMIT_S),
                )
                error.hint = _remedy(name, supported != "")
            if model_format != AUTO or request.output == SKOPS:
                raise
            # The converters never finish for some models and crash on others. Neither affects the
            # skops format.
            again = replace(request, output=SKOPS, why=error.message)
            artifact = self._exchange(again, time_limit_s, progress)
        return artifact

    def skops_hint(
        self,
        name: str,
        model: object,
        *,
        sample: object | None = None,
        code: NotebookCode | None = None,
        code_objects: Mapping[str, object] = MappingProxyType({}),
        time_limit_s: float = _SKOPS_HINT_LIMIT_S,
    ) -> str:
        """Return a sentence that names the options for packaging the estimator with skops.

        Returns "" if skops does not support the model, or if the check fails or takes too long.
        """
        if not is_estimator(model) or is_network(model):
            return ""
        try:
            request = _request(
                name, model, sample, output=SKOPS_HINT, code=code, code_objects=code_objects
            )
            sentence: str = self._exchange(request, time_limit_s, _no_progress)
        except ConversionError:
            return ""
        return sentence

    def _exchange(
        self, request: HelperRequest, time_limit_s: float, progress: Callable[[str], None]
    ) -> Any:
        """Send a request and return the value of its DONE reply.

        Raises the error in a REFUSED reply. Raises ConversionError after a FAILED reply, after a
        timeout, and if the process exits.
        """
        with self._conversion_lock:
            try:
                limit_s = time_limit_s + len(request.model) / _BYTES_PER_SECOND
                with self.waiting():
                    kind, value = self._send_and_receive(request, limit_s, progress)
            except BaseException:
                # BaseException includes a KeyboardInterrupt by the user. The process may still be
                # working on this request, and its reply would be mistaken for the next request's.
                self._restart()
                raise
            if kind == EXITED:
                raise self._exit_error(request.name, value)
        if kind == DONE:
            return value
        if kind == REFUSED:
            raise value
        raise _HelperFailed(
            f"Converting {request.name!r} failed: {value['kind']}: {value['message']} "
            f"({value['place']}).\n"
            "This is a bug in jupyter_faas or in a converter. Please report it.",
            hint=_remedy(request.name),
        )

    def _send_and_receive(
        self, request: HelperRequest, time_limit_s: float, progress: Callable[[str], None]
    ) -> tuple[str, Any]:
        self.start()
        process = self._process
        assert process is not None  # noqa: S101 - start() has set it
        if not process.ready:
            progress("starting the conversion helper")
            kind, value = self._receive(process, _START_LIMIT_S, progress, "start", request.name)
            if kind != READY:
                return kind, value
            process.ready = True
        with suppress(OSError):
            # send() fails if the process has exited. The error is ignored, because the next message
            # is then EXITED.
            process.send(request)
        action = f"convert {request.name!r}"
        return self._receive(process, time_limit_s, progress, action, request.name)

    def _receive(
        self,
        process: HelperProcess,
        limit_s: float,
        progress: Callable[[str], None],
        action: str,
        model: str,
    ) -> tuple[str, Any]:
        """Return the next message that is not PROGRESS.

        Raises ConversionError after ``limit_s`` seconds. ``action`` names the task in its message.
        """
        # The deadline applies to all messages together, so progress messages do not extend it.
        deadline = self._clock() + limit_s
        while True:
            try:
                kind, value = process.receive(deadline - self._clock())
            except queue.Empty:
                seconds = f"{round(limit_s, 1):g} s"
                raise _HelperFailed(
                    f"The conversion helper took more than {seconds} to {action} and was stopped.",
                    hint=_remedy(model),
                ) from None
            if kind != PROGRESS:
                return kind, value
            progress(value)

    def _exit_error(self, name: str, code: int) -> ConversionError:
        """Return the error for a process that exited with ``code``.

        Starts a new process, unless the helper was closed.
        """
        process = self._process
        if process is None:
            return ConversionError(f"The conversion helper was closed while it converted {name!r}.")
        output = process.output_tail()
        self._restart()
        lines = [line for line in output.splitlines() if line.strip()][-_SHOWN_LINES:]
        stopped = (
            f"The conversion helper stopped while it converted {name!r} ({_exit_cause(code)})."
        )
        words = [
            stopped,
            *(["The last lines of the stopped helper's output:", *lines] if lines else []),
        ]
        return _HelperFailed("\n".join(words), hint=_remedy(name))

    def _restart(self) -> None:
        self.close()
        self.start()


def _check_fitted(name: str, model: object) -> None:
    # Imported late, here and below, because this module imports numpy, which a kernel may not need.
    from jupyter_faas.serialization.sklearn.unsupported_models import check_fitted

    check_fitted(name, model)


def _request(
    name: str,
    model: object,
    sample: object | None,
    code_objects: Mapping[str, object],
    **options: Any,
) -> HelperRequest:
    from jupyter_faas.serialization.sklearn.sample import limit_rows

    return HelperRequest(
        name,
        _pickle(model, f"{name!r}", code_objects, name=name),
        _pickle(limit_rows(sample), f"The sample for {name!r}", code_objects),
        # An empty string in sys.path means the working directory, which the kernel may change
        # later.
        path=tuple(entry or os.getcwd() for entry in sys.path),
        folder=_working_directory(),
        transform_output=_transform_output(),
        **options,
    )


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError:  # It was removed.
        return ""


def _transform_output() -> str:
    """Return the kernel's setting of scikit-learn, which a model's pickle does not contain."""
    sklearn = sys.modules.get("sklearn")
    return "default" if sklearn is None else str(sklearn.get_config()["transform_output"])


def _pickle(
    value: object,
    what: str,
    names: Mapping[str, object] = MappingProxyType({}),
    *,
    name: str = "",
) -> bytes:
    """Pickle a model, which is called ``name``, or a sample, without a name."""
    try:
        return dump_model(value, names) if name else dump_sample(value, names)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        from jupyter_faas.serialization.sklearn.sample import LEAVE_SAMPLE_OUT

        raise ConversionError(
            f"{what} cannot be sent to the conversion helper: {error}",
            hint=_hint_without_attribute(name, value, names) if name else LEAVE_SAMPLE_OUT,
        ) from error


def _hint_without_attribute(name: str, model: object, names: Mapping[str, object]) -> str:
    """Return the hint to clear the first attribute that cannot be pickled, such as a lock.

    ``names`` are the notebook's objects, which are pickled by name.
    """
    for key, value in getattr(model, "__dict__", {}).items():
        try:
            dump_model(value, names)
        except Exception:  # noqa: PERF203 - any object of the user may raise anything
            return (
                "Files, locks, generators and connections cannot be packaged. Clear this "
                f"attribute: {name}.{key} = None"
            )
    return f"Create {name} inside the function."


def _exit_cause(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name
    # The Linux out-of-memory killer sends SIGKILL.
    return f"killed by {name}, probably out of memory" if name == "SIGKILL" else f"killed by {name}"
