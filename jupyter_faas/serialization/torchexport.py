"""PyTorch modules as ONNX: exported in the notebook's own process, and compared there.

The helper process knows none of the notebook's classes, and a module is seldom anything else.
"""

from __future__ import annotations

import copy
import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ConversionError, ParityError
from jupyter_faas.serialization.arrays import OnArrays, answer, outside, tensors
from jupyter_faas.serialization.artifact import ModelArtifact, ModelFacts
from jupyter_faas.serialization.asis import check_runs
from jupyter_faas.serialization.graph import canonical, opsets
from jupyter_faas.serialization.parity.report import Coverage, ParityReport
from jupyter_faas.serialization.signature import in_words, signature_of

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

OPSET = 18
FORM = "module"
_FORMAT = 1
# Rows that are compared, and of them, rows that are asked one at a time.
_ROWS, _ALONE = 256, 32
# Of the spread of an output: sums in float32 have another order in onnxruntime.
_TOLERANCE = 1e-4
_SAMPLE_HINT = "%%function NAME --sample X, with rows (or a tuple of them, one for each input)."


@dataclass(frozen=True)
class _Subject:
    """A copy of the module that answers, and the sample as it is called with."""

    name: str
    kind: str
    module: Any
    inputs: tuple[Any, ...]
    shape: str | list[str]
    training: bool

    @property
    def rows(self) -> int:
        return int(self.inputs[0].shape[0])

    def ask(self, inputs: tuple[Any, ...]) -> list[Array]:
        return _listed(outside(answer(self.module, inputs)))


def exported(name: str, obj: Any, sample: Any, *, accept_parity: bool = False) -> ModelArtifact:
    """The module (or what ``on_arrays`` made of one) as ONNX, compared on the sample's rows.

    Nothing of the notebook's is changed: a copy is exported, on the CPU and in ``eval()`` mode.
    Raises ConversionError when it does not export, ParityError when it answers differently.
    """
    module = obj.module if isinstance(obj, OnArrays) else obj
    subject = _subject(name, module, sample)
    onnx = _onnx(subject)
    check_runs(name, onnx)
    report = _compared(subject, onnx)
    if not report.ok and not accept_parity:
        raise ParityError(
            f"{name!r} as ONNX answers differently: by {report.max_difference:.2g} of the spread "
            f"of its output, on {report.rows} rows.",
            hint="Look for code that depends on values or on the number of rows, or package it as "
            "it is with --accept-parity; the manifest then records it.",
        )
    return _artifact(subject, onnx, replace(report, accepted=accept_parity and not report.ok))


def _subject(name: str, module: Any, sample: Any) -> _Subject:
    if sample is None:
        raise ConversionError(
            f"What {name!r} ({type(module).__name__}) reads is not recorded in it.",
            hint=f"Give some rows: {_SAMPLE_HINT}",
        )
    try:
        copied = copy.deepcopy(module).cpu().eval()
        given = sample if isinstance(sample, tuple) else (sample,)
        inputs = tuple(each.detach().cpu()[:_ROWS] for each in tensors(copied, map(_plain, given)))
        shape = _shape(answer(copied, inputs))
    except ConversionError:
        raise
    except Exception as error:  # the seam to the user's own module
        raise ConversionError(
            f"{name!r} itself does not answer the sample: {_line(error)}",
            hint=f"Give --sample as it is passed to {name}: {_SAMPLE_HINT}",
        ) from error
    if not all(each.ndim and each.shape[0] for each in inputs):
        raise ConversionError(f"The sample for {name!r} has no rows.", hint=_SAMPLE_HINT)
    kind = type(module).__name__
    return _Subject(name, kind, copied, inputs, shape, bool(module.training))


def _plain(rows: Any) -> Any:
    return rows.to_numpy() if hasattr(rows, "to_numpy") else rows


def _shape(given: Any) -> str | list[str]:
    """``one``, ``several``, or the keys of a dictionary."""
    import torch

    if isinstance(given, torch.Tensor):
        return "one"
    values = list(given.values()) if isinstance(given, dict) else given
    if isinstance(values, (tuple, list)) and all(isinstance(each, torch.Tensor) for each in values):
        return [str(key) for key in given] if isinstance(given, dict) else "several"
    raise ConversionError(
        f"The module answers {type(given).__name__}, which is no tensor.",
        hint="Return a tensor, a tuple of tensors or a dictionary of tensors.",
    )


def _onnx(subject: _Subject) -> bytes:
    """By the exporter that traces, which is fast; else by the one that reads the code."""
    import onnx

    try:
        return canonical(onnx.load_from_string(_traced(subject)))
    except Exception as first:  # the seam to the exporter, which raises whatever fails
        try:
            return canonical(_read(subject))
        except ImportError as error:
            raise _no_form(subject, first, f"pip install {error.name} for another exporter") from (
                first
            )
        except Exception as second:  # likewise
            raise _no_form(subject, second) from second


def _traced(subject: _Subject) -> bytes:
    import torch

    names = _names(subject)
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # What it follows is one path through the code: a choice by values would be frozen.
        warnings.simplefilter("error", torch.jit.TracerWarning)
        torch.onnx.export(
            subject.module,
            subject.inputs,
            stream,
            input_names=names[0],
            output_names=names[1],
            dynamic_axes={name: {0: "rows"} for both in names for name in both},
            opset_version=OPSET,
            dynamo=False,
        )
    return stream.getvalue()


