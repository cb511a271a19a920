"""Messages over pipes: a length of eight bytes, then a pickle.

Pickles never leave this machine here: both ends are the same interpreter of the same user.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import IO, Any

_LENGTH = struct.Struct(">Q")


def write_message(stream: IO[bytes], message: Any) -> None:
    """Write one message and flush. Raises OSError when the other end is gone."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def read_message(stream: IO[bytes]) -> Any:
    """The next message. Raises EOFError when the other end closed, also amid a message."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return pickle.loads(_exactly(stream, length))  # noqa: S301 - see the module's docstring


def _exactly(stream: IO[bytes], count: int) -> bytes:
    parts = []
    while count:
        part = stream.read(count)
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


# -- What the kernel and its helper process say to each other.


# The first word of each reply. READY comes once; then each request is answered by any number
# of PROGRESS (a text) and one DONE (what was wanted), REFUSED (an error of ours) or FAILED (a
# foreign error, told as text). GONE (an exit code) is what is heard of a process that ended.
READY, PROGRESS, DONE, REFUSED, FAILED = "ready", "progress", "done", "refused", "failed"
EXITED = "gone"

# What is wanted of a model: its ONNX form, the estimator itself in the skops format, or only the
# sentence that tells whether the latter would do.
ONNX, SKOPS, SKOPS_HINT = "onnx", "skops", "way out"


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
