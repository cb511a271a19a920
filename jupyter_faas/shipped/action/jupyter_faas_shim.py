"""``import jupyter_faas`` in an action: the names that a function's source may use there.

In the package it is ``jupyter_faas.py``, because the library itself is not installed there.
"""

from __future__ import annotations

from faas_images import png

__all__ = ["Image", "png"]


class Image:
    """The annotation of an image parameter; the function is called with an array."""
