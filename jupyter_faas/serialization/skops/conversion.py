"""Convert an estimator to a skops archive, and compare the estimator with a copy read from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jupyter_faas.errors import ConversionError, ParityError
from jupyter_faas.serialization.action_models import load_action_estimators
from jupyter_faas.serialization.artifact import ModelArtifact, ModelFacts
from jupyter_faas.serialization.estimators import class_count, class_name, frame_library, steps
from jupyter_faas.serialization.input_schema import InputSchema
from jupyter_faas.serialization.parity.comparer import Budget
from jupyter_faas.serialization.parity.report import NO_SAMPLE, ParityReport
from jupyter_faas.serialization.precision import SKOPS
from jupyter_faas.serialization.sklearn.facts import details, inputs, signature_of_estimator
from jupyter_faas.serialization.sklearn.model_spec import FORMAT, estimator_methods
from jupyter_faas.serialization.sklearn.rewriting import set_single_threaded
from jupyter_faas.serialization.sklearn.row_generator import generate_rows
from jupyter_faas.serialization.sklearn.sample import (
    GIVE_SAMPLE,
    limit_rows,
    read_sample,
    schema_without_sample,
)
from jupyter_faas.serialization.sklearn.unsupported_models import check_fitted
from jupyter_faas.serialization.skops import archive
from jupyter_faas.serialization.skops.comparison import (
    SkopsComparison,
    compare,
    take,
    working_methods,
)
from jupyter_faas.serialization.skops.fit_metadata import omitted, without_fit_metadata
from jupyter_faas.serialization.skops.trust import check_trust, foreign_types, types_of

# The distributions that are imported to read an archive.
_REQUIREMENTS = ("joblib", "numpy", "scikit-learn", "scipy", "skops", "threadpoolctl")


@dataclass(frozen=True)
class SkopsRequest:
    """The input of a conversion to skops.

    ``sample``: rows, or None. ``trust``: the values of ``--trust``. ``accept_parity``: whether to
    package the model even if the results differ. ``budget_s``: the time limit of the comparison in
    seconds. ``why``: why the model does not become ONNX, or "" if the user chose the format.
    ``values``: the paths of values that skops cannot hold, and their names in the module
    ``function``, which holds the notebook's objects.
    """

    name: str
    model: Any
    sample: Any = None
    trust: Sequence[str] = ()
    accept_parity: bool = False
    budget_s: float = 10.0
    why: str = ""
    values: Sequence[Any] = ()


def convert_to_skops(
    request: SkopsRequest, *, progress: Callable[[str], None], clock: Callable[[], float]
) -> ModelArtifact:
    """Write an estimator to a skops archive, read it back, and compare the two on the sample.

    The model is changed to predict in a single thread. Raises ConversionError if skops does not
    support the model, if the model contains types that ``trust`` excludes, or if the sample does
    not fit. Raises ParityError if the results differ and ``accept_parity`` is not set.
    """
    name, model = request.name, request.model
    check_fitted(name, model)
    set_single_threaded(model)
    progress(f"writing {name} (skops)")
    data = _dump(name, model, request.values)
    types = types_of(data, request.trust)
    check_trust(name, types)
    progress(f"reading {name} back")
    copy = _load(name, model, data, types.granted)
    load_action_estimators().restore_values(copy, request.values)
    given = request.sample is not None
    budget = Budget(request.budget_s, clock)
    methods = estimator_methods(model)
    if methods:
        schema, rows = _rows(request)
        methods = working_methods(name, model, methods, rows, given=given)
        progress(f"comparing {name} on test rows")
        budget.begin()
        compared = compare(model, copy, rows, methods, budget.left)
    else:
        # Only its attributes are of use, as the labels of a DBSCAN. They are all in the archive.
        schema, rows = None, []
        compared = _compare_archives(data, _dump(name, copy, request.values))
    if compared.different and not request.accept_parity:
        raise _parity_error(name, model, compared, given=given)
    foreign = tuple(foreign_types(types.foreign))
    distributions = {each.distribution for each in foreign if each.distribution}
    facts = _facts(model, schema, len(data), _some_answers(model, methods, rows))
    return ModelArtifact(
        name=name,
        spec=_specification(model, methods, types.granted)
        | ({"values": list(request.values)} if request.values else {}),
        facts=replace(facts, why=request.why, foreign_types=foreign),
        parity=_report(request, compared, budget.spent()),
        skops=data,
        requirements=(*_REQUIREMENTS, *_frames(model), *sorted(distributions)),
    )


def _compare_archives(data: bytes, again: bytes) -> SkopsComparison:
    """Compare the archives of an estimator without methods for rows and of its copy."""
    same = data == again
    return SkopsComparison(
        labels=False,
        rows=0,
        labels_agree=0,
        largest=None,
        different=() if same else (0,),
        covered=(),
    )


def _dump(name: str, model: Any, values: Sequence[Any]) -> bytes:
    try:
        with without_fit_metadata(model), load_action_estimators().without_values(model, values):
            return archive.dump(model)
    except Exception as error:  # skops raises exceptions of many classes
        raise _format_error(name, model, error) from error


def _load(name: str, model: Any, data: bytes, granted: Sequence[str]) -> Any:
    import skops.io

    try:
        return skops.io.loads(data, trusted=list(granted))
    except Exception as error:  # skops raises exceptions of many classes
        raise _format_error(name, model, error) from error


def _format_error(name: str, model: Any, error: Exception) -> ConversionError:
    words = (str(error).strip() or type(error).__name__).splitlines()[0]
    return ConversionError(
        f"The skops format cannot store {name!r} ({class_name(model)}): {words.rstrip('.')}.",
        hint=f"Create {name} inside the function.",
    )


def _rows(request: SkopsRequest) -> tuple[InputSchema | None, Any]:
    """Return the input schema (None if it cannot be determined) and the rows."""
    name, model = request.name, request.model
    if request.sample is None:
        rows = generate_rows(name, model)
        # A class of the notebook often records no width, but holds fitted estimators that do.
        inner = (generate_rows(name, each) for each in _inner_estimators(model))
        rows = rows if rows is not None else next((one for one in inner if one is not None), None)
        if rows is None:
            raise ConversionError(
                f"No rows could be generated for {name!r} ({class_name(model)}).", hint=GIVE_SAMPLE
            )
        return _schema(name, model), rows
    try:
        return read_sample(name, model, request.sample)[0], limit_rows(request.sample)
    except Exception:
        # Only ONNX needs an input schema. An estimator may also read dates or mixed columns, and a
        # class of another package may have the name of one of scikit-learn's.
        return None, limit_rows(request.sample)


def _inner_estimators(model: Any) -> Iterator[Any]:
    """Yield the estimators in the fitted attributes, and in lists and dictionaries there."""
    for name, value in vars(model).items():
        if name.endswith("_"):
            items = value.values() if isinstance(value, dict) else value
            for each in items if isinstance(value, list | tuple | dict) else [value]:
                if hasattr(each, "n_features_in_"):
                    yield each


def _schema(name: str, model: Any) -> InputSchema | None:
    try:
        return schema_without_sample(name, model)
    except Exception:  # as in _rows
        return None


def _specification(model: Any, methods: Sequence[str], granted: Sequence[str]) -> dict[str, Any]:
    import sklearn

    return {
        "format": FORMAT,
        "class": class_name(model),
        "sklearn": sklearn.__version__,
        "trusted": list(granted),
        "methods": {method: {} for method in methods},
        "lacks": omitted(model),
    }


def _some_answers(model: Any, methods: Sequence[str], rows: Any) -> dict[str, Any]:
    few = take(rows, 0, 2)
    return {method: getattr(model, method)(few) for method in methods}


def _facts(
    model: Any, schema: InputSchema | None, size: int, answers: Mapping[str, Any]
) -> ModelFacts:
    width = getattr(model, "n_features_in_", None)
    unread = "" if width is None else f"{width:,} input{'s' if width != 1 else ''}"
    return ModelFacts(
        class_name=class_name(model),
        route=SKOPS.name,
        opset=0,
        ml_opset=0,
        inputs=unread if schema is None else inputs(schema, SKOPS),
        classes=class_count(model),
        details=tuple(details(model)),
        size=size,
        signature=signature_of_estimator(model, schema, SKOPS.dtype, answers),
    )


def _frames(model: Any) -> list[str]:
    """Return the data frame libraries that steps use for their output because of ``set_output``."""
    # Such a step imports the library when it transforms rows, so the action needs the library too.
    configured = [frame_library(step.estimator) for step in steps("", model)]
    return [library for library in ("pandas", "polars") if library in configured]


def _report(request: SkopsRequest, compared: SkopsComparison, seconds: float) -> ParityReport:
    warnings = []
    if request.sample is None and compared.rows:
        warnings.append(NO_SAMPLE)
    if compared.different and not compared.rows:
        warnings.append("The model was different after it was read back.")
    elif compared.different:
        warnings.append(f"{_different(compared)} different after the model was read back.")
    warnings += [
        f"The time limit was reached: {one.rows:,} of {one.of:,} rows of {one.set!r} were compared."
        for one in compared.covered
        if one.rows < one.of
    ]
    return ParityReport(
        ok=not compared.different,
        accepted=bool(compared.different),
        labels_agree=compared.labels_agree if compared.labels else 0,
        labels_total=compared.rows if compared.labels else 0,
        rows=compared.rows,
        max_difference=None if compared.largest is None else float(f"{compared.largest:.2g}"),
        covered=compared.covered,
        warnings=tuple(warnings),
        seconds=seconds,
    )


def _different(compared: SkopsComparison) -> str:
    rows = sorted(set(compared.different))
    return f"{len(rows):,} of {compared.rows:,} rows are" if len(rows) != 1 else "1 row is"


def _parity_error(name: str, model: Any, compared: SkopsComparison, *, given: bool) -> ParityError:
    if not compared.rows:
        return ParityError(
            f"{name!r} ({class_name(model)}) differs after it is read back from the skops format.",
            hint="Package the model anyway with --accept-parity, which records the difference in "
            "the manifest.",
        )
    return ParityError(
        f"{name!r} ({class_name(model)}) gives different results after it is read back from the "
        f"skops format: {_different(compared)} different. The first is row "
        f"{min(compared.different)} of the {'sample' if given else 'generated rows'}.",
        hint="If the model uses random numbers in predictions, set its random_state.\nOr package "
        "the model anyway with --accept-parity, which records the difference in the "
        "manifest.",
    )


OPTION = "--model-format skops"


def skops_hint(request: SkopsRequest, *, clock: Callable[[], float]) -> str:
    """Return a sentence that names the option for packaging the estimator with skops, or "".

    The conversion is tried first, and "" is returned if it fails.
    """
    try:
        convert_to_skops(request, progress=lambda _: None, clock=clock)
    except ConversionError:
        return ""
    except Exception:  # skops raises exceptions of many classes
        return ""
    return f"Or package the estimator itself: {OPTION}"
