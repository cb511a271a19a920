"""Export a PyTorch module to ONNX and compare the results, in the notebook's process.

The helper process cannot be used, because notebooks usually define the module's class themselves,
and another process cannot import such a class.
"""

from __future__ import annotations

import copy
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.networks import network as networks
from jupyter_faas.serialization.networks.torch_arrays import (
    OnArrays,
    SampleShapes,
    answer,
    tensors,
    to_arrays,
)
from jupyter_faas.serialization.onnx.existing_artifact import check_runs
from jupyter_faas.serialization.onnx.graph import canonical

# Both PyTorch exporters, by tracing and by torch.export, support this opset.
OPSET = 18
FORM = "module"
# How many rows of random token IDs are compared for each shape.
_OTHER_IDS = 64
# The attributes of a module that its action model has too.
_ANSWERED = frozenset(("cpu", "eval", "forward", "training"))


@dataclass(frozen=True)
class _Export:
    """A copy of the module in eval mode, with the sample as tensors.

    ``shape`` describes the output (see ``_shape``). ``training``: whether the notebook's module is
    in training mode. ``others``: inputs of the other shapes that the notebook passes.
    """

    name: str
    kind: str
    module: Any
    inputs: tuple[Any, ...]
    shape: str | list[str]
    training: bool
    others: tuple[tuple[Any, ...], ...] = ()

    def call(self, inputs: tuple[Array, ...]) -> list[Array]:
        import torch

        return _listed(to_arrays(answer(self.module, tuple(map(torch.from_numpy, inputs)))))

    def axes(self) -> list[dict[int, str]]:
        """Return the dynamic axes of each input, with their names.

        The first axis is dynamic, so that the action can pass any number of rows. Another axis is
        dynamic if the notebook passes several sizes. Axes that always have the same size share a
        name.
        """
        shapes = [tuple(each.shape for each in inputs) for inputs in (self.inputs, *self.others)]
        names: dict[tuple[int, ...], str] = {}
        found: list[dict[int, str]] = []
        for position, each in enumerate(self.inputs):
            axes = {0: "rows"}
            for axis in range(1, each.ndim):
                sizes = tuple(shape[position][axis] for shape in shapes)
                if len(set(sizes)) > 1:
                    axes[axis] = names.setdefault(sizes, f"size{len(names)}")
            found.append(axes)
        return found


def export_torch(name: str, obj: Any, sample: Any, *, accept_parity: bool = False) -> ModelArtifact:
    """Export a module, and compare the ONNX form with it on the sample's rows.

    ``obj``: the module, or the result of ``on_arrays``. ``sample``: rows, a tuple of them for
    several inputs, or ``SampleShapes``. A copy of the module is exported, on the
    CPU and in ``eval()`` mode, so the notebook's module does not change. Raises ConversionError if
    the sample does not fit or the module cannot be exported. Raises ParityError if the results
    differ and ``accept_parity`` is not set.
    """
    module = obj.module if isinstance(obj, OnArrays) else obj
    export = _prepare(name, module, sample)
    onnx = _onnx(export)
    check_runs(name, onnx)
    return networks.artifact_of(_network(export), onnx, accept_parity=accept_parity)


def _prepare(name: str, module: Any, sample: Any) -> _Export:
    if sample is None:
        raise networks.missing_sample_error(name, type(module).__name__)
    try:
        # The module is copied, because cpu() and eval() would change the notebook's module.
        copied = copy.deepcopy(module).cpu().eval()
        shapes = sample.samples if isinstance(sample, SampleShapes) else (sample,)
        inputs, *others = (_inputs(copied, each) for each in shapes)
        shape = _shape(name, answer(copied, inputs))
    except ConversionError:
        raise
    except Exception as error:  # the user's module may raise anything
        raise networks.sample_error(name, error) from error
    if not all(each.ndim and each.shape[0] for each in inputs):
        raise ConversionError(
            f"The sample for {name!r} has no rows.",
            hint=f"Give at least one row: {networks.SAMPLE_HINT}",
        )
    kind = type(module).__name__
    return _Export(name, kind, copied, inputs, shape, bool(module.training), tuple(others))


def _inputs(module: Any, sample: Any) -> tuple[Any, ...]:
    given = sample if isinstance(sample, tuple) else (sample,)
    found = tensors(module, map(networks.as_array, given))
    return tuple(each.detach().cpu()[: networks.ROWS] for each in found)


def _shape(name: str, given: Any) -> str | list[str]:
    """Describe a module's output: ``one``, ``several``, or the keys of a dictionary of tensors.

    Raises ConversionError for outputs of other types.
    """
    import torch

    if isinstance(given, torch.Tensor):
        return "one"
    values = list(given.values()) if isinstance(given, dict) else given
    if isinstance(values, (tuple, list)) and all(isinstance(each, torch.Tensor) for each in values):
        return [str(key) for key in given] if isinstance(given, dict) else "several"
    raise ConversionError(
        f"{name!r} returns {type(given).__name__}, which is not a tensor, a tuple of tensors or a "
        "dictionary of tensors.",
        hint=networks.create_inside(name),
    )


