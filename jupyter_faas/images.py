"""The annotation of a parameter that is an image: ``def body_crop(photo: faas.Image)``.

This module imports nothing at run time, so that ``import jupyter_faas`` stays fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy
    from numpy.typing import NDArray

    Image: TypeAlias = NDArray[numpy.uint8]
else:
    # Type checkers see the array that the function works with. At run time the name must exist
    # without an import of numpy.
    class Image:
        """An image: the function receives a numpy array, height × width × 3, uint8, RGB.

        The caller sends a data URL, base64, an http(s) URL, or ``{"uri": …, "headers": {…}}``.
        """


# The value of ``format`` in the JSON schema of an image parameter. shipped/action/images.py reads
# it.
FORMAT = "image"
DESCRIPTION = (
    'An image: an http(s) URL, a data URL, base64, or {"uri": …, "headers": {…}}. '
    "The function receives an RGB array of height × width × 3 bytes."
)
