"""``python -m jupyter_faas.playground --data-dir DIR``"""

from __future__ import annotations

import sys

from jupyter_faas.playground.server import main

sys.exit(main(sys.argv[1:]))
