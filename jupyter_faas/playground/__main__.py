"""``python -m jupyter_faas.playground --data-dir DIR``"""

from __future__ import annotations

import gc
import sys


def run() -> int:
    # All that is loaded stays: to look for garbage in it takes a tenth of the time that loading
    # takes, and would take its part of every later collection.
    gc.disable()
    from jupyter_faas.playground.server import main

    gc.freeze()
    # A request leaves some objects until its record is in the database; they are no garbage.
    gc.set_threshold(20_000)
    gc.enable()
    return main(sys.argv[1:])


sys.exit(run())
