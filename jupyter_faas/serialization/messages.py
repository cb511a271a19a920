"""What the kernel and its helper process say to each other."""

from __future__ import annotations

from dataclasses import dataclass

# The first word of each reply. READY comes once; then each request is answered by any number
# of PROGRESS (a text) and one DONE (an artifact), REFUSED (an error of ours) or FAILED (a
# foreign error, told as text). GONE (an exit code) is what is heard of a process that ended.
READY, PROGRESS, DONE, REFUSED, FAILED = "ready", "progress", "done", "refused", "failed"
GONE = "gone"


@dataclass(frozen=True)
class Request:
    """``model`` and ``sample`` are pickles; ``path`` is the kernel's ``sys.path``."""

    name: str
    model: bytes
    sample: bytes
    accept_parity: bool
    budget_s: float
    path: tuple[str, ...]
