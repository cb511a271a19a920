"""Run the playground: ``python -m jupyter_faas.playground --data-dir DIR``."""

from __future__ import annotations

import gc
import sys


def run() -> int:
    """Run the playground; return its exit code."""
    # Imported modules are never garbage. Collections during the imports would take a tenth of their
    # time, and without the ``freeze`` below, later ones would examine all these objects again.
    gc.disable()
    from jupyter_faas.playground.server import main

    gc.freeze()
    # Each request keeps some objects until its record is in the database. With the default
    # threshold of 700, they would cause frequent collections that find no garbage.
    gc.set_threshold(20_000)
    gc.enable()
    return main(sys.argv[1:])


sys.exit(run())
