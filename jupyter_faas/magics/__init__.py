"""The magics: ``%%function`` and ``%%composition`` package a cell, ``%faas`` runs the verbs.

This package uses IPython, the kernel's comms and the widgets. Everything else goes through the
workspace.
"""

from __future__ import annotations

from jupyter_faas.magics.extension import load, loaded_in, unload

__all__ = ["load", "loaded_in", "unload"]
