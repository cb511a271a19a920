"""Messages between the kernel and the helper process: the request, and the kinds of replies.

They are sent as pickles over a ``multiprocessing.connection.Connection``. Both ends are the same
interpreter of the same user on the same machine.
"""

from __future__ import annotations

from dataclasses import dataclass

# The first item of each reply. READY comes once; then each request is answered by any number of
# PROGRESS (a text) and one DONE (the result), REFUSED (a FaasError) or FAILED (another exception,
# as text). HelperProcess adds EXITED (the exit code) after the last message of a process.
READY, PROGRESS, DONE, REFUSED, FAILED = "ready", "progress", "done", "refused", "failed"
EXITED = "exited"

# Outputs of a request: the ONNX form, the estimator in the skops format, or only the sentence that
# says whether the latter would work.
ONNX, SKOPS, SKOPS_HINT = "onnx", "skops", "skops hint"


@dataclass(frozen=True)
class HelperRequest:
    """One conversion. ``model`` and ``sample`` are pickles; ``path`` is the kernel's ``sys.path``.

    ``output``: ONNX, SKOPS or SKOPS_HINT; ``trust``: types that the user vouches for.
    """

    name: str
    model: bytes
    sample: bytes
    path: tuple[str, ...]
    accept_parity: bool = False
    budget_s: float = 10.0
    output: str = ONNX
    trust: tuple[str, ...] = ()
