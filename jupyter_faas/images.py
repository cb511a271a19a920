"""The annotation of a parameter that is an image: ``def body_crop(photo: faas.Image)``.

Imports nothing, so that ``import jupyter_faas`` stays cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy
    from numpy.typing import NDArray

    Image: TypeAlias = NDArray[numpy.uint8]
else:

    class Image:
        """An image: the function gets a numpy array, height × width × 3, uint8, RGB.

        The caller sends a data URL, base64, an http(s) URL, or ``{"uri": …, "headers": {…}}``.
        """


# How the JSON schema marks such a parameter; shipped/action/images.py reads it.
FORMAT = "image"
DESCRIPTION = (
    'An image: an http(s) URL, a data URL, base64, or {"uri": …, "headers": {…}}. '
    "The function gets it as height × width × 3 bytes, RGB."
)
