"""The ``jupyter faas`` program, which prints the verbs' results in a terminal.

The program calls the table of verbs (commands/table.py), not the layers below.
"""

from __future__ import annotations

from jupyter_faas.cli.app import main

__all__ = ["main"]
