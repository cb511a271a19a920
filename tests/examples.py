"""How many examples property-based tests try.

``JUPYTER_FAAS_FUZZ`` is a number: so many for each of them, and others every time. Without it they
are few, and the same every time.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_ASKED_FOR = int(os.environ.get("JUPYTER_FAAS_FUZZ", "0"))


def fuzz(examples: int) -> settings:
    """``examples`` where nothing else is asked for."""
    return settings(
        max_examples=_ASKED_FOR or examples,
        derandomize=not _ASKED_FOR,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink) if _ASKED_FOR else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
