"""The names from ``jupyter_faas`` that a function's source may use in an action.

Packages contain this module as ``jupyter_faas.py``, because actions do not have the library.
"""

from __future__ import annotations

from faas_images import png

__all__ = ["Image", "png"]


class Image:
    """The annotation for an image parameter, which the function receives as an array."""
