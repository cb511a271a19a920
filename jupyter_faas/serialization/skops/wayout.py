"""Tells of the estimator itself as the way out, where it is one: it is tried, not guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.skops.archive import dumped
from jupyter_faas.serialization.skops.conversion import (
    INSTALL,
    EstimatorOrder,
    convert_estimator,
    is_installed,
)
from jupyter_faas.serialization.skops.trust import options, types_of

OPTION = "--model-format skops"


def way_out(order: EstimatorOrder, *, clock: Callable[[], float]) -> str:
    """A sentence that names the options with which ``order`` would pass; empty when none would.

    ``order.trust`` does not count: what has to be listed is part of the answer.
    """
    if not is_installed():
        return f"The estimator itself may be able to travel: {INSTALL}, then {OPTION}"
    try:
        foreign = types_of(dumped(order.model), ()).foreign
        convert_estimator(replace(order, trust=foreign), progress=_nobody, clock=clock)
    except ConversionError:
        return ""
    except Exception:  # the seam to skops: it cannot hold this model
        return ""
    trust = f" {options(foreign)}" if foreign else ""
    return f"Or let the estimator itself travel: {OPTION}{trust}"


def _nobody(_: str) -> None:
    """Nobody asked for it, so nobody hears of its progress."""
