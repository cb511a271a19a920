"""Garbage collections that skip the objects of the notebook or the server.

A module of its own, because the root package uses it before it imports the magics.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def skip_old_objects() -> Iterator[None]:
    """Let garbage collections inside the ``with`` block skip the objects that exist before it.

    A notebook that has imported scikit-learn has a million objects, and a Jupyter server has
    200,000. A collection of them takes 0.1 s, and imports and packaging create enough objects to
    cause one. Garbage of the block is still collected, and older garbage is collected after the
    block.
    """
    # The notebook may have frozen objects itself. They must stay frozen.
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
