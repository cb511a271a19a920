"""Prints the reference of the verbs: ``python -m tools.reference > docs/reference.md``."""

from __future__ import annotations

import sys

from tools.reference.verbs import reference

sys.stdout.write(reference())
