"""Compare an exported PyTorch or Keras network with its ONNX form, and describe the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jupyter_faas.errors import ConversionError, ParityError
from jupyter_faas.serialization.action_models import load_onnx_models
from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.artifact import ModelArtifact, ModelFacts
from jupyter_faas.serialization.onnx.graph import opsets
from jupyter_faas.serialization.onnx.signature import describe_inputs, signature_of
from jupyter_faas.serialization.parity.report import Coverage, ParityReport
from jupyter_faas.serialization.sklearn.sample import GIVE_SAMPLE

Inputs = tuple[Array, ...]

FORMAT = 1
# The maximum number of rows that are compared, and how many of them are also passed one at a time.
# Single rows show whether the exported graph only accepts the sample's number of rows.
ROWS, _SINGLE_ROWS = 256, 32
# The tolerance is a fraction of an output's standard deviation. Results cannot be exactly equal,
# because onnxruntime adds float32 numbers in a different order.
_TOLERANCE = 1e-4
SAMPLE_HINT = (
    "%%function NAME --sample X, where X contains rows. If the model has several inputs, X is a "
    "tuple with rows for each input."
)

# These changes to the sample may select other branches in the model's code.
_CHANGES: tuple[Callable[[Any], Any], ...] = (
    lambda rows: rows * 0,
    lambda rows: -rows,
    lambda rows: rows * 10,
)


@dataclass(frozen=True)
class Network:
    """The original network, with the data that the comparison needs.

    ``kind``: the name of the network's class. ``parameters``: the number of parameters. ``inputs``:
    the sample, with one array per input. ``call``: returns the original's outputs for such arrays.
    ``spec``: the keys of the spec that depend on the library. ``others``: inputs of other shapes
    and with other values, which the original may reject.
    """

    name: str
    kind: str
    parameters: int
    inputs: Inputs
    call: Callable[[Inputs], Sequence[Array]]
    spec: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    others: tuple[Inputs, ...] = ()


def as_array(rows: Any) -> Any:
    """Convert a data frame to an array. Return other rows unchanged."""
    return rows.to_numpy() if hasattr(rows, "to_numpy") else rows


def artifact_of(network: Network, onnx: bytes, *, accept_parity: bool) -> ModelArtifact:
    """Compare the network with its ONNX form and return the artifact.

    Raises ParityError if the results differ and ``accept_parity`` is not set.
    """
    report = _compare(network, onnx)
    if not report.ok and not accept_parity:
        raise ParityError(
            f"The ONNX form of {network.name!r} returns different results. On {report.rows} rows, "
            f"the largest difference is {report.max_difference:.2g} times the spread of the "
            "output.",
            hint=f"{create_inside(network.name)}\nOr package the model anyway: --accept-parity",
        )
    from onnx import load_from_string

    graph = load_from_string(onnx)
    signature, versions = signature_of(graph), opsets(graph)
    # Networks do not have labels, so ``classes`` is None.
    return ModelArtifact(
        name=network.name,
        onnx=onnx,
        spec={"format": FORMAT, "class": network.kind, **network.spec, "signature": signature},
        facts=ModelFacts(
            class_name=network.kind,
            route=network.inputs[0].dtype.name,
            opset=versions.get("", 0),
            ml_opset=versions.get("ai.onnx.ml", 0),
            inputs=describe_inputs(signature["inputs"]),
            classes=None,
            details=(f"{network.parameters:,} parameters",),
            size=len(onnx),
            signature=signature,
        ),
        parity=replace(report, accepted=accept_parity and not report.ok),
    )


def create_inside(name: str) -> str:
    """Return the hint to run the network in the action, with its library."""
    return f"Create {name} inside the function."


def missing_sample_error(name: str, kind: str) -> ConversionError:
    return ConversionError(
        f"No rows can be generated for {name!r} ({kind}).",
        hint=GIVE_SAMPLE,
    )


def sample_error(name: str, error: BaseException) -> ConversionError:
    return ConversionError(
        f"{name!r} fails on the sample: {first_line(error)}",
        hint=f"Give sample rows that {name} accepts: {SAMPLE_HINT}",
    )


def first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__


def _compare(network: Network, onnx: bytes) -> ParityReport:
    session = load_onnx_models().session(onnx)
    names = [each.name for each in session.get_inputs()]
    worst, rows, covered = 0.0, 0, []
    # The standard deviation of a constant output is 0. The lower limit avoids a division by zero.
    scales = [max(float(np.std(out)), 1e-6) for out in network.call(network.inputs)]
    for label, batches in _row_sets(network.inputs):
        count = 0
        for batch in batches:
            try:
                theirs = session.run(None, dict(zip(names, batch, strict=True)))
            except Exception:  # a graph for one number of rows only; the classes differ
                worst = float("inf")
                break
            for ours, their, scale in zip(network.call(batch), theirs, scales, strict=True):
                worst = max(worst, _difference(ours, their, scale))
            count += len(batch[0])
        rows += count
        covered.append(Coverage(label, count, count))
    for batch in network.others:
        worst = max(worst, _difference_of_others(network, session, names, batch, scales))
        rows += len(batch[0])
    if network.others:
        count = sum(len(batch[0]) for batch in network.others)
        covered.append(Coverage("other shapes and values", count, count))
    return ParityReport(
        ok=worst <= _TOLERANCE,
        rows=rows,
        # Infinity means that shapes or types differ. JSON cannot represent it.
        max_difference=worst if np.isfinite(worst) else 1e9,
        covered=tuple(covered),
        warnings=network.warnings,
    )


def _difference_of_others(
    network: Network, session: Any, names: list[str], batch: Inputs, scales: list[float]
) -> float:
    """Return the largest difference for inputs that the original may reject.

    If only one of the two rejects them, the difference is infinite.
    """
    try:
        ours = network.call(batch)
    except Exception:  # the user's model may raise anything
        ours = None
    try:
        theirs = session.run(None, dict(zip(names, batch, strict=True)))
    except Exception:  # onnxruntime raises exceptions of several classes
        theirs = None
    if ours is None or theirs is None:
        return 0.0 if ours is theirs else float("inf")
    return max(map(_difference, ours, theirs, scales), default=0.0)


def _difference(ours: Array, theirs: Array, scale: float) -> float:
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return float("inf")
    # NaN is not equal to itself, so the second term is true where both values are NaN.
    same = (ours == theirs) | ((ours != ours) & (theirs != theirs))
    if same.all():
        return 0.0
    with np.errstate(invalid="ignore"):
        apart = np.abs(ours.astype(np.float64) - theirs.astype(np.float64))[~same]
        apart = apart / np.maximum(scale, np.abs(ours.astype(np.float64))[~same])
    return float("inf") if np.isnan(apart).any() else float(apart.max())


def _row_sets(inputs: Inputs) -> list[tuple[str, list[Inputs]]]:
    alone = [
        tuple(each[i : i + 1] for each in inputs) for i in range(min(len(inputs[0]), _SINGLE_ROWS))
    ]
    sets = [("sample", [inputs]), ("one at a time", alone)]
    # Integers are not changed, because they are often token IDs that index an embedding table.
    if all(each.dtype.kind == "f" for each in inputs):
        odd = [tuple(change(each[:_SINGLE_ROWS]) for each in inputs) for change in _CHANGES]
        sets.append(("unusual inputs", odd))
    return sets
