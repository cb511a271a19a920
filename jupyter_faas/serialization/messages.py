"""What the kernel and its helper process say to each other."""

from __future__ import annotations

from dataclasses import dataclass

# The first word of each reply. READY comes once; then each request is answered by any number
# of PROGRESS (a text) and one DONE (what was wanted), REFUSED (an error of ours) or FAILED (a
# foreign error, told as text). GONE (an exit code) is what is heard of a process that ended.
READY, PROGRESS, DONE, REFUSED, FAILED = "ready", "progress", "done", "refused", "failed"
GONE = "gone"

# What is wanted of a model: its ONNX form, the estimator itself in the skops format, or only the
# sentence that tells whether the latter would do.
ONNX, SKOPS, WAY_OUT = "onnx", "skops", "way out"


@dataclass(frozen=True)
class Request:
    """``model`` and ``sample`` are pickles; ``path`` is the kernel's ``sys.path``.

    ``wanted``: ONNX, SKOPS or WAY_OUT; ``trust``: types that the user vouches for.
    """

    name: str
    model: bytes
    sample: bytes
    path: tuple[str, ...]
    accept_parity: bool = False
    budget_s: float = 10.0
    wanted: str = ONNX
    trust: tuple[str, ...] = ()
