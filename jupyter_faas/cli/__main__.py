"""Run the program with ``python -m jupyter_faas.cli``."""

from __future__ import annotations

import sys

from jupyter_faas.cli.app import main

sys.exit(main())
