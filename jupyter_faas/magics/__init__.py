"""The magics ``%%function`` and ``%%composition``, which package a cell, and ``%faas``.

This package uses IPython, the kernel's comms and the widgets, and calls the workspace for
everything else.
"""

from __future__ import annotations

from jupyter_faas.magics.extension import load, loaded_in, unload

__all__ = ["load", "loaded_in", "unload"]
