"""Convert models in a helper process, with a time limit; restart it after a crash or a timeout.

Some conversions never end, and some crash the process. In a separate process, neither harms the
kernel. The process stays warm, because importing the converters takes seconds.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.helper.process import HelperProcess
from jupyter_faas.serialization.helper.protocol import (
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
from jupyter_faas.serialization.skops.trust import check_importable

# Importing the converters takes seconds, and much longer on a busy machine.
_START_LIMIT_S = 120.0
_SKOPS_HINT_LIMIT_S = 60.0
_SHOWN_LINES = 5
# Large models get more time: one second for this many bytes of the pickle.
_BYTES_PER_SECOND = 1_000_000
# A larger model would be refused after a long conversion: no ONNX form is smaller than the float32
# one, which takes half of the pickle's size.
_MAX_PICKLE_BYTES = 2 * MAX_BYTES


def _no_progress(_: str) -> None:
    """Ignore progress messages (the default of ``convert``)."""


class ConversionHelper:
    """A helper process that converts models, one per kernel.

    The process is started once, and exits with the kernel. Several threads may call ``convert``,
    but only one conversion runs at a time. ``environment``: of the process (default: the kernel's);
    ``clock``: returns seconds.
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._environment = environment
        self._clock = clock
        # Two locks, so that close() can kill the process while a conversion holds the first one.
        self._conversion_lock = threading.Lock()
        self._process_lock = threading.Lock()
        self._process: HelperProcess | None = None

    def start(self) -> None:
        """Start the process unless it is running already, and return at once."""
        with self._process_lock:
            if self._process is not None and self._process.running:
                return
            if self._process is not None:
                # It has exited already; this releases its pipes and threads.
                self._process.kill()
            environment = os.environ if self._environment is None else self._environment
            self._process = HelperProcess(environment)

    def wait_until_ready(self, limit_s: float = _START_LIMIT_S) -> bool:
        """Wait until the process is warm; return False if it exits first or was not started.

        Conversions in other threads are not blocked. ``limit_s``: seconds; False after that too.
        """
        process = self._process
        return process is not None and process.wait_until_ready(limit_s)

    def close(self) -> None:
        """Kill the process. A later ``convert`` starts another."""
        with self._process_lock:
            # Cleared first, so that an interrupted conversion knows that the helper was closed.
            process, self._process = self._process, None
            if process is not None:
                process.kill()

    @property
    def pid(self) -> int | None:
        """The process id, or None if the process was not started."""
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
        time_limit_s: float = 120.0,
        budget_s: float = 10.0,
        progress: Callable[[str], None] = _no_progress,
    ) -> ModelArtifact:
        """Convert ``model``, which the notebook calls ``name``, and compare the result with it.

        ``sample``: rows as they are passed to the model's methods. ``model_format``: ``onnx``, or
        ``skops`` for the estimator itself. ``trust``: types outside scikit-learn that a skops
        archive may hold (``package.module.Class``). ``time_limit_s``: seconds for the whole
        conversion once the helper is warm, plus one second for each MB of the model. ``budget_s``:
        seconds for the comparison. Raises ConversionError if the model has no form that runs or the
        time is over, ParityError if the results differ and ``accept_parity`` is not set.
        """
        if is_network(model):
            progress(f"exporting {name}")
            return export_network(name, model, sample, accept_parity=accept_parity)
        model = prepare_for_helper(name, model)
        if is_estimator(model):
            _check_estimator(name, model, model_format)
        else:
            # skops holds only estimators. This model is ONNX already, or a native booster.
            model_format = ONNX
        request = _request(
            name,
            model,
            sample,
            accept_parity=accept_parity,
            budget_s=budget_s,
            output=model_format,
            trust=tuple(trust),
        )
        if model_format == ONNX and len(request.model) > _MAX_PICKLE_BYTES:
            raise ConversionError(
                f"The model {name!r} holds {len(request.model) / 1024**3:.1f} GB, and a model in "
                "one ONNX file ends at 2 GB.",
                hint="Make it smaller: fewer or shallower trees, fewer components.",
            )
        artifact: ModelArtifact = self._exchange(request, time_limit_s, progress)
        return artifact

    def skops_hint(self, name: str, model: object, *, sample: object | None = None) -> str:
        """Return a sentence with the options that package the estimator itself, or "".

        It is empty if skops cannot hold the model, or if that takes too long to find out.
        """
        if not is_estimator(model) or is_network(model):
            return ""
        try:
            # Checked here, because unpickling in the helper would fail with a less clear error.
            check_importable(name, model)
            request = _request(name, model, sample, output=SKOPS_HINT)
            sentence: str = self._exchange(request, _SKOPS_HINT_LIMIT_S, _no_progress)
        except ConversionError:
            return ""
        return sentence

    def _exchange(
        self, request: HelperRequest, time_limit_s: float, progress: Callable[[str], None]
    ) -> Any:
        """Send a request and return the value of its DONE reply.

        Raises the value of REFUSED, and ConversionError for FAILED, EXITED and timeouts.
        """
        with self._conversion_lock:
            try:
                limit_s = time_limit_s + len(request.model) / _BYTES_PER_SECOND
                kind, value = self._send_and_receive(request, limit_s, progress)
            except BaseException:
                # BaseException, because the user may interrupt the kernel. The process still works
                # on this request, and its reply would be taken for that of the next one.
                self._restart()
                raise
            if kind == EXITED:
                raise self._exit_error(request.name, value)
        if kind == DONE:
            return value
        if kind == REFUSED:
            raise value
        raise ConversionError(
            f"Converting {request.name!r} failed: {value['kind']}: {value['message']} "
            f"({value['place']}).",
            hint="This is a fault of jupyter_faas or of a converter: please report it.",
        )

    def _send_and_receive(
        self, request: HelperRequest, time_limit_s: float, progress: Callable[[str], None]
    ) -> tuple[str, Any]:
        self.start()
        process = self._process
        assert process is not None  # noqa: S101 - just started
        if not process.ready:
            progress("starting the conversion helper")
            kind, value = self._receive(process, _START_LIMIT_S, progress, "start")
            if kind != READY:
                return kind, value
            process.ready = True
        with suppress(OSError):
            # If the process has exited, send() fails, and the next message is EXITED.
            process.send(request)
        return self._receive(process, time_limit_s, progress, f"convert {request.name!r}")

    def _receive(
        self,
        process: HelperProcess,
        limit_s: float,
        progress: Callable[[str], None],
        action: str,
    ) -> tuple[str, Any]:
        """Return the next message that is not PROGRESS.

        Raises ConversionError after ``limit_s`` seconds; ``action`` is for its message.
        """
        # One deadline for all messages: a progress message does not extend it.
        deadline = self._clock() + limit_s
        while True:
            try:
                kind, value = process.receive(deadline - self._clock())
            except queue.Empty:
                seconds = f"{round(limit_s, 1):g} s"
                raise ConversionError(
                    f"The helper took more than {seconds} to {action}, and was stopped.",
                    hint="A simpler model may convert in time (QuantileTransformer takes longest).",
                ) from None
            if kind != PROGRESS:
                return kind, value
            progress(value)

    def _exit_error(self, name: str, code: int) -> ConversionError:
        """Return the error for a process that exited; start another one unless it was closed."""
        process = self._process
        if process is None:
            return ConversionError(f"The conversion helper was closed while it converted {name!r}.")
        output = process.output_tail()
        self._restart()
        lines = [line for line in output.splitlines() if line.strip()][-_SHOWN_LINES:]
        return ConversionError(
            f"The conversion helper stopped while it converted {name!r} ({_exit_cause(code)}).",
            hint="\n".join(
                ["A new one has been started.", *(["Its last words:", *lines] if lines else [])]
            ),
        )

    def _restart(self) -> None:
        self.close()
        self.start()


