"""Which models of a function travel in its package, and which go to a model store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jupyter_faas.errors import ConversionError
from jupyter_faas.workspace.modelsetting import MB
from jupyter_faas.workspace.sizes import sent_bytes

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle
    from jupyter_faas.serialization import ModelArtifact

# Protocol buffers, in which ONNX is written, end here.
MAX_ONNX_BYTES = 2**31 - 1


def check_size(name: str, size: int) -> None:
    """Raises ConversionError for what no ONNX file can hold."""
    if size > MAX_ONNX_BYTES:
        raise ConversionError(
            f"The model {name!r} is {size / 1024**3:.1f} GB as ONNX, and a model in one ONNX file "
            "ends at 2 GB.",
            hint="Make it smaller: fewer or shallower trees, fewer components, or float32 weights.",
        )


def pack_within(
    models: list[ModelArtifact],
    *,
    threshold: int | None,
    most: int,
    packed: Callable[[frozenset[str]], Bundle],
) -> tuple[Bundle, frozenset[str]]:
    """The bundle, and the names of the models that are to lie in a store.

    Those are the ones over ``threshold`` bytes (None: there is no store), and then the largest
    until what is sent is within ``most`` bytes, if that helps at all.
    """
    for model in models:
        check_size(model.name, len(model.onnx))
    stored = frozenset(
        model.name for model in models if threshold is not None and len(model.data) > threshold
    )
    first = bundle, chosen = packed(stored), stored
    while sent_bytes(len(bundle.data)) > most:
        inside = [model for model in models if model.name not in chosen]
        if not inside:
            # What is too large is something else.
            return first
        chosen |= {max(inside, key=lambda model: len(model.data)).name}
        bundle = packed(chosen)
    return bundle, chosen


def memory_for(size: int) -> int:
    """MB that an action needs to load a model of ``size`` bytes, in steps of 128.

    onnxruntime holds it twice while it reads a file (measured), beside 100 MB of its own.
    """
    needed = 100 + 2 * size / MB
    return int(-(-needed // 128) * 128)