def _read(subject: _Subject) -> Any:
    import onnxscript  # noqa: F401 - the exporter's own need, said before it says it less well
    import torch

    names = _names(subject)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = torch.export.Dim("rows")
        program = torch.onnx.export(
            subject.module,
            subject.inputs,
            input_names=names[0],
            output_names=names[1],
            dynamic_shapes=tuple({0: rows} for _ in subject.inputs),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    return program.model_proto


def _names(subject: _Subject) -> tuple[list[str], list[str]]:
    inputs = [f"input{i}" if i else "input" for i in range(len(subject.inputs))]
    if isinstance(subject.shape, list):
        return inputs, subject.shape
    count = len(subject.ask(subject.inputs))
    return inputs, [f"output{i}" if i else "output" for i in range(count)]


def _no_form(subject: _Subject, error: Exception, more: str = "") -> ConversionError:
    hint = "Choose by torch.where instead of if, and write shapes as x.shape[0]"
    return ConversionError(
        f"{subject.name!r} ({subject.kind}) has no ONNX form: {_line(error)}",
        hint=f"{hint}{f', or {more}' if more else ''}. Or export it yourself and name the "
        "onnx.ModelProto in the cell.",
    )


def _compared(subject: _Subject, onnx: bytes) -> ParityReport:
    import numpy as np

    from jupyter_faas.serialization.standins import load_ready_standins

    session = load_ready_standins().session(onnx)
    names = [each.name for each in session.get_inputs()]
    worst, rows, covered = 0.0, 0, []
    scales = [max(float(np.std(out)), 1e-6) for out in subject.ask(subject.inputs)]
    for label, batches in _row_sets(subject):
        count = 0
        for batch in batches:
            feeds = dict(zip(names, (each.numpy() for each in batch), strict=True))
            theirs = session.run(None, feeds)
            for ours, their, scale in zip(subject.ask(batch), theirs, scales, strict=True):
                worst = max(worst, _difference(ours, their, scale))
            count += int(batch[0].shape[0])
        rows += count
        covered.append(Coverage(label, count, count))
    warnings = []
    if subject.training:
        warnings.append(
            f"{subject.name} is in training mode here; the action answers as after "
            f"{subject.name}.eval()."
        )
    return ParityReport(
        ok=worst <= _TOLERANCE,
        accepted=False,
        labels_agree=0,
        labels_total=0,
        rows=rows,
        max_difference=worst,
        covered=tuple(covered),
        warnings=tuple(warnings),
        worst=(),
    )


def _difference(ours: Array, theirs: Array, scale: float) -> float:
    import numpy as np

    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return float("inf")
    same = (ours == theirs) | ((ours != ours) & (theirs != theirs))
    if same.all():
        return 0.0
    with np.errstate(invalid="ignore"):
        apart = np.abs(ours.astype(np.float64) - theirs.astype(np.float64))[~same]
        apart = apart / np.maximum(scale, np.abs(ours.astype(np.float64))[~same])
    return float("inf") if np.isnan(apart).any() else float(apart.max())


def _row_sets(subject: _Subject) -> list[tuple[str, list[tuple[Any, ...]]]]:
    inputs = subject.inputs
    alone = [tuple(each[i : i + 1] for each in inputs) for i in range(min(subject.rows, _ALONE))]
    sets = [("sample", [inputs]), ("one at a time", alone)]
    if all(each.is_floating_point() for each in inputs):
        odd = [tuple(change(each[:_ALONE]) for each in inputs) for change in _CHANGES]
        sets.append(("odd inputs", odd))
    return sets


_CHANGES: tuple[Callable[[Any], Any], ...] = (
    lambda rows: rows * 0,
    lambda rows: -rows,
    lambda rows: rows * 10,
)


def _artifact(subject: _Subject, onnx: bytes, report: ParityReport) -> ModelArtifact:
    from onnx import load_from_string

    graph = load_from_string(onnx)
    signature = signature_of(graph)
    versions = opsets(graph)
    count = sum(each.numel() for each in subject.module.parameters())
    return ModelArtifact(
        name=subject.name,
        onnx=onnx,
        spec=_spec(subject, signature),
        facts=ModelFacts(
            class_name=subject.kind,
            route=str(subject.inputs[0].dtype).removeprefix("torch."),
            opset=versions.get("", 0),
            ml_opset=0,
            inputs=in_words(signature["inputs"]),
            classes=None,
            details=(f"{count:,} parameters",),
            size=len(onnx),
            signature=signature,
        ),
        parity=report,
    )


def _spec(subject: _Subject, signature: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "form": FORM,
        "class": subject.kind,
        "methods": {"forward": {}},
        "lacks": {
            each: "a deployed module only answers"
            for each in sorted(set(dir(subject.module)) - {"cpu", "eval", "forward", "training"})
            if not each.startswith("_")
        },
        "returns": subject.shape,
        "signature": dict(signature),
    }


def _listed(given: Any) -> list[Array]:
    if isinstance(given, dict):
        return list(given.values())
    return list(given) if isinstance(given, tuple) else [given]


def _line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
