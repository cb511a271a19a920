"""A PyTorch module that takes arrays and gives arrays, in the notebook as in the action."""

from __future__ import annotations

import sys
from typing import Any

from jupyter_faas.errors import ConversionError


class OnArrays:
    """``net = on_arrays(module)``: ``net([[5.1, 3.5]])`` is an array, without gradients or dropout.

    Numbers with a fraction are given to the module in the precision of its parameters, and whole
    numbers as int64. The module answers as after ``eval()``; it is put back as it was.
    """

    def __init__(self, module: Any) -> None:
        self.module = module

    def __call__(self, *inputs: Any) -> Any:
        modes = {id(part): part.training for part in self.module.modules()}
        self.module.eval()
        try:
            return outside(answer(self.module, tensors(self.module, inputs)))
        finally:
            for part in self.module.modules():
                part.training = modes.get(id(part), part.training)

    def __repr__(self) -> str:
        return f"<{type(self.module).__name__} on arrays>"


def on_arrays(module: Any) -> OnArrays:
    """The module as a function of arrays (or lists) that gives arrays, for a cell without torch.

    Raises ConversionError for what is no ``torch.nn.Module``.
    """
    if not is_module(module):
        raise ConversionError(
            f"on_arrays takes a torch.nn.Module, not {type(module).__name__}.",
            hint="scikit-learn's models take arrays as they are.",
        )
    return OnArrays(module)


def is_module(obj: object) -> bool:
    """True for a ``torch.nn.Module``, without importing torch."""
    known = getattr(sys.modules.get("torch.nn"), "Module", None)
    return isinstance(known, type) and isinstance(obj, known)


def tensors(module: Any, inputs: Any) -> tuple[Any, ...]:
    """What the module is called with, on the device and in the precision of its parameters."""
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


def outside(answer: Any) -> Any:
    """Tensors, also in a tuple, list or dictionary, as arrays."""
    if isinstance(answer, dict):
        return {key: outside(value) for key, value in answer.items()}
    if isinstance(answer, (tuple, list)):
        return tuple(outside(value) for value in answer)
    return answer.detach().cpu().numpy()
