"""Run a notebook's scikit-learn models with onnxruntime inside an action.

Packages contain this module as ``faas_models.py``. It imports only the standard library, numpy and
onnxruntime, not scikit-learn or pandas. The parity check executes this file too, so it tests
exactly the code that runs in the action.

The package contains each model as ``models/<name>.onnx`` and its spec as ``models/<name>.json``.
``load_model`` returns a ``Model`` with the estimator's methods. Calling a method has three steps:

1. ``_Reader`` checks the rows as scikit-learn would, and converts them to the graph's inputs.
2. onnxruntime runs the graph, and ``_Guards`` checks the values between the steps.
3. ``_Method`` converts the output to the shape, dtype and labels that the original returns.

Text and integer columns in ONNX cannot contain missing values or values of other types. Sentinels
replace such values, here and in the graph.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

# onnxruntime reads this variable when it is imported. Without it, a thread would send telemetry.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import onnxruntime

Array = np.ndarray[Any, Any]

# Sentinels for values in a text column that are not strings. They begin with characters from
# Unicode's private use area, which real text does not contain. The encoders and imputers in the
# graph use the same sentinels.
MISSING_TEXT = "\ue000NaN"
NONE_TEXT = "\ue000None"
FOREIGN_TEXT = "\ue001"
# Sentinels in an integer column for missing values and for values that are not integers.
MISSING_INTEGER = -(2**63)
FOREIGN_INTEGER = MISSING_INTEGER + 1


@functools.cache
def load_model(name: str, directory: str | os.PathLike[str] | None = None) -> Any:
    """Return the model that the notebook calls ``name``, which is loaded only once.

    ``directory`` is the package's directory (default: the directory of this file). The result is a
    ``Model``, an object from ``faas_ready.py``, or the estimator itself for a skops archive.
    """
    folder = Path(directory or Path(__file__).parent)
    spec = json.loads((folder / "models" / f"{name}.json").read_text("utf-8"))
    if "sklearn" in spec:
        import faas_estimators

        return faas_estimators.load_model(name, folder)
    path: str | Path = folder / "models" / f"{name}.onnx"
    if "stored" in spec:
        # The package does not contain the model, which is in a model store (see model_store.py).
        from faas_store import model_path

        path = model_path(name, spec["stored"])
    if "form" in spec:
        # The notebook's model is a network or was already ONNX, so it does not have an estimator's
        # methods.
        from faas_ready import load_ready

        return load_ready(Path(path), spec)
    return Model(str(path), spec)


class Model:
    """A replacement for an estimator, whose results have the same shapes, dtypes and labels.

    Methods take lists, arrays or data frames. If the model was fitted with column names, a frame's
    columns may be in any order. Methods raise ValueError for invalid input, as scikit-learn does.
    """

    def __init__(self, onnx: bytes | str, spec: Mapping[str, Any]) -> None:
        """Load the graph from ``onnx``: its bytes, or its path, which needs less memory."""
        options = onnxruntime.SessionOptions()
        # An action usually has less than one core, and one thread keeps the order of sums fixed.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # Level 4 logs only fatal errors. Otherwise, each cold start would log warnings.
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(onnx, options, ["CPUExecutionProvider"])
        self._class: str = spec["class"]
        self._lacks: Mapping[str, str] = spec["lacks"]
        self._reader = _Reader(spec)
        self._guards = _Guards(spec.get("guards") or {})
        names = [output.name for output in self._session.get_outputs()]
        self._outputs = [name for name in names if name not in self._guards.edges]
        outputs = {name: i for i, name in enumerate(self._outputs)}
        self._methods = {
            method: _Method(rule, outputs[rule["output"]], spec["labels"])
            for method, rule in spec["methods"].items()
        }
        for name, value in spec["attributes"].items():
            setattr(self, name, _attribute(value))
        # Methods are instance attributes, so that hasattr is True only for the estimator's methods.
        for method in self._methods:
            setattr(self, method, self._bound(method))

    def _bound(self, method: str) -> Callable[..., Any]:
        def answer(X: Any, **options: Any) -> Any:  # noqa: N803 - scikit-learn's own name
            if options:
                raise TypeError(
                    f"the ONNX form supports {method}(X) only without {', '.join(options)}"
                )
            return self._methods[method].read(self._raw(X), hasattr(X, "toarray"))

        answer.__name__ = answer.__qualname__ = method
        answer.__doc__ = f"Return the results of {method} of {self._class}."
        return answer

    def _raw(self, rows: Any) -> list[Any]:
        feeds, calm = self._reader.feeds(rows)
        guarded = self._guards.outputs(calm)
        wanted = [*self._outputs, *guarded] if guarded else self._outputs
        try:
            answers: list[Any] = self._session.run(wanted, feeds)
        except Exception as error:  # onnxruntime's exception classes differ between releases
            reason = str(error).strip().splitlines()[0]
            raise ValueError(f"Possibly an unknown category: {reason}") from error
        count = len(self._outputs)
        if guarded or self._guards.watch:
            self._guards.check({**feeds, **dict(zip(guarded, answers[count:]))})  # noqa: B905 3.9
        return answers[:count]

    def __getattr__(self, name: str) -> Any:
        # _lacks does not contain private names. While copy creates an object, _lacks is not set
        # yet, and looking it up would cause an infinite recursion.
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._lacks:
            raise AttributeError(f"{self._class} has no attribute {name!r}")
        reason = f" ({self._lacks[name]})" if self._lacks[name] else ""
        answers = ", ".join(self._methods)
        raise AttributeError(
            f"{name} is not in the ONNX form{reason}, which provides only {answers}"
        )

    def __repr__(self) -> str:
        return f"<{self._class} as ONNX: {', '.join(self._methods)}>"


class _Guards:
    """Checks of the values between the model's steps, which the original's estimators perform.

    ``spec["edges"]`` maps edges of the graph to checks. An edge is an output of the graph or, if
    its name is not in the outputs, an input. The keys of a check are ``step`` (the class of the
    estimator that reads the values) and optionally:

    - ``nan``: whether the estimator rejects NaN.
    - ``limit``: the type of its numbers. It rejects values that are infinite in this type.
    - ``above`` and ``least``: the values must be greater than, or at least, this number.

    Some models are finite between all steps if the rows are calm (see ``_Reader.feeds``). Their
    edges are read only for other rows, unless ``spec["watch"]`` is true.
    """

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.edges: Mapping[str, Mapping[str, Any]] = spec.get("edges", {})
        self.watch: bool = spec.get("watch", False)
        self._outputs = [edge for edge in self.edges if edge.startswith("guard_")]

    def outputs(self, calm: bool) -> list[str]:
        return self._outputs if self.watch or not calm else []

    def check(self, values: Mapping[str, Array]) -> None:
        """Raise ValueError for the first edge with values that its estimator rejects."""
        for edge, check in self.edges.items():
            array = values[edge]
            with np.errstate(over="ignore", invalid="ignore"):
                refused = "NaN" if check.get("nan") and np.isnan(array).any() else ""
                if "limit" in check and np.isinf(array.astype(check["limit"])).any():
                    refused = f"infinity or a value too large for {check['limit']}"
                if "above" in check and (array <= check["above"]).any():
                    refused = f"values that are not above {check['above']:g}"
                if "least" in check and (array < check["least"]).any():
                    refused = f"values below {check['least']:g}"
            if refused:
                raise ValueError(f"Input X of {check['step']} contains {refused}.")


class _Method:
    """A converter from the graph's output at ``position`` to the result of a method.

    The keys of ``rule`` are ``shape`` (vector, matrix or list), ``dtype``, and optionally:

    - ``pick``: the only column to use.
    - ``add``: a number to add to all values.
    - ``sizes``: the number of columns of each array in a list.
    - ``sparse``: the name of the scipy class that the original returns, such as ``csr_matrix``.
    - ``of_sparse``: the name of the scipy class that the original returns for sparse rows only.
    - ``labels``: whether the values are class labels. ONNX supports only int64 and string labels,
      so ``tables`` maps them to the original's labels.
    """

    def __init__(self, rule: Mapping[str, Any], position: int, tables: list[Any]) -> None:
        self._rule = rule
        self._position = position
        self._dtype = np.dtype(rule["dtype"])
        self._labels = [
            (_attribute(table), {label: i for i, label in enumerate(table["onnx"])})
            for table in (tables if rule.get("labels") else [])
        ]

    def read(self, answers: Sequence[Any], sparse: bool = False) -> Any:
        """Return the result. ``sparse``: whether the rows were a sparse matrix."""
        value = answers[self._position]
        if self._rule["shape"] == "list":
            return [
                np.asarray(item)[:, :size].astype(self._dtype)
                for item, size in zip(value, self._rule["sizes"], strict=True)
            ]
        array = np.asarray(value)
        if "pick" in self._rule:
            array = array[:, self._rule["pick"]]
        if self._rule["shape"] == "vector":
            array = array.reshape(-1)
        elif array.ndim == 1:
            array = array.reshape(-1, 1)
        if self._labels:
            columns = array.reshape(len(array), -1).T
            named = [
                values[[positions[label] for label in column.tolist()]]
                for (values, positions), column in zip(self._labels, columns, strict=True)
            ]
            return np.stack(named, axis=-1).astype(self._dtype).reshape(array.shape)
        array = array.astype(self._dtype)
        kind = self._rule.get("sparse") or (sparse and self._rule.get("of_sparse"))
        if kind:
            from faas_sparse_rows import sparse_rows

            return sparse_rows(array, kind)
        return array + self._rule["add"] if "add" in self._rule else array


class _Reader:
    """A converter from the rows that are passed to a method to the graph's inputs."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self._layout: str = spec["layout"]
        self._inputs: list[tuple[str, str]] = [(i["name"], i["dtype"]) for i in spec["inputs"]]
        self._kinds: list[str] = spec["kinds"]
        self._columns: list[str] | None = spec["columns"]
        self._name: str = spec["estimator"]
        self._lowers: list[int] = spec["lowers"]
        self._refuses: Mapping[str, list[int]] = spec["refuses"]
        self._known = {int(index): set(values) for index, values in spec["known"].items()}
        self._rejects = frozenset(spec.get("rejects", ()))
        guards = spec.get("guards", {})
        self._calm: float = guards.get("calm", 1e30)
        self._most: float = guards.get("most", np.inf)

    def feeds(self, rows: Any) -> tuple[dict[str, Array], bool]:
        """Return the graph's inputs, and whether the rows are calm.

        In calm rows, all numbers are finite and at most as large as the spec's ``calm``.
        """
        odd: list[int] = []
        if self._layout == "tensor":
            name, dtype = self._inputs[0]
            numbers = self._numbers(self._tensor(rows), range(len(self._kinds)), dtype, odd)
            return {name: numbers}, not odd
        columns = [self._documents(rows)] if self._layout == "text" else self._separate(rows)
        feeds = {
            name: self._column(columns[i], i, dtype, odd)
            for i, (name, dtype) in enumerate(self._inputs)
        }
        return feeds, not odd

    def _tensor(self, rows: Any) -> Array:
        # Columns are selected by name.
        if _is_frame(rows) and self._columns is not None:
            given = self._separate(rows)
            if all(getattr(column.dtype, "kind", "") in "iu" for column in given):
                self._check_integers()
            return np.column_stack([self._floats(column) for column in given])
        if hasattr(rows, "toarray"):
            if "sparse" in self._rejects:
                raise ValueError(f"{self._name} does not accept sparse rows: pass rows.toarray().")
            rows = rows.toarray()
        array = np.asarray(rows)
        if array.dtype == np.float64:
            # The usual case needs no other checks.
            self._check_shape(array.shape)
            return array
        self._check_type(array)
        self._check_shape(array.shape)
        return self._floats(array)

    def _check_type(self, array: Array) -> None:
        if array.dtype.kind == "O" and "objects" in self._rejects:
            raise ValueError(f"{self._name} does not accept objects: pass an array of numbers.")
        if array.dtype.kind == "O" and "nothing" in self._rejects and (array == None).any():  # noqa: E711
            raise ValueError(f"Input X contains NaN, which {self._name} does not accept as None.")
        if array.dtype.kind in "iu":
            self._check_integers()
        # numpy would parse the strings as numbers, as some estimators do.
        if array.dtype.kind in "SU" and "text" in self._rejects:
            raise ValueError("dtype='numeric' is not compatible with arrays of bytes/strings.")

    def _check_integers(self) -> None:
        if "integers" in self._rejects:
            raise ValueError(
                f"{self._name} does not accept whole numbers: pass rows.astype(float)."
            )

    def _floats(self, values: Any) -> Array:
        dtype = getattr(values, "dtype", None)
        kind = getattr(dtype, "kind", "")
        if kind == "c":
            raise ValueError("Complex data not supported")
        if kind == "b" and "truths" in self._rejects:
            raise ValueError(
                f"{self._name} does not accept Boolean values: pass values.astype(float)."
            )
        if kind in ("m", "M") and "dates" in self._rejects:
            raise ValueError(f"{self._name} does not accept dates: pass numbers.")
        if dtype == np.float32 and "float32" in self._rejects:
            raise ValueError("The model's numbers need float64: pass values.astype(float).")
        return _floats(values)

    def _separate(self, rows: Any) -> list[Any]:
        """Return the columns of ``rows`` in the order of the model's inputs.

        Raises ValueError if columns are missing, unknown or too many.
        """
        if _is_frame(rows) and self._columns is not None:
            given = [str(name) for name in rows.columns]
            missing = [name for name in self._columns if name not in given]
            if missing:
                fitted = ", ".join(self._columns)
                raise ValueError(f"X lacks the column {missing[0]!r}: the model reads {fitted}.")
            unseen = [name for name in given if name not in self._columns]
            # A ColumnTransformer ignores unknown columns, but other estimators reject them.
            if unseen and self._layout == "tensor":
                raise ValueError(f"Feature names unseen at fit time: {', '.join(unseen)}")
            if "order" in self._rejects and given != self._columns:
                fitted = ", ".join(self._columns)
                raise ValueError(f"The feature names must be in the order of fit: {fitted}.")
            self._check_shape((len(rows), len(self._columns)))
            return [rows[name] for name in self._columns]
        if "array" in self._rejects:
            raise ValueError(f"{self._name} selects columns by name: pass a pandas DataFrame.")
        # The dtype is object, because numpy would otherwise convert numbers in mixed rows to
        # strings.
        array = rows if isinstance(rows, np.ndarray) else np.asarray(rows, dtype=object)
        self._check_type(array)
        self._check_shape(array.shape)
        return [array[:, i] for i in range(len(self._kinds))]

    def _documents(self, rows: Any) -> list[str]:
        documents = [rows] if isinstance(rows, str) else list(rows)
        if isinstance(rows, str) or not all(isinstance(text, str) for text in documents):
            raise ValueError(f"The documents must be a list of strings, not {rows!r:.80}")
        self._check_shape((len(documents), 1))
        return documents

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        width = len(self._kinds)
        if len(shape) != 2:
            raise ValueError(
                f"Expected 2D array, got {len(shape)}D array instead: one row is written [[…]], "
                "one column of rows as array.reshape(-1, 1)."
            )
        if shape[1] != width:
            expected = f"{self._name} is expecting {width} features as input"
            raise ValueError(f"X has {shape[1]} features, but {expected}.")
        if shape[0] == 0:
            raise ValueError(
                f"Found array with 0 sample(s) (shape={shape}): give {self._name} one."
            )

    def _column(self, values: Any, index: int, dtype: str, odd: list[int]) -> Array:
        if self._kinds[index] != "string":
            self._check_number_type(values, index)
        if self._kinds[index] == "number":
            numbers = self._floats(values).reshape(-1, 1)
            return self._numbers(numbers, range(index, index + 1), dtype, odd)
        if self._kinds[index] == "integer":
            floats = self._floats(values)
            if index in self._refuses["infinity"] and np.isinf(floats).any():
                raise ValueError(f"Input X contains infinity in column {index}.")
            column = _integers(floats)
        else:
            column = self._texts(values, index)
        cells = column.tolist()
        for refused, text in (("nan", MISSING_TEXT), ("none", NONE_TEXT)):
            if index in self._refuses[refused] and text in cells:
                raise ValueError(f"Input X contains missing values in column {index}.")
        if index in self._known and not self._known[index].issuperset(cells):
            unknown = sorted(set(cells) - self._known[index])
            raise ValueError(f"Found unknown categories {unknown} in column {index}")
        # Text is lowercased here, because ONNX lowercases some letters differently from Python.
        if index in self._lowers:
            column = np.array([text.lower() for text in cells], dtype=object)
        return column.reshape(-1, 1)

    def _check_number_type(self, values: Any, index: int) -> None:
        kind = getattr(getattr(values, "dtype", None), "kind", "") or "-"
        for refused, kinds in (("integers", "iu"), ("truths", "b")):
            if kind in kinds and index in self._refuses.get(refused, ()):
                raise ValueError(f"Column {index} must be floats, not {values.dtype}.")

    def _texts(self, values: Any, index: int) -> Array:
        """Return a text column with sentinels. Raises ValueError for types that are rejected."""
        kind = getattr(getattr(values, "dtype", None), "kind", "O")
        if kind in "iufb" and index in self._refuses.get("typed", ()):
            raise ValueError(f"Column {index} must be text, not {values.dtype}.")
        column = _texts(values)
        if index in self._refuses.get("foreign", ()):
            foreign = [text for text in column.tolist() if text.startswith(FOREIGN_TEXT)]
            if foreign:
                raise ValueError(f"Column {index} must be text, not {foreign[0][1:]}.")
        return column

    def _numbers(self, values: Array, indices: range, dtype: str, odd: list[int]) -> Array:
        # The check follows the cast, because a large float64 becomes infinity in float32, which
        # scikit-learn rejects too.
        if dtype == "float64":
            cast = values
        else:
            with np.errstate(over="ignore"):
                cast = values.astype(dtype)
        # The comparison is False for NaN.
        if np.abs(cast).max() < self._calm:
            return cast
        odd.append(indices.start)
        if (np.abs(cast[np.isfinite(cast)]) > self._most).any():
            raise ValueError(
                f"The ONNX form accepts only numbers up to {self._most:g}, the range of its "
                "training data."
            )
        with np.errstate(over="ignore"):
            large = np.isinf(values.astype(np.float32)).max(axis=0)
        nan, infinite = np.isnan(values).max(axis=0), np.isinf(cast).max(axis=0)
        for position, index in enumerate(indices):
            if nan[position] and index in self._refuses["nan"]:
                raise ValueError(f"Input X contains NaN, which {self._name} does not accept.")
            if infinite[position] and index in self._refuses["infinity"]:
                raise ValueError(f"Input X contains infinity or a value too large for {dtype}.")
            if large[position] and index in self._refuses.get("large", ()):
                raise ValueError("Input X contains infinity or a value too large for float32.")
        return cast


