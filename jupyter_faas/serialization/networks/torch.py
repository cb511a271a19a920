"""PyTorch modules as ONNX: exported in the notebook's own process, and compared there.

The helper process knows none of the notebook's classes, and a module is seldom anything else.
"""

from __future__ import annotations

import copy
import io
import warnings
from dataclasses import dataclass
from typing import Any

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.networks import network as networks
from jupyter_faas.serialization.networks.torch_arrays import OnArrays, answer, outside, tensors
from jupyter_faas.serialization.onnx.existing_artifact import check_runs
from jupyter_faas.serialization.onnx.graph import canonical

OPSET = 18
FORM = "module"
_ANSWERED = frozenset(("cpu", "eval", "forward", "training"))


@dataclass(frozen=True)
class _Subject:
    """A copy of the module that answers, and the sample as it is called with."""

    name: str
    kind: str
    module: Any
    inputs: tuple[Any, ...]
    shape: str | list[str]
    training: bool

    def ask(self, inputs: tuple[Array, ...]) -> list[Array]:
        import torch

        return _listed(outside(answer(self.module, tuple(map(torch.from_numpy, inputs)))))


def export_torch(name: str, obj: Any, sample: Any, *, accept_parity: bool = False) -> ModelArtifact:
    """The module (or what ``on_arrays`` made of one) as ONNX, compared on the sample's rows.

    Nothing of the notebook's is changed: a copy is exported, on the CPU and in ``eval()`` mode.
    Raises ConversionError when it does not export, ParityError when it answers differently.
    """
    module = obj.module if isinstance(obj, OnArrays) else obj
    subject = _subject(name, module, sample)
    onnx = _onnx(subject)
    check_runs(name, onnx)
    return networks.artifact_of(_network(subject), onnx, accept_parity=accept_parity)


def _subject(name: str, module: Any, sample: Any) -> _Subject:
    if sample is None:
        raise networks.missing_sample_error(name, type(module).__name__)
    try:
        copied = copy.deepcopy(module).cpu().eval()
        given = sample if isinstance(sample, tuple) else (sample,)
        inputs = tuple(
            each.detach().cpu()[: networks.ROWS]
            for each in tensors(copied, map(networks.plain, given))
        )
        shape = _shape(answer(copied, inputs))
    except ConversionError:
        raise
    except Exception as error:  # the seam to the user's own module
        raise networks.sample_error(name, error) from error
    if not all(each.ndim and each.shape[0] for each in inputs):
        raise ConversionError(f"The sample for {name!r} has no rows.", hint=networks.SAMPLE_HINT)
    kind = type(module).__name__
    return _Subject(name, kind, copied, inputs, shape, bool(module.training))


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
    count = len(_listed(answer(subject.module, subject.inputs)))
    return inputs, [f"output{i}" if i else "output" for i in range(count)]


def _no_form(subject: _Subject, error: Exception, more: str = "") -> ConversionError:
    hint = "Choose by torch.where instead of if, and write shapes as x.shape[0]"
    return ConversionError(
        f"{subject.name!r} ({subject.kind}) has no ONNX form: {networks.first_line(error)}",
        hint=f"{hint}{f', or {more}' if more else ''}. Or export it yourself and name the "
        "onnx.ModelProto in the cell.",
    )


def _network(subject: _Subject) -> networks.Network:
    told = (
        f"{subject.name} is in training mode here; the action answers as after "
        f"{subject.name}.eval()."
    )
    return networks.Network(
        name=subject.name,
        kind=subject.kind,
        parameters=sum(each.numel() for each in subject.module.parameters()),
        inputs=tuple(each.contiguous().numpy() for each in subject.inputs),
        ask=subject.ask,
        spec={
            "form": FORM,
            "methods": {"forward": {}},
            "lacks": {
                each: "a deployed module only answers"
                for each in sorted(set(dir(subject.module)) - _ANSWERED)
                if not each.startswith("_")
            },
            "returns": subject.shape,
        },
        warnings=(told,) if subject.training else (),
    )


def _listed(given: Any) -> list[Any]:
    if isinstance(given, dict):
        return list(given.values())
    return list(given) if isinstance(given, (tuple, list)) else [given]
