"""The ``jupyter faas`` program, which prints the verbs' results in a terminal.

It uses the table of verbs (commands/table.py) and nothing below it.
"""

from __future__ import annotations

from jupyter_faas.cli.app import main

__all__ = ["main"]
