"""Run a notebook's scikit-learn models with onnxruntime inside an action.

Packages contain this module as ``faas_models.py``. It imports only the standard library, numpy and
onnxruntime, not scikit-learn or pandas. The parity check executes this file too, so it tests
exactly the code that runs in the action.

The package contains each model as ``models/<name>.onnx`` and its spec as ``models/<name>.json``.
``load_model`` returns a ``Model`` with the estimator's methods. Calling a method has three steps:

1. ``ModelInputs`` checks the rows as scikit-learn would, and converts them to the graph's inputs.
2. onnxruntime runs the graph, and ``_Guards`` checks the values between the steps.
3. ``_Method`` converts the output to the shape, dtype and labels that the original returns.
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
        # Packages whose models are all from faas_ready.py do not contain this module.
        from faas_model_inputs import ModelInputs

        options = onnxruntime.SessionOptions()
        # An action usually has less than one core, and one thread keeps the order of sums fixed.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # Level 4 logs only fatal errors. Otherwise, each cold start would log warnings.
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(onnx, options, ["CPUExecutionProvider"])
        self._class: str = spec["class"]
        self._lacks: Mapping[str, str] = spec["lacks"]
        self._inputs = ModelInputs(spec)
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
        answer.__doc__ = f"Return the results of {self._class}.{method}."
        return answer

    def _raw(self, rows: Any) -> list[Any]:
        feeds, calm = self._inputs.feeds(rows)
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

    Some models are finite between all steps if the rows are calm (see ``ModelInputs.feeds``). Their
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
                    refused = f"values of {check['above']:g} or less"
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


def _attribute(value: Any) -> Any:
    """Return a value from the spec with each dictionary (``values`` and ``dtype``) as an array."""
    if isinstance(value, list):
        return [_attribute(item) for item in value]
    if isinstance(value, dict):
        return np.array(value["values"], dtype=np.dtype(value["dtype"]))
    return value
