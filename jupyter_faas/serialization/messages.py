"""What the kernel and its helper process say to each other."""

from __future__ import annotations

from dataclasses import dataclass

# The first word of each reply. READY comes once; then each request is answered by any number
# of PROGRESS (a text) and one DONE (an artifact), REFUSED (an error of ours) or FAILED (a
# foreign error, told as text). GONE (an exit code) is what is heard of a process that ended.
READY, PROGRESS, DONE, REFUSED, FAILED = "ready", "progress", "done", "refused", "failed"
GONE = "gone"

# How a model may travel: as ONNX, or the estimator itself, in the skops format.
ONNX, SKOPS = "onnx", "skops"


@dataclass(frozen=True)
class Request:
    """``model`` and ``sample`` are pickles; ``path`` is the kernel's ``sys.path``.

    ``model_format``: one of ``MODEL_FORMATS``; ``trust``: types that the user vouches for.
    """

    name: str
    model: bytes
    sample: bytes
    accept_parity: bool
    budget_s: float
    path: tuple[str, ...]
    model_format: str = ONNX
    trust: tuple[str, ...] = ()
