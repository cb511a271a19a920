"""Export a Keras model to ONNX with ``Model.export``, in the notebook's process."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.action_models import load_onnx_models
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.networks import network as networks
from jupyter_faas.serialization.onnx.existing_artifact import check_runs
from jupyter_faas.serialization.onnx.graph import canonical

FORM = "keras"
_METHODS = ("predict", "predict_on_batch")
_CALL_PREDICT = "use predict, which accepts and returns arrays"


def export_keras(
    name: str, model: Any, sample: Any, *, accept_parity: bool = False
) -> ModelArtifact:
    """Export a Keras model, and compare the ONNX form with ``predict`` on the sample's rows.

    ``sample``: an array, or a tuple of arrays if the model has several inputs. Raises
    ConversionError if the sample does not fit or the model cannot be exported. Raises ParityError
    if the results differ and ``accept_parity`` is not set.
    """
    kind = type(model).__name__
    if sample is None:
        raise networks.missing_sample_error(name, kind)
    given = sample if isinstance(sample, tuple) else (sample,)
    count = len(model.inputs or given)
    if len(given) != count:
        raise ConversionError(
            f"{name!r} ({kind}) has {count} input{'s' if count != 1 else ''}, but the sample has "
            f"{len(given)}.",
            hint=f"Give sample rows for each input: {networks.SAMPLE_HINT}",
        )
    dtypes = [str(each.dtype) for each in model.inputs or ()]
    arrays = [np.asarray(networks.as_array(each))[: networks.ROWS] for each in given]
    # Keras converts inputs to these types itself, but onnxruntime would raise an error.
    inputs = tuple(
        array.astype(dtype) for array, dtype in zip(arrays, dtypes or ["float32"], strict=True)
    )
    try:
        predicted = _predicted(model, inputs)
    except Exception as error:  # the user's model may raise anything
        raise networks.sample_error(name, error) from error
    onnx = _onnx(name, model)
    check_runs(name, onnx)
    returns: str | list[str] = "several" if isinstance(predicted, list) else "one"
    if isinstance(predicted, dict):
        returns = [str(key) for key in predicted]
        onnx = _in_order(onnx, list(predicted.values()), inputs)
    network = networks.Network(
        name=name,
        kind=kind,
        parameters=int(model.count_params()),
        inputs=inputs,
        call=lambda rows: _listed(_predicted(model, rows)),
        spec={
            "form": FORM,
            "methods": {method: {} for method in _METHODS},
            "lacks": {
                each: _CALL_PREDICT
                for each in sorted(set(dir(model)) - set(_METHODS))
                if not each.startswith("_")
            },
            "returns": returns,
        },
    )
    return networks.artifact_of(network, onnx, accept_parity=accept_parity)


def _predicted(model: Any, inputs: networks.Inputs) -> Any:
    answer = model.predict(inputs[0] if len(inputs) == 1 else list(inputs), verbose=0)
    return list(answer) if isinstance(answer, (tuple, list)) else answer


def _listed(answer: Any) -> list[Any]:
    if isinstance(answer, dict):
        return list(answer.values())
    return answer if isinstance(answer, list) else [answer]


def _in_order(data: bytes, wanted: list[Any], inputs: networks.Inputs) -> bytes:
    """Return the graph with its outputs in the order of ``wanted``, which exporters may change.

    The outputs are recognized by their values for ``inputs``.
    """
    import onnx

    session = load_onnx_models().session(data)
    names = [each.name for each in session.get_inputs()]
    found = session.run(None, dict(zip(names, inputs, strict=True)))
    left = list(range(len(found)))
    order: list[int] = []
    for array in wanted:
        same = [at for at in left if found[at].shape == array.shape] or left
        distances = [_distance(found[at], array) for at in same]
        best = same[distances.index(min(distances))]
        left.remove(best)
        order.append(best)
    model = onnx.load_from_string(data)
    outputs = [model.graph.output[at] for at in order]
    del model.graph.output[:]
    model.graph.output.extend(outputs)
    return canonical(model)


def _distance(ours: Any, theirs: Any) -> float:
    return float(np.abs(ours - theirs).max()) if ours.shape == theirs.shape else float("inf")


def _onnx(name: str, model: Any) -> bytes:
    import onnx

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # The warnings are about the exporter's internals, which users cannot change.
        warnings.simplefilter("ignore")
        path = Path(folder) / "model.onnx"
        try:
            model.export(str(path), format="onnx", verbose=False)
            return canonical(onnx.load(path))
        except ImportError as error:
            raise ConversionError(
                f"Exporting {name!r} from Keras needs another library: {error}",
                hint=f"Install it in a cell: %pip install {error.name}"
                if error.name
                else networks.create_inside(name),
            ) from error
        except Exception as error:  # the exporter raises exceptions of many classes
            raise ConversionError(
                f"{name!r} ({type(model).__name__}) has no ONNX form: {networks.first_line(error)}",
                hint=networks.create_inside(name),
            ) from error