def _onnx(export: _Export) -> bytes:
    """Export the module by tracing, or with ``torch.export`` if tracing fails.

    Tracing is faster (0.03 s instead of 1.5 s for a small network) and does not need onnxscript.
    ``torch.export`` analyzes the code, so it supports modules that tracing does not. Raises
    ConversionError if both fail.
    """
    import onnx

    try:
        return canonical(onnx.load_from_string(_export_by_tracing(export)))
    except Exception as first:  # the exporter raises exceptions of many classes
        try:
            return canonical(_export_by_code(export))
        # The second exporter is not installed, so the first exporter's error is reported.
        except ImportError as error:
            raise _no_form(export, first, str(error.name)) from first
        except Exception as second:  # the exporter raises exceptions of many classes
            raise _no_form(export, second) from second


def _export_by_tracing(export: _Export) -> bytes:
    import torch

    names = _names(export)
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Tracing records a single path through the code. If the code branches on values, the graph
        # would always take the sample's path, so torch's warning about this becomes an error.
        warnings.simplefilter("error", torch.jit.TracerWarning)
        torch.onnx.export(
            export.module,
            export.inputs,
            stream,
            input_names=names[0],
            output_names=names[1],
            dynamic_axes={
                **dict(zip(names[0], export.axes(), strict=True)),
                **{name: {0: "rows"} for name in names[1]},
            },
            opset_version=OPSET,
            dynamo=False,
        )
    return stream.getvalue()


def _export_by_code(export: _Export) -> Any:
    import onnxscript  # noqa: F401 - torch needs onnxscript, but its own error is less clear
    import torch

    names = _names(export)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sizes = {name: torch.export.Dim(name) for axes in export.axes() for name in axes.values()}
        program = torch.onnx.export(
            export.module,
            export.inputs,
            input_names=names[0],
            output_names=names[1],
            dynamic_shapes=tuple(
                {axis: sizes[name] for axis, name in axes.items()} for axes in export.axes()
            ),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    return program.model_proto


def _names(export: _Export) -> tuple[list[str], list[str]]:
    inputs = [f"input{i}" if i else "input" for i in range(len(export.inputs))]
    if isinstance(export.shape, list):
        return inputs, export.shape
    count = len(_listed(answer(export.module, export.inputs)))
    return inputs, [f"output{i}" if i else "output" for i in range(count)]


def _no_form(export: _Export, error: Exception, missing: str = "") -> ConversionError:
    """Return the error for a module that no exporter supports. ``missing`` is another exporter."""
    return ConversionError(
        f"{export.name!r} ({export.kind}) has no ONNX form: {networks.first_line(error)}",
        hint=f"Install another exporter in a cell: %pip install {missing}"
        if missing
        else networks.create_inside(export.name),
    )


def _network(export: _Export) -> networks.Network:
    warning = (
        f"{export.name} is in training mode in the notebook, but runs in evaluation mode in the "
        f"action, as if you had called {export.name}.eval()."
    )
    return networks.Network(
        name=export.name,
        kind=export.kind,
        parameters=sum(each.numel() for each in export.module.parameters()),
        inputs=tuple(each.contiguous().numpy() for each in export.inputs),
        call=export.call,
        spec={
            "form": FORM,
            "methods": {"forward": {}},
            "lacks": {
                each: "a deployed module only predicts"
                for each in sorted(set(dir(export.module)) - _ANSWERED)
                if not each.startswith("_")
            },
            "returns": export.shape,
        },
        warnings=(warning,) if export.training else (),
        others=tuple(
            tuple(each.contiguous().numpy() for each in inputs) for inputs in _others(export)
        ),
    )


def _others(export: _Export) -> Iterator[tuple[Any, ...]]:
    """Yield inputs of the other shapes, and with other token IDs than the sample's.

    The sample may contain few words of a vocabulary, and the notebook's shapes are not the only
    ones that the action will pass.
    """
    import torch

    axes = export.axes()
    for inputs in export.others:
        yield inputs
        # Twice the size is a shape that the exporter has not seen.
        yield tuple(
            each.repeat([2 if axis and axis in dynamic else 1 for axis in range(each.ndim)])
            for each, dynamic in zip(inputs, axes, strict=True)
        )
    tables = [
        part.num_embeddings
        for part in export.module.modules()
        if isinstance(part, (torch.nn.Embedding, torch.nn.EmbeddingBag))
    ]
    if not tables or any(each.is_floating_point() for each in export.inputs):
        return
    generator = torch.Generator().manual_seed(0)
    for inputs in (export.inputs, *export.others):
        many = [each[:1].expand(_OTHER_IDS, *each.shape[1:]) for each in inputs]
        yield tuple(
            torch.randint(0, min(tables), each.shape, generator=generator).to(each.dtype)
            for each in many
        )


def _listed(given: Any) -> list[Any]:
    if isinstance(given, dict):
        return list(given.values())
    return list(given) if isinstance(given, (tuple, list)) else [given]
