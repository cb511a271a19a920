"""Messages between the kernel and the helper process: the request, and the kinds of replies.

They are sent as pickles over a ``multiprocessing.connection.Connection``. This is safe, because
both ends are processes of the same user, interpreter and machine.
"""

from __future__ import annotations

from dataclasses import dataclass

# The first item of each reply. READY is sent once. Each request then causes any number of PROGRESS
# messages (a text), and one DONE (the result), REFUSED (a FaasError) or FAILED (another exception,
# as text). HelperProcess adds EXITED (the exit code) after the last message of a process.
READY, PROGRESS, DONE, REFUSED, FAILED = "ready", "progress", "done", "refused", "failed"
EXITED = "exited"

# The outputs of a request: the ONNX form, the estimator in the skops format, or only a sentence
# with the options for skops, if that would work.
ONNX, SKOPS, SKOPS_HINT = "onnx", "skops", "skops hint"


@dataclass(frozen=True)
class HelperRequest:
    """The input of one conversion.

    ``model`` and ``sample`` are pickles; ``path`` is the kernel's ``sys.path``. ``output``: ONNX,
    SKOPS or SKOPS_HINT. ``trust``: the types that the user listed with ``--trust``. The rest is as
    in ``convert.ConversionRequest``.
    """

    name: str
    model: bytes
    sample: bytes
    path: tuple[str, ...]
    accept_parity: bool = False
    budget_s: float = 10.0
    output: str = ONNX
    trust: tuple[str, ...] = ()