def _check_estimator(name: str, model: object, model_format: str) -> None:
    # Imported late, here and below, because it needs numpy, which a kernel may never load.
    from jupyter_faas.serialization.sklearn import unsupported_models

    if model_format == SKOPS:
        check_importable(name, model)
    else:
        unsupported_models.check_notebook_classes(name, model)
    unsupported_models.check_fitted(name, model)


def _request(name: str, model: object, sample: object | None, **options: Any) -> HelperRequest:
    from jupyter_faas.serialization.sklearn.sample import limit_rows

    return HelperRequest(
        name,
        _pickle(model, f"{name!r}"),
        _pickle(limit_rows(sample), f"The sample for {name!r}"),
        # The empty entry means the kernel's working directory, which it may change later.
        path=tuple(entry or os.getcwd() for entry in sys.path),
        **options,
    )


def _pickle(value: object, what: str) -> bytes:
    from jupyter_faas.serialization.sklearn.unsupported_models import REPLACE_IT

    try:
        return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ConversionError(
            f"{what} cannot be handed to the conversion helper: {error}", hint=REPLACE_IT
        ) from error


def _exit_cause(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name
    # The out-of-memory killer of Linux sends SIGKILL.
    return f"killed by {name}, out of memory perhaps" if name == "SIGKILL" else f"killed by {name}"
