"""The magics of a notebook: ``%%function`` packages a cell, ``%faas`` holds the verbs.

Knows IPython and the kernel's comms, shows with the widgets, and does everything else through
the workspace.
"""

from __future__ import annotations

from jupyter_faas.magics.extension import load, unload

__all__ = ["load", "unload"]
