"""Find the values and forms of rows for which the original model raises an error.

An ONNX graph accepts most of them, so the action model must raise the error itself.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import is_a, last_step, steps, unwrapped
from jupyter_faas.serialization.input_schema import InputSchema
from jupyter_faas.serialization.parity.metric import Answers, MethodError, call_methods
from jupyter_faas.serialization.precision import needs_float64
from jupyter_faas.serialization.sklearn.rewriting import with_last

# This value is finite in float64 but not in float32, to which trees cast their rows.
_BEYOND_FLOAT32 = 1e39
_FEW_TREES = 3
# RandomTreesEmbedding is another forest, which needs all of its trees.
_FORESTS = ("ForestClassifier", "ForestRegressor")


def with_few_trees(model: Any) -> Any:
    """Return a model that accepts and refuses the same rows, but computes faster.

    A forest checks its rows before it passes them to its trees. Other models are returned as they
    are.
    """
    forest = last_step(model)
    if unwrapped(model) is not model or not is_a(forest, *_FORESTS):
        return model
    few = copy.copy(forest)
    few.estimators_ = forest.estimators_[:_FEW_TREES]
    return with_last(model, few)


def find_rejected_columns(
    model: Any, schema: InputSchema, row: Array, method: str
) -> dict[str, list[int]]:
    """Find the columns in which the original raises an error for a value.

    ``row``: an array with a single row in the input schema, which ``method`` accepts. Returns the
    column indices for each of these keys:

    - ``nan`` and ``none``: missing values.
    - ``infinity``: infinity, and ``large``: numbers that are too large for float32.
    - ``foreign``: a number among text, and ``typed``: a column of numbers instead of text.
    - ``integers`` and ``truths``: a frame's column of whole numbers or of bool instead of floats.
      These columns are also listed if the result for the same numbers is another.
    """
    kinds = ("nan", "none", "infinity", "large", "foreign", "typed", "integers", "truths")
    rejected: dict[str, list[int]] = {kind: [] for kind in kinds}
    if schema.layout == "text":
        return rejected
    numbers = schema.numeric()
    whole = [i for i in range(schema.width) if schema.columns[i].kind == "integer"]
    texts = [i for i in range(schema.width) if schema.columns[i].kind == "string"]

    def raises(kind: str, value: Any, columns: Sequence[int]) -> bool:
        changed = row.copy()
        changed[:, columns] = value
        given = schema.original(changed)
        if kind == "typed" and schema.frame:
            names = [given.columns[i] for i in columns]
            given = given.astype(dict.fromkeys(names, np.float64))
        return isinstance(call_methods(model, given, (method,)), MethodError)

    for kind, value, columns in (
        ("nan", np.nan, sorted([*numbers, *texts])),
        ("none", None, texts),
        ("infinity", np.inf, sorted([*numbers, *whole])),
        ("large", _BEYOND_FLOAT32, numbers),
        ("foreign", 5, texts),
        ("typed", 5.0, texts if schema.frame else []),
    ):
        # Most models reject a value in every column or in none.
        if not columns or not raises(kind, value, columns):
            continue
        if len(columns) == 1 or (schema.layout == "tensor" and not _drops_columns(model)):
            # One estimator reads all columns. Testing thousands of columns separately would be
            # slow.
            rejected[kind] += columns
        else:
            rejected[kind] += [index for index in columns if raises(kind, value, [index])]
    if schema.frame and schema.layout == "columns":
        found = _rejected_types(model, schema, row, method, sorted([*numbers, *whole]))
        rejected.update(found)
    return rejected


def _rejected_types(
    model: Any, schema: InputSchema, row: Array, method: str, columns: Sequence[int]
) -> dict[str, list[int]]:
    """Return the columns of a frame in which the original rejects whole numbers or bool."""

    def rejects(dtype: Any, value: float, indices: Sequence[int], unknown: bool) -> bool:
        """``unknown``: the result if the original rejects even floats of this value."""
        changed = row.copy()
        changed[:, indices] = value
        plain = schema.original(changed)
        names = [plain.columns[i] for i in indices]
        expected = call_methods(model, plain.astype(dict.fromkeys(names, np.float64)), (method,))
        answers = call_methods(model, plain.astype(dict.fromkeys(names, dtype)), (method,))
        if isinstance(expected, MethodError):
            return unknown
        return not _same(expected, answers, method)

    found: dict[str, list[int]] = {}
    for kind, dtype, value in (("integers", np.int64, 3.0), ("truths", np.bool_, 1.0)):
        # Most models reject a type in no column.
        suspects = columns if columns and rejects(dtype, value, columns, True) else []
        found[kind] = [index for index in suspects if rejects(dtype, value, [index], False)]
    return found


def _drops_columns(model: Any) -> bool:
    return any(is_a(step.estimator, "SelectorMixin") for step in steps("", model))


def find_rejected_forms(model: Any, schema: InputSchema, rows: Array, method: str) -> list[str]:
    """Find the forms of rows for which the original raises an error or gives another result.

    ``rows``: the sample in the input schema. ``method`` accepts its first row. The result may
    contain these forms:

    - ``array``: rows without column names, if the model was fitted on a frame.
    - ``order``: a frame whose columns have another order than in ``fit``.
    - ``object_columns``: a frame with columns of dtype object, which a None among numbers makes.
    - ``objects``: an array of numbers with dtype object, as which some steps read lists.
    - ``sparse``: a sparse matrix. ``text``: strings of numbers. ``dates``: datetime64.
      ``truths``: an array of bool. ``integers``: an array of whole numbers.
    - ``nothing``: an array of objects with None, where the original accepts NaN.
    - ``float32``: an array of float32, if this type cannot distinguish the sample's values. The
      original computes in float32, with other results.
    """
    numeric = schema.layout != "text" and not schema.frame and len(schema.numeric()) == schema.width
    row = np.nan_to_num(rows[:1].astype(np.float64)) if numeric else rows[:1]
    usual = call_methods(model, schema.original(row), (method,))
    forms: dict[str, Any] = {}
    if schema.layout == "columns" and schema.frame:
        forms["array"] = row
    elif numeric:
        from scipy.sparse import csr_matrix

        forms["sparse"] = csr_matrix(row)
        forms["objects"] = row.astype(object)
        forms["text"] = np.array([[repr(float(value)) for value in row[0]]])
        forms["dates"] = np.floor(row).astype("datetime64[s]")
        forms["truths"] = row > row.mean()
        forms["integers"] = np.floor(row).astype(np.int64)
        missing = row.copy()
        missing[0, 0] = np.nan
        if not isinstance(call_methods(model, missing, (method,)), MethodError):
            forms["nothing"] = row.astype(object)
            forms["nothing"][0, 0] = None
        if schema.names is not None:
            import pandas

            forms["object_columns"] = pandas.DataFrame(row.astype(object), columns=schema.names)
        if schema.names is not None and schema.width > 1:
            forms["order"] = pandas.DataFrame(row, columns=schema.names)[schema.names[::-1]]
    found = []
    for form, given in forms.items():
        expected = usual
        # Dates are whole seconds, truth values are 0 and 1, and None becomes NaN.
        if form in ("dates", "truths", "integers", "nothing"):
            plain = np.floor(row) if form == "dates" else given.astype(np.float64)
            expected = call_methods(model, plain, (method,))
        if not _same(expected, call_methods(model, given, (method,)), method):
            found.append(form)
    # float32 answers have another precision, so only errors are compared.
    short = row.astype(np.float32) if numeric else None
    fails = short is not None and isinstance(call_methods(model, short, (method,)), MethodError)
    return [*found, "float32"] if fails or needs_float64(schema, rows) else found


def _same(expected: Answers | MethodError, given: Answers | MethodError, method: str) -> bool:
    if isinstance(expected, MethodError) or isinstance(given, MethodError):
        return False
    first, second = expected[method], given[method]
    if first.dtype.kind not in "iufb" or second.dtype.kind not in "iufb":
        return first.dtype.kind == second.dtype.kind and bool(np.array_equal(first, second))
    return first.shape == second.shape and bool(np.allclose(first, second, equal_nan=True))
