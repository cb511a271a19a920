"""Create the spec of a model (``models/<name>.json``).

The spec describes how rows are converted to the graph's inputs, and how the graph's outputs are
converted to the results of methods. ``shipped/action/models.py`` reads the spec in the action.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import (
    class_name,
    first_step,
    is_a,
    is_classifier,
    is_regressor,
    last_step,
)
from jupyter_faas.serialization.exact import has_several_labels
from jupyter_faas.serialization.input_schema import InputSchema
from jupyter_faas.serialization.precision import Precision
from jupyter_faas.serialization.sklearn.skl2onnx_patches import SCORES, SCORES_LABEL, input_name

FORMAT = 1
METHODS = ("predict", "predict_proba", "decision_function", "transform", "score_samples")
NO_ONNX = "it has no ONNX form"
OTHER_VALUES = "its ONNX form returns different values"
TRAINING = "a deployed model is not trained"
_KINDS = {"number": "", "integer": "int64", "string": "string"}


def methods_of(model: Any) -> tuple[str, ...]:
    """Return the methods of a fitted model that take rows."""
    return tuple(method for method in METHODS if hasattr(model, method))


def estimator_methods(model: Any) -> tuple[str, ...]:
    """Return the methods of the estimator itself that take rows.

    An estimator that only finds neighbours, or only measures distances, has no ONNX form. Others,
    such as DBSCAN, have no such method at all.
    """
    others = ("kneighbors", "mahalanobis")
    return methods_of(model) or tuple(method for method in others if hasattr(model, method))


def primary_methods(model: Any) -> tuple[str, ...]:
    """Return the methods that every ONNX variant of the model must support."""
    if not hasattr(model, "predict") or is_a(last_step(model), "SelectorMixin"):
        return ("transform",) if hasattr(model, "transform") else ()
    if is_classifier(model) and hasattr(model, "predict_proba"):
        return ("predict", "predict_proba")
    return ("predict",)


def outputs(model: Any, names: Sequence[str]) -> dict[str, str]:
    """Return the name of the graph output for each method of the model.

    ``names``: the names of all outputs, in the order in which skl2onnx writes them. Methods without
    an output are omitted.
    """
    final = last_step(model)
    second = names[1] if len(names) > 1 else ""
    if is_classifier(final):
        scores = SCORES if SCORES in names else ""
        found = {
            "predict": SCORES_LABEL if SCORES_LABEL in names else names[0],
            "predict_proba": second if hasattr(model, "predict_proba") else "",
            # The second output is the probabilities if the model has them, and else the raw scores.
            "decision_function": scores if hasattr(model, "predict_proba") else second,
        }
    elif is_a(final, "GaussianMixture", "BayesianGaussianMixture"):
        found = {"predict": names[0], "predict_proba": second, "score_samples": names[-1]}
    elif is_a(final, "OutlierMixin"):
        # Without a third output, ``offset`` is added to the second.
        samples = names[2] if len(names) > 2 else second
        found = {"predict": names[0], "decision_function": second, "score_samples": samples}
    elif is_a(final, "ClusterMixin"):
        found = {"predict": names[0], "transform": second}
    elif is_regressor(final):
        found = {"predict": names[0]}
    else:
        found = {"transform": names[0]}
    return {method: name for method, name in found.items() if name and hasattr(model, method)}


def offset(model: Any, method: str) -> float | None:
    """Return the offset that the ``score_samples`` of a detector adds to its decision function.

    Returns None for other methods and models. IsolationForest does not add an offset: it subtracts
    one in the decision function, and its graph has both results.
    """
    final = last_step(model)
    adds = is_a(final, "OutlierMixin") and not is_a(final, "IsolationForest")
    if method != "score_samples" or not adds:
        return None
    return float(np.ravel(final.offset_)[0])


def rule(method: str, answer: Any, raw: Any, output: str) -> dict[str, Any] | None:
    """Return the rule that converts the graph's ``raw`` output to the original's ``answer``.

    Both are results for the same rows. ``answer`` may be an array, a sparse matrix, a frame or a
    list of arrays. ``output`` is the name of the graph output. Returns None if the shapes do not
    fit. ``_Method`` in ``shipped/action/models.py`` describes the keys of the rule.
    """
    if isinstance(answer, list):
        sizes = [np.asarray(item).shape[1] for item in answer]
        if len(raw) != len(sizes):
            return None
        # ONNX pads all outputs to the same number of classes, so raw outputs may be wider.
        if any(np.asarray(r).shape[1] < size for r, size in zip(raw, sizes, strict=True)):
            return None
        dtype = np.asarray(answer[0]).dtype.str
        return {"output": output, "shape": "list", "dtype": dtype, "sizes": sizes}
    wanted = answer.toarray() if hasattr(answer, "toarray") else np.asarray(answer)
    given = np.asarray(raw)
    found: dict[str, Any] = {"output": output, "dtype": _dtype(wanted)}
    if wanted.ndim == 1:
        found["shape"] = "vector"
        # For two labels, the graph returns a score per label, but scikit-learn only the second.
        if given.ndim == 2 and given.shape[1] == 2 and method == "decision_function":
            found["pick"] = 1
        elif given.size != wanted.size:
            return None
        return found
    found["shape"] = "matrix"
    if hasattr(answer, "toarray"):
        found["sparse"] = type(answer).__name__
    columns = given.shape[1] if given.ndim == 2 else 1
    return found if wanted.ndim == 2 and given.ndim <= 2 and columns == wanted.shape[1] else None


def _dtype(array: Array) -> str:
    return "object" if array.dtype.kind == "O" else array.dtype.str


def label_tables(model: Any, prepared: Any) -> list[dict[str, Any]]:
    """Return the labels of a classifier and their ONNX equivalents, with one table per output.

    ``prepared``: the rewritten copy of the model, whose labels are in the graph. Returns an empty
    list for other models, and if each label has a column of zeros and ones.
    """
    if not is_classifier(model) or not hasattr(model, "classes_") or has_label_columns(model):
        return []
    several = isinstance(model.classes_, list)
    classes = model.classes_ if several else [model.classes_]
    # The rewritten copy may have positions instead of labels. The graph then returns positions.
    converted = getattr(last_step(prepared), "classes_", None)
    onnx = classes if converted is None else converted if several else [converted]
    tables = []
    for values, names in zip(classes, onnx, strict=True):
        tables.append(
            {
                "dtype": _dtype(np.asarray(values)),
                "values": values.tolist(),
                "onnx": [v if isinstance(v, str) else int(v) for v in names.tolist()],
            }
        )
    return tables


def has_label_columns(model: Any) -> bool:
    """Return whether ``predict`` returns a column of zeros and ones for each label."""
    final = last_step(model)
    return has_several_labels(final) or bool(getattr(final, "multilabel_", False))


def specification(
    model: Any,
    schema: InputSchema,
    precision: Precision,
    *,
    methods: Mapping[str, Mapping[str, Any]],
    omitted: Mapping[str, str],
    labels: Sequence[Mapping[str, Any]],
    rejected_columns: Mapping[str, Sequence[int]],
    known_categories: Mapping[str, Sequence[Any]],
    rejected_forms: Sequence[str],
    guards: Mapping[str, Any],
    names: Collection[str],
) -> dict[str, Any]:
    """Return the spec of a model, which is JSON-serializable.

    ``methods`` maps methods to rules. ``omitted`` maps unsupported methods to reasons. ``labels``
    is the result of ``label_tables``. ``reference_model.py`` describes ``rejected_columns``,
    ``known_categories`` and ``rejected_forms``, and ``guards.py`` describes ``guards``.
    ``names`` is ``dir(model)``, which takes long for some models.
    """
    # In the layouts "tensor" and "text", the graph has a single input.
    width = 1 if schema.layout in ("tensor", "text") else schema.width
    dtypes = [_KINDS[column.kind] or precision.dtype for column in schema.columns]
    return {
        "format": FORMAT,
        "class": class_name(model),
        "estimator": type(first_step(model)).__name__,
        "layout": schema.layout,
        "inputs": [{"name": input_name(schema, i), "dtype": dtypes[i]} for i in range(width)],
        "kinds": [column.kind for column in schema.columns],
        "columns": schema.names,
        "lowers": [i for i, column in enumerate(schema.columns) if column.lower],
        "refuses": {kind: list(columns) for kind, columns in rejected_columns.items()},
        "known": {column: list(values) for column, values in known_categories.items()},
        "rejects": list(rejected_forms),
        "guards": dict(guards),
        "methods": {method: dict(entry) for method, entry in methods.items()},
        "labels": [dict(table) for table in labels],
        "attributes": _attributes(model, labels, methods),
        "lacks": _missing_attributes(model, names, methods, omitted),
    }


def _attributes(
    model: Any, labels: Sequence[Mapping[str, Any]], methods: Mapping[str, Any]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if labels:
        tables = [{"dtype": table["dtype"], "values": table["values"]} for table in labels]
        found["classes_"] = tables if isinstance(model.classes_, list) else tables[0]
    elif is_classifier(model) and methods and has_label_columns(model):
        classes = np.asarray(model.classes_)
        found["classes_"] = {"dtype": _dtype(classes), "values": classes.tolist()}
    if hasattr(model, "n_features_in_"):
        found["n_features_in_"] = int(model.n_features_in_)
    if hasattr(model, "feature_names_in_"):
        names = [str(name) for name in model.feature_names_in_]
        found["feature_names_in_"] = {"dtype": "object", "values": names}
    return found


def _missing_attributes(
    model: Any, names: Collection[str], methods: Mapping[str, Any], omitted: Mapping[str, str]
) -> dict[str, str]:
    """Return the model's public attributes that the action model lacks, with reasons.

    ``names`` has the names of all attributes. A reason is "" if there is nothing specific to say.
    """
    missing = {}
    for name in sorted(set(names) - set(methods) - {"classes_", "n_features_in_"}):
        if name.startswith("_") or name == "feature_names_in_":
            continue
        if name in METHODS:
            if hasattr(model, name):
                missing[name] = omitted.get(name, NO_ONNX)
        elif name.startswith(("fit", "partial_fit")):
            missing[name] = TRAINING
        elif name == "predict_log_proba":
            missing[name] = "use numpy.log of predict_proba"
        else:
            missing[name] = ""
    return missing
