"""``python -m jupyter_faas.playground --data-dir DIR``"""

from __future__ import annotations

import gc
import sys


def run() -> int:
    """Run the playground; return its exit code."""
    # What is imported is never garbage: collections during the imports would take a tenth of their
    # time, and later ones would look at all of it again.
    gc.disable()
    from jupyter_faas.playground.server import main

    gc.freeze()
    # A request keeps some objects until its record is in the database; they are not garbage.
    gc.set_threshold(20_000)
    gc.enable()
    return main(sys.argv[1:])


sys.exit(run())
