"""Names that a notebook does not define (yet), in errors of the user's code."""

from __future__ import annotations

from collections.abc import Mapping

DEFINE_IT = "Define it, or run the cell that defines it. Then run this cell again."


def undefined_name(error: BaseException, namespace: Mapping[str, object]) -> str | None:
    """Return the name that the notebook lacks and that caused ``error``, or None.

    ``namespace`` has the notebook's variables. A library's own NameError is a bug of the library.
    """
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if not isinstance(error, NameError) or frame is None:
        return None
    # A local variable without a value raises a subclass of NameError or has another message.
    missing = str(error) == f"name {error.name!r} is not defined"
    return error.name if missing and frame.tb_frame.f_globals is namespace else None
