"""The names of ``jupyter_faas`` that a function's source may use in an action.

In the package it is ``jupyter_faas.py``, because the library itself is not installed there.
"""

from __future__ import annotations

from faas_images import png

__all__ = ["Image", "png"]


class Image:
    """The annotation of an image parameter. The function gets an array."""
