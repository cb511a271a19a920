"""Magics: ``%%function`` and ``%%composition`` package a cell, ``%faas`` has the verbs.

Knows IPython and the kernel's comms, shows with the widgets, and does everything else through
the workspace.
"""

from __future__ import annotations

from jupyter_faas.magics.extension import load, loaded_in, unload

__all__ = ["load", "loaded_in", "unload"]
