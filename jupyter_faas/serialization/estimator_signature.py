"""What an estimator reads and answers: names, types and shapes, and the labels it tells apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jupyter_faas.serialization.estimators import is_classifier
from jupyter_faas.serialization.inputs import InputForm
from jupyter_faas.serialization.signature import MOST_LABELS

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_TYPES = {"integer": "int64", "string": "string"}


def signature_of_estimator(
    model: Any, form: InputForm | None, dtype: str, answers: Mapping[str, Any]
) -> dict[str, Any]:
    """The same as ``signature.signature_of`` tells of a graph, in the words of the notebook.

    ``dtype`` is what numbers are compared in; ``form`` None: rows that ONNX' words do not tell, of
    which only the width and the names of columns are known. ``answers``: what each method answered
    to some rows. Columns of one type are one input, with ``columns`` where they have names; those
    of several types are an input each.
    """
    found: dict[str, Any] = {
        "inputs": list(_inputs(model, form, dtype)),
        "outputs": [each for item in answers.items() for each in _outputs(*item)],
    }
    classes = getattr(model, "classes_", None) if is_classifier(model) else None
    if classes is not None and not isinstance(classes, list) and len(classes) <= MOST_LABELS:
        found["classes"] = classes.tolist()
    return found


def _inputs(model: Any, form: InputForm | None, dtype: str) -> Iterator[dict[str, Any]]:
    if form is None:
        width = getattr(model, "n_features_in_", None)
        names = [str(name) for name in getattr(model, "feature_names_in_", ())]
        yield _rows("unknown", width, names)
    elif form.layout == "text":
        yield {"name": "X", "dtype": "string", "shape": [None]}
    elif form.layout == "tensor":
        yield _rows(dtype, form.width, form.names or [])
    else:
        for i, column in enumerate(form.columns):
            kind = _TYPES.get(column.kind, dtype)
            yield {"name": form.label(i), "dtype": kind, "shape": [None]}


def _rows(dtype: str, width: int | None, names: list[str]) -> dict[str, Any]:
    entry = {"name": "X", "dtype": dtype, "shape": [None, width]}
    return {**entry, "columns": names} if names else entry


def _outputs(method: str, answer: Any) -> Iterator[dict[str, Any]]:
    import numpy as np

    if isinstance(answer, list) and answer and hasattr(answer[0], "shape"):
        for number, one in enumerate(answer):  # one array per output, as forests answer
            yield from _outputs(f"{method}[{number}]", one)
        return
    # Sparse matrices know their type and shape; a frame's columns may differ in type.
    array = answer if hasattr(answer, "toarray") else np.asarray(answer)
    yield {"name": method, "dtype": _dtype(array), "shape": [None, *map(int, array.shape[1:])]}


def _dtype(array: Any) -> str:
    if array.dtype.kind == "U":
        return "string"
    if array.dtype.kind != "O":
        return str(array.dtype.name)
    return "string" if all(isinstance(value, str) for value in array.flat) else "object"