def _is_frame(rows: Any) -> bool:
    return hasattr(rows, "columns") and hasattr(rows, "__getitem__")


def _is_missing(value: Any) -> bool:
    # pandas.NA is recognized by its class name, because ``NA != NA`` is NA, which bool() rejects.
    return type(value).__name__ == "NAType" or bool(value != value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    if value is None:
        return NONE_TEXT
    # The prefix ensures that the number 1 and the string "1" are different categories.
    return MISSING_TEXT if _is_missing(value) else f"{FOREIGN_TEXT}{value!r}"


def _texts(values: Any) -> Array:
    return np.array([_text(value) for value in np.asarray(values, dtype=object)], dtype=object)


def _floats(values: Any) -> Array:
    try:
        return np.asarray(values, dtype=np.float64)
    except TypeError:
        # scikit-learn accepts pandas.NA only in columns of a pandas type, such as Int64. numpy
        # cannot convert it, so it is replaced here.
        if isinstance(getattr(values, "dtype", np.dtype(object)), np.dtype):
            raise ValueError("Input X contains values that are not numbers.") from None
        cells = np.asarray(values, dtype=object)
        numbers = [np.nan if v is None or _is_missing(v) else float(v) for v in cells.reshape(-1)]
        shaped: Array = np.array(numbers, dtype=np.float64).reshape(cells.shape)
        return shaped


def _integers(values: Array) -> Array:
    # The limit prevents an overflow in the cast to int64 and collisions with the sentinels.
    whole = np.isfinite(values) & (np.floor(values) == values) & (np.abs(values) < 2.0**62)
    integers = np.where(whole, values, 0).astype(np.int64)
    integers[~whole] = FOREIGN_INTEGER
    integers[np.isnan(values)] = MISSING_INTEGER
    return integers


def _attribute(value: Any) -> Any:
    """Return a value from the spec with each dictionary (``values`` and ``dtype``) as an array."""
    if isinstance(value, list):
        return [_attribute(item) for item in value]
    if isinstance(value, dict):
        return np.array(value["values"], dtype=np.dtype(value["dtype"]))
    return value
