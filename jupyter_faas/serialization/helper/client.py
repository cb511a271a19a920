"""The warm helper: conversions happen in a process of their own, which can be stopped."""

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
    Request,
)
from jupyter_faas.serialization.model_detection import (
    exported,
    is_estimator,
    is_network,
    prepare_for_helper,
)
from jupyter_faas.serialization.onnx.graph import MAX_BYTES
from jupyter_faas.serialization.sklearn.sample import thinned
from jupyter_faas.serialization.sklearn.unsupported_models import (
    REPLACE_IT,
    check_fitted,
    check_reachable,
)
from jupyter_faas.serialization.skops.trust import check_importable

# Importing the converters takes seconds, and tens of them on a busy machine.
_START_LIMIT_S = 120.0
_WAY_OUT_LIMIT_S = 60.0
_SHOWN_LINES = 5
_BYTES_PER_SECOND = 1_000_000
# Of a pickle: in float32 the ONNX form is half as large, and no form is smaller than that.
_MAX_BYTES = 2 * MAX_BYTES


def _quiet(_: str) -> None:
    """No one wants to hear how it goes."""


class ConversionHelper:
    """Converts models in one warm process, spawned and never forked; one per kernel.

    It is started once and lives as long as the kernel. It may be used from several threads:
    one conversion at a time. ``environment``: of the process; ``clock``: seconds.
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._environment = environment
        self._clock = clock
        self._one_at_a_time = threading.Lock()
        self._starting = threading.Lock()
        self._process: HelperProcess | None = None

    def start(self) -> None:
        """Begin to warm up, and return at once. Nothing happens when it is running."""
        with self._starting:
            if self._process is not None and self._process.running:
                return
            if self._process is not None:
                self._process.end()
            environment = os.environ if self._environment is None else self._environment
            self._process = HelperProcess(environment)

    def wait_until_ready(self, limit_s: float = _START_LIMIT_S) -> bool:
        """Whether it is warm, which is waited for; False where it ends before, or is not started.

        Conversions do not wait for whoever waits here.
        """
        process = self._process
        return process is not None and process.wait_until_ready(limit_s)

    def close(self) -> None:
        """End the process. A later ``convert`` starts another."""
        with self._starting:
            # Forgotten first: a conversion that it ends must see that it was closed.
            process, self._process = self._process, None
            if process is not None:
                process.end()

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
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
        progress: Callable[[str], None] = _quiet,
    ) -> ModelArtifact:
        """Convert ``model``, which the notebook calls ``name``, and compare the result with it.

        ``model_format``: ``onnx``, or ``skops`` for the estimator itself, which may then hold types
        outside scikit-learn when they are in ``trust`` (``package.module.Class``).
        ``sample``: rows as they are passed to the model's methods. ``time_limit_s``: for all
        of it, once the helper is warm, and a second more for each MB of the model;
        ``budget_s``: for the comparison. Raises ConversionError when there is no faithful form
        or the time is over, ParityError when the form answers differently and
        ``accept_parity`` is not set.
        """
        if is_network(model):
            progress(f"exporting {name}")
            return exported(name, model, sample, accept_parity=accept_parity)
        model = prepare_for_helper(name, model)
        if not is_estimator(model):
            # It is ONNX already, or a booster that travels as its trees alone.
            model_format = ONNX
        else:
            check = check_importable if model_format == SKOPS else check_reachable
            check(name, model)
            check_fitted(name, model)
        request = _request(
            name,
            model,
            sample,
            accept_parity=accept_parity,
            budget_s=budget_s,
            wanted=model_format,
            trust=tuple(trust),
        )
        if model_format == ONNX and len(request.model) > _MAX_BYTES:
            raise ConversionError(
                f"The model {name!r} holds {len(request.model) / 1024**3:.1f} GB, and a model in "
                "one ONNX file ends at 2 GB.",
                hint="Make it smaller: fewer or shallower trees, fewer components.",
            )
        artifact: ModelArtifact = self._ask(request, time_limit_s, progress)
        return artifact

    def skops_hint(self, name: str, model: object, *, sample: object | None = None) -> str:
        """The sentence with the options under which the estimator itself would travel, or none."""
        if not is_estimator(model) or is_network(model):
            return ""
        try:
            check_importable(name, model)
            sentence: str = self._ask(
                _request(name, model, sample, wanted=SKOPS_HINT), _WAY_OUT_LIMIT_S, _quiet
            )
        except ConversionError:
            return ""
        return sentence

    def _ask(self, request: Request, time_limit_s: float, progress: Callable[[str], None]) -> Any:
        """What is DONE. Raises what is REFUSED, and ConversionError for all that goes wrong."""
        with self._one_at_a_time:
            try:
                limit_s = time_limit_s + len(request.model) / _BYTES_PER_SECOND
                kind, value = self._conversation(request, limit_s, progress)
            except BaseException:
                # Interrupted or out of time: the process still works on what nobody wants.
                self._restart()
                raise
            if kind == EXITED:
                raise self._stopped(request.name, value)
        if kind == DONE:
            return value
        if kind == REFUSED:
            raise value
        raise _failed(request.name, value)

    def _conversation(
        self, request: Request, time_limit_s: float, progress: Callable[[str], None]
    ) -> tuple[str, Any]:
        self.start()
        process = self._process
        assert process is not None  # noqa: S101 - just started
        if not process.warm:
            progress("starting the conversion helper")
            kind, value = self._next(process, _START_LIMIT_S, progress, "start")
            if kind != READY:
                return kind, value
            process.warm = True
        with suppress(OSError):
            # When it is gone, the message that says so is the next one.
            process.send(request)
        return self._next(process, time_limit_s, progress, f"convert {request.name!r}")

    def _next(
        self,
        process: HelperProcess,
        limit_s: float,
        progress: Callable[[str], None],
        doing: str,
    ) -> tuple[str, Any]:
        """The next message that is no progress. Raises ConversionError after ``limit_s``."""
        deadline = self._clock() + limit_s
        while True:
            try:
                kind, value = process.receive(deadline - self._clock())
            except queue.Empty:
                seconds = f"{round(limit_s, 1):g} s"
                raise ConversionError(
                    f"The helper took more than {seconds} to {doing}, and was stopped.",
                    hint="A simpler model may convert in time (QuantileTransformer takes longest).",
                ) from None
            if kind != PROGRESS:
                return kind, value
            progress(value)

    def _stopped(self, name: str, code: int) -> ConversionError:
        """The error for a process that ended; another one is started unless it was closed."""
        process = self._process
        if process is None:
            return ConversionError(f"The conversion helper was closed while it converted {name!r}.")
        words = process.last_words()
        self._restart()
        lines = [line for line in words.splitlines() if line.strip()][-_SHOWN_LINES:]
        return ConversionError(
            f"The conversion helper stopped while it converted {name!r} ({_cause(code)}).",
            hint="\n".join(
                ["A new one has been started.", *(["Its last words:", *lines] if lines else [])]
            ),
        )

    def _restart(self) -> None:
        self.close()
        self.start()


def _request(name: str, model: object, sample: object | None, **options: Any) -> Request:
    return Request(
        name,
        _pickled(model, f"{name!r}"),
        _pickled(thinned(sample), f"The sample for {name!r}"),
        path=tuple(entry or os.getcwd() for entry in sys.path),
        **options,
    )


def _pickled(value: object, what: str) -> bytes:
    try:
        return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ConversionError(
            f"{what} cannot be handed to the conversion helper: {error}", hint=REPLACE_IT
        ) from error


def _cause(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name
    # The kernel of the machine ends what takes too much memory in this way.
    return f"killed by {name}, out of memory perhaps" if name == "SIGKILL" else f"killed by {name}"


def _failed(name: str, told: Mapping[str, str]) -> ConversionError:
    return ConversionError(
        f"Converting {name!r} failed: {told['kind']}: {told['words']} ({told['where']}).",
        hint="This is a fault of jupyter_faas or of a converter: please report it.",
    )
