"""Run the playground: ``python -m jupyter_faas.playground --data-dir DIR``."""

from __future__ import annotations

import gc
import sys


def run() -> int:
    """Run the playground; return its exit code."""
    # Imported modules are never garbage. Collecting garbage during the imports would take a tenth
    # of the import time. ``freeze`` below excludes the imported objects from later collections.
    gc.disable()
    from jupyter_faas.playground.server import main

    gc.freeze()
    # Each request keeps some objects until its record is in the database. With the default
    # threshold of 700, these objects would cause frequent collections that find no garbage.
    gc.set_threshold(20_000)
    gc.enable()
    return main(sys.argv[1:])


sys.exit(run())
