"""Choose the sample of each model, from the inputs of the function and the rows of ``--sample``.

A model's sample is, in this order:

1. The rows of ``--sample``, if they fit the model. Where several models fit, they go to those whose
   recorded rows are rows of the sample, or that have no recorded rows.
2. The rows that the function passed to the model when it ran on ``--test``, on ``--sample``, or on
   made-up inputs (``made_up_inputs.py``).
3. None. The rows are then made from the model itself (``serialization/sklearn/row_generator.py``).
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ConversionError, listed
from jupyter_faas.serialization.model_detection import is_estimator, is_network
from jupyter_faas.serialization.networks.torch_arrays import SampleShapes
from jupyter_faas.workspace.local.sample_inputs import inputs_of
from jupyter_faas.workspace.packaging.made_up_inputs import example_line, made_up_inputs

if TYPE_CHECKING:
    from jupyter_faas.serialization import ModelArtifact
    from jupyter_faas.workspace.local.examples import ExampleRecorder

# How many inputs the function is run on, and for how long, in seconds. A running call is not
# interrupted.
_INPUTS = 64
_SECONDS = 4.0
# So many inputs in a row may fail before the rest is skipped.
_FAILURES = 8
_TRIED_ROWS = 5
_METHODS = ("predict", "transform", "decision_function", "kneighbors", "score_samples")
# The classes that iterate over their input, so that they take a data frame for a list of its names.
_NO_FRAMES = (
    "CountVectorizer",
    "TfidfVectorizer",
    "HashingVectorizer",
    "DictVectorizer",
    "FeatureHasher",
    "LabelEncoder",
    "LabelBinarizer",
    "MultiLabelBinarizer",
)


@dataclass(frozen=True)
class ModelSamples:
    """The sample of each model, by its captured name.

    ``made_up``: the models whose sample was recorded on inputs that nobody gave.
    """

    rows: Mapping[str, Any]
    made_up: frozenset[str] = frozenset()

    def told(self, model: ModelArtifact) -> ModelArtifact:
        """Return the artifact, with a warning if its sample came from made-up inputs."""
        if model.name not in self.made_up:
            return model
        warning = (
            "No --sample was given: the parity check used rows recorded while the function ran "
            "on generated inputs."
        )
        return replace(
            model, parity=replace(model.parity, warnings=(*model.parity.warnings, warning))
        )


def choose_samples(
    recorder: ExampleRecorder, clock: Callable[[], float] = time.monotonic
) -> ModelSamples:
    """Return the sample of each model whose calls ``recorder`` records.

    The function runs on rows of the sample, or on made-up inputs, unless ``--no-clean-room`` is
    given. Raises ConversionError if there are several models and none of them has a use for the
    sample. Its hint has an option that works.
    """
    request, models = recorder.request, recorder.calls.models
    sample, preset = request.sample, request.options.parameters
    fitting = [] if sample is None else [name for name in models if fits(models[name], sample)]
    if sample is not None and not fitting:
        row = _one_row(sample)
        fitting = [name for name, model in models.items() if is_estimator(model)]
        fitting = [name for name in fitting if row is not None and fits(models[name], row)]
        sample = row if fitting else sample
    if len(models) == 1 and fitting:
        return ModelSamples({fitting[0]: sample})
    run = _Runs(recorder, clock)
    if sample is not None and not request.tests:
        run.on(inputs_of(_few(sample), recorder.spec, preset, most=_INPUTS))
    if sample is not None and not fitting and not run.succeeded and not request.tests:
        if len(models) == 1:
            # The conversion's message about this sample is more precise.
            return ModelSamples(dict.fromkeys(models, sample))
        raise _unused_sample(recorder, run)
    given = recorder.calls.rows()
    if sample is None and not recorder.calls.complete() and _needs_inputs(models):
        for inputs in made_up_inputs(models, recorder.spec, preset):
            run.on(inputs)
            if recorder.calls.complete():
                break
    recorded = recorder.calls.rows()
    rows = {name: recorded.get(name) for name in models}
    for name in fitting:
        if _shares(rows[name], sample):
            rows[name] = sample
    return ModelSamples(rows, frozenset(recorded) - frozenset(given))


def name_inputs(error: ConversionError, recorder: ExampleRecorder) -> None:
    """Put a ``--sample`` option with an input of the function into the hint of an error.

    Hints of errors that do not ask for a sample are not changed.
    """
    from jupyter_faas.serialization.sklearn.sample import GIVE_SAMPLE, LEAVE_SAMPLE_OUT

    if GIVE_SAMPLE in error.hint:
        option = _example(recorder, _Runs(recorder, time.monotonic))
        error.hint = error.hint.replace(GIVE_SAMPLE, option)
    if recorder.request.sample is None and LEAVE_SAMPLE_OUT in error.hint:
        # The model rejects the rows that the function passed to it.
        error.hint = error.hint.replace(LEAVE_SAMPLE_OUT, _create_models(recorder))


class _Runs:
    """Runs of the function, limited in number and in time."""

    def __init__(self, recorder: ExampleRecorder, clock: Callable[[], float]) -> None:
        self._recorder = recorder
        self._clock = clock
        self._left = _INPUTS if recorder.request.options.clean_room else 0
        self._end: float | None = None
        self.succeeded = 0
        self.message = ""

    def on(self, candidates: Iterable[Mapping[str, Any]]) -> None:
        failures = 0
        for candidate in candidates:
            now = self._clock()
            self._end = now + _SECONDS if self._end is None else self._end
            if self._left <= 0 or now > self._end or failures == _FAILURES:
                return
            params = self._recorder.parameters(candidate)
            if params is None:
                continue
            self._left -= 1
            try:
                self._recorder.call(params)
            except Exception as error:
                # The user did not choose this input, and the function may raise anything.
                failures += 1
                self.message = f"{type(error).__name__}: {error}"
            else:
                failures = 0
                self.succeeded += 1


def _needs_inputs(models: Mapping[str, Any]) -> bool:
    """Return whether the function must run to know what its models read.

    One model's rows can usually be made from the model, but not those of a network. With several,
    one reads what another returns. The function of a notebook is not run without a need.
    """
    from jupyter_faas.serialization.sklearn.row_generator import generate_rows

    if len(models) > 1:
        return True
    return any(
        is_network(one) or (is_estimator(one) and generate_rows(name, one) is None)
        for name, one in models.items()
    )


def fits(model: Any, sample: Any) -> bool:
    """Return whether a model takes the first rows of the sample.

    Networks are not tried, because a call may change them. They take all samples but texts.
    """
    if not is_estimator(model):
        return not _is_text(sample)
    if hasattr(sample, "columns") and any(name in _NO_FRAMES for name in _first_kinds(model)):
        return False
    method = next((name for name in _METHODS if hasattr(model, name)), None)
    if method is None:
        return False
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            rows = sample.iloc if hasattr(sample, "iloc") else sample
            getattr(model, method)(rows[:_TRIED_ROWS])
    except Exception:
        return False
    return True


def _one_row(sample: Any) -> Any:
    """Return a sample that is one row, such as ``X[0]`` or ``df.iloc[0]``, as rows, else None."""
    if hasattr(sample, "to_frame"):
        return sample.to_frame().T.infer_objects()
    if hasattr(sample, "ndim"):
        return sample[None] if sample.ndim == 1 else None
    is_row = isinstance(sample, list | tuple) and all(
        isinstance(one, int | float) for one in sample
    )
    return [sample] if is_row else None


def _is_text(sample: Any) -> bool:
    first = sample.iloc[0] if hasattr(sample, "iloc") and len(sample) else sample
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    return isinstance(first, (str, Mapping))


def _first_kinds(model: Any) -> Iterator[str]:
    from jupyter_faas.serialization.estimators import first_step

    yield type(first_step(model)).__name__


def _few(sample: Any) -> Any:
    from jupyter_faas.serialization.sklearn.sample import limit_rows

    # A dictionary is one input, or columns.
    return sample if isinstance(sample, Mapping) else limit_rows(sample, _INPUTS)


def _shares(recorded: Any, sample: Any) -> bool:
    """Return whether some recorded row is a row of the sample, or nothing was recorded."""
    if recorded is None:
        return True
    known = set(_keys(_few(sample)))
    return any(row in known for row in _keys(recorded))


def _keys(rows: Any) -> Iterator[str]:
    """Yield a string for each row, which is the same for a list, an array and a data frame."""
    rows = rows.samples[0] if isinstance(rows, SampleShapes) else rows
    rows = rows.to_numpy() if hasattr(rows, "to_numpy") else rows
    rows = rows.toarray() if hasattr(rows, "toarray") else rows
    for row in rows:
        cells = row.tolist() if hasattr(row, "tolist") else row
        yield repr(list(cells) if isinstance(cells, tuple) else cells)


def _unused_sample(recorder: ExampleRecorder, run: _Runs) -> ConversionError:
    name, models = recorder.spec["name"], list(recorder.calls.models)
    reason = f" ({run.message})" if run.message else ""
    return ConversionError(
        f"--sample contains neither rows for {listed(models)} nor inputs for {name}{reason}.",
        hint=_example(recorder, run),
    )


def _example(recorder: ExampleRecorder, run: _Runs) -> str:
    if not recorder.request.options.clean_room:
        return (
            "Leave --no-clean-room out. The clean-room test then records the rows that each model "
            "receives."
        )
    option = example_line(recorder, run.on)
    if not recorder.calls.complete():
        return _create_models(recorder)
    return f"Pass inputs for {recorder.spec['name']}, as dictionaries of its parameters: {option}"


def _create_models(recorder: ExampleRecorder) -> str:
    return f"Create {' and '.join(recorder.calls.models)} inside the function."
