"""Load exported networks, and models that were already ONNX in the notebook, in an action.

Packages contain this module as ``faas_ready.py``, which ``faas_models.py`` imports. It imports the
standard library, numpy and onnxruntime. It imports onnx and torch only if the function uses them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime


def load_ready(path: Path, spec: Mapping[str, Any]) -> Any:
    """Return the model in the ONNX file at ``path`` as the kind of object in ``spec["form"]``.

    - ``session``: an onnxruntime.InferenceSession.
    - ``bytes``: the content of the file.
    - ``text`` and ``path``: the path of the file, as a string or a Path.
    - ``proto``: an onnx.ModelProto if ``spec["whole"]`` is set, and ``ModelBytes`` otherwise.
    - ``module`` and ``keras``: a replacement for the torch.nn.Module or keras.Model.
    """
    form: str = spec["form"]
    if form == "session":
        return session(path)
    if form == "bytes":
        return path.read_bytes()
    if form in ("module", "keras"):
        return Module(path, spec) if form == "module" else KerasModel(path, spec)
    if form == "proto":
        return _proto(path.read_bytes(), whole=bool(spec.get("whole")))
    return str(path) if form == "text" else path


def session(onnx: bytes | Path) -> Any:
    """Return an onnxruntime session that runs on the CPU with one thread."""
    options = onnxruntime.SessionOptions()
    # An action usually has less than one core, and one thread keeps the order of sums fixed.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    source = onnx if isinstance(onnx, bytes) else str(onnx)
    return onnxruntime.InferenceSession(source, options, ["CPUExecutionProvider"])


def _proto(data: bytes, *, whole: bool) -> Any:
    if not whole:
        return ModelBytes(data)
    import onnx

    return onnx.load_from_string(data)


class ModelBytes:
    """A replacement for an onnx.ModelProto that has only its bytes, without the onnx library."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def SerializeToString(self) -> bytes:  # noqa: N802 - protobuf's own name
        return self._data

    def ByteSize(self) -> int:  # noqa: N802 - protobuf's own name
        return len(self._data)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"{name} is not available in the action, because only the bytes of the ModelProto are "
            "packaged. To package the whole object, write import onnx in the cell"
        )

    def __repr__(self) -> str:
        return f"<ModelProto of {len(self._data):,} bytes>"


class _Network:
    """A session that takes inputs by position and converts them to the types of the graph."""

    def __init__(self, onnx: bytes | Path, spec: Mapping[str, Any]) -> None:
        self._session = session(onnx)
        self._class: str = spec["class"]
        self._lacks: Mapping[str, str] = spec["lacks"]
        self._returns: str | list[str] = spec["returns"]
        self._inputs = [
            (each["name"], each["dtype"], each["shape"]) for each in spec["signature"]["inputs"]
        ]

    def _answers(self, inputs: Sequence[Any]) -> list[Any]:
        if len(inputs) != len(self._inputs):
            plural = "s" if len(self._inputs) != 1 else ""
            raise TypeError(
                f"{self._class} needs {len(self._inputs)} input{plural}, not {len(inputs)}"
            )
        arrays = [self._array(i, given) for i, given in enumerate(inputs)]
        feeds = {name: array for (name, _, _), array in zip(self._inputs, arrays)}  # noqa: B905 3.9
        answers: list[Any] = self._session.run(None, feeds)
        return answers

    def _array(self, position: int, given: Any) -> Any:
        _, dtype, shape = self._inputs[position]
        # A torch tensor may require gradients or be on another device.
        array = np.asarray(given.detach().cpu().numpy() if hasattr(given, "detach") else given)
        try:
            array = array.astype(dtype)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{self._class} needs an array of {dtype}, not {array.dtype}"
            ) from error
        if shape is not None and array.ndim != len(shape):
            raise ValueError(
                f"{self._class} needs an array with {len(shape)} dimensions (rows first), not "
                f"{array.ndim}"
            )
        return array

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        why = self._lacks.get(name)
        if why is None:
            raise AttributeError(f"{self._class} has no attribute {name!r}")
        raise AttributeError(f"{name} is not in the ONNX form ({why})")

    def __repr__(self) -> str:
        return f"<{self._class} as ONNX>"


class Module(_Network):
    """A replacement for a torch.nn.Module in eval mode.

    Calls take arrays, lists or tensors, and return arrays, or tensors if an input is a tensor.
    """

    training = False

    def __call__(self, *inputs: Any) -> Any:
        answers = self._answers(inputs)
        if any(hasattr(each, "detach") for each in inputs):
            # torch is installed, because the function has passed a tensor.
            import torch

            answers = [torch.from_numpy(np.asarray(each)) for each in answers]
        if isinstance(self._returns, list):
            return dict(zip(self._returns, answers))  # noqa: B905 - Python 3.9
        return answers[0] if self._returns == "one" else tuple(answers)

    forward = __call__

    def eval(self) -> Module:
        return self

    def cpu(self) -> Module:
        return self


class KerasModel(_Network):
    """A replacement for a keras.Model.

    ``predict`` takes an array, or a list of arrays if the model has several inputs.
    """

    def predict(self, x: Any, batch_size: Any = None, verbose: Any = None, **options: Any) -> Any:
        """Return the outputs for ``x``.

        ``batch_size`` and ``verbose`` are ignored. Raises TypeError for other options, unless they
        are None.
        """
        if any(value is not None for value in options.values()):
            raise TypeError(f"the ONNX form supports predict(x) only without {', '.join(options)}")
        answers = self._answers([x] if len(self._inputs) == 1 else x)
        if isinstance(self._returns, list):
            return dict(zip(self._returns, answers))  # noqa: B905 - Python 3.9
        return answers[0] if self._returns == "one" else answers

    def predict_on_batch(self, x: Any) -> Any:
        return self.predict(x)

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        raise TypeError(
            f"calling {self._class} would return a tensor of Keras' backend, which is not "
            "available in the action. Use predict(x), which accepts and returns arrays"
        )
