"""Standard output and error: closed, full, or with an encoding that lacks characters.

Text from actions is part of the output, so control characters are escaped. Otherwise an action's
log could change the terminal's title, hide lines, or type into it.
"""

from __future__ import annotations

import os
import re
import sys
from io import TextIOWrapper

from jupyter_faas.errors import FaasError

# All control characters except tab and newline. The second group begins sequences in terminals
# that support 8-bit control characters.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")


class OutputError(FaasError):
    """Raised when stdout is closed or cannot be written."""

    code = "output_error"


def prepare_streams() -> None:
    """Make stdout and stderr accept every character, and open closed descriptors.

    The next file that is opened would get the descriptor of a closed stdout, and output of
    libraries and child processes would be written to that file.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - it stays open until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write_output(text: str) -> None:
    """Write text to stdout and flush it, because a reader of a pipe waits for it.

    Raises OutputError, and BrokenPipeError if the reader has closed the pipe.
    """
    if sys.stdout is None:
        raise OutputError("The output cannot be written: stdout is closed.")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"The output cannot be written: {error.strerror}.") from error


def discard_output() -> None:
    """Discard what is buffered, which Python would otherwise write again at exit, and fail."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def without_control(text: str) -> str:
    r"""Return text with control characters as escapes that are also valid in JSON: ``\u001b``."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
