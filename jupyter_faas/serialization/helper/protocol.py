"""The messages between the kernel and the helper process: requests and the kinds of replies.

Messages are sent as pickles over a ``multiprocessing.connection.Connection``. Unpickling them is
safe, because both processes belong to the same user on the same machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_faas.serialization.helper.notebook_code import NotebookCode

# The first item of each reply is its kind. READY is sent once. For each request, the process then
# sends any number of PROGRESS messages (a string), and one of DONE (the result), REFUSED (a
# FaasError) and FAILED (a dictionary that describes another exception). HelperProcess adds EXITED
# (the exit code) after the last message of a process.
READY, PROGRESS, DONE, REFUSED, FAILED = "ready", "progress", "done", "refused", "failed"
EXITED = "exited"

# What a request asks for: ONNX if it is faithful and otherwise skops (AUTO), the ONNX form, the
# estimator in the skops format, or only a sentence that names the option for skops, which is empty
# if skops does not support the model.
AUTO, ONNX, SKOPS, SKOPS_HINT = "auto", "onnx", "skops", "skops hint"


@dataclass(frozen=True)
class HelperRequest:
    """The input of one conversion.

    ``model`` and ``sample`` are pickles. ``path`` is the kernel's ``sys.path``, and ``folder`` its
    working directory, or empty if that was removed. ``output`` is AUTO, ONNX, SKOPS or SKOPS_HINT.
    ``trust`` has the values of ``--trust``. ``attributes`` has the attributes of the model that the
    cell uses, and ``why`` is a reason for SKOPS that the card shows. ``code`` has the notebook's
    code that the model refers to. ``transform_output`` is what ``sklearn.set_config`` has chosen in
    the kernel. ``convert.ConversionRequest`` describes the other attributes.
    """

    name: str
    model: bytes
    sample: bytes
    path: tuple[str, ...]
    folder: str = ""
    accept_parity: bool = False
    budget_s: float = 10.0
    output: str = ONNX
    trust: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    why: str = ""
    code: NotebookCode | None = None
    transform_output: str = "default"
