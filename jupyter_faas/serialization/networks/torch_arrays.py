"""Call a PyTorch module with arrays, in the notebook and in the action (``on_arrays``)."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from jupyter_faas.errors import ConversionError


@dataclass(frozen=True)
class SampleShapes:
    """The samples of one network that takes several shapes, such as texts of several lengths.

    ``samples``: a sample of each shape. The first one has the most rows.
    """

    samples: tuple[Any, ...]


class OnArrays:
    """A PyTorch module that takes and returns arrays, without gradients or dropout.

    With ``net = on_arrays(module)``, ``net([[5.1, 3.5]])`` returns an array. Floats are converted
    to the precision of the module's parameters. Each call runs the module in ``eval()`` mode, and
    then restores its previous mode.
    """

    def __init__(self, module: Any) -> None:
        self.module = module

    def __call__(self, *inputs: Any) -> Any:
        # The mode is recorded for each submodule, because a module in training mode may have frozen
        # submodules in eval mode.
        modes = {id(part): part.training for part in self.module.modules()}
        self.module.eval()
        try:
            return to_arrays(answer(self.module, tensors(self.module, inputs)))
        finally:
            for part in self.module.modules():
                part.training = modes.get(id(part), part.training)

    def __repr__(self) -> str:
        return f"<{type(self.module).__name__} on arrays>"


def on_arrays(module: Any) -> OnArrays:
    """Wrap a module as a function that takes arrays (or lists) and returns arrays.

    A cell that calls the returned function does not need torch. Raises ConversionError if
    ``module`` is not a ``torch.nn.Module``.
    """
    if not is_module(module):
        raise ConversionError(
            f"on_arrays takes a torch.nn.Module, not {type(module).__name__}.",
            hint="Write the model without on_arrays(…): only PyTorch's modules need it.",
        )
    return OnArrays(module)


def is_module(obj: object) -> bool:
    """Return whether ``obj`` is a ``torch.nn.Module``, without importing torch."""
    known = getattr(sys.modules.get("torch.nn"), "Module", None)
    return isinstance(known, type) and isinstance(obj, known)


def tensors(module: Any, inputs: Any) -> tuple[Any, ...]:
    """Return the inputs as tensors on the device of the module's parameters.

    Floats in arrays and lists are converted to the precision of the parameters. Tensors keep their
    type.
    """
    return tuple(_tensor(module, each) for each in inputs)


def _tensor(module: Any, given: Any) -> Any:
    import torch

    own = next((p for p in module.parameters() if p.is_floating_point()), None)
    if isinstance(given, torch.Tensor):
        tensor = given
    else:
        tensor = torch.as_tensor(given)
        if tensor.is_floating_point() and own is not None:
            tensor = tensor.to(own.dtype)
    return tensor if own is None else tensor.to(own.device)


def answer(module: Any, inputs: tuple[Any, ...]) -> Any:
    import torch

    with torch.no_grad():
        return module(*inputs)


def to_arrays(answer: Any) -> Any:
    """Convert tensors to arrays, including tensors inside a tuple, list or dictionary."""
    if isinstance(answer, dict):
        return {key: to_arrays(value) for key, value in answer.items()}
    if isinstance(answer, (tuple, list)):
        return tuple(to_arrays(value) for value in answer)
    return answer.detach().cpu().numpy()
