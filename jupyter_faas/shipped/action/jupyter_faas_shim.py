"""``import jupyter_faas`` in an action: the names that a function's source may use there.

Lies in the package as ``jupyter_faas.py``, for an action does without the package of that name.
"""

from __future__ import annotations

from faas_images import png

__all__ = ["Image", "png"]


class Image:
    """The annotation of a parameter that is a picture; the function gets an array."""
