"""Convert image parameters (URL, data URL or base64) to arrays, and arrays to PNG data URLs.

Packages contain this module as ``faas_images.py`` if the function takes or returns images. It
supports Python 3.9 and later. Pillow and numpy are imported when they are first needed.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
import re

from faas_image_download import MAX_BYTES, DownloadFailed, download
from faas_parameters import ParametersRejected, is_of_host, join, show

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    from collections.abc import Mapping
    from typing import Any

# An image with 25 million pixels takes 240 MB while it is being decoded, and 75 MB as an array.
MAX_PIXELS = 25_000_000

# Only these formats are allowed, because some of Pillow's decoders start other programs. Pillow's
# preinit() loads the plugins of the usual formats. The other plugins are imported if none of the
# usual formats matches.
_USUAL = ("PNG", "JPEG", "GIF", "BMP", "PPM")
_OTHERS = {"WEBP": "WebPImagePlugin", "TIFF": "TiffImagePlugin", "AVIF": "AvifImagePlugin"}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")


def read_images(schema: Mapping[str, Any], value: Any, path: str, *, public_only: bool) -> Any:
    """Return ``value`` with each image, as declared in ``schema``, replaced with an array.

    ``path``: the parameter's name for messages. If a parameter is missing and its default is a
    reference to an image, the default is read. ``public_only``: see ``download``. Raises
    ParametersRejected, which names the parameter, if an image cannot be read.
    """
    if value is None or not _has_image(schema):
        return value
    if schema.get("format") == "image":
        return _read(value, path, public_only)
    if "anyOf" in schema:
        # bind has checked that the value fits one of the options. The value is not None, so the
        # option is the image.
        option = next(one for one in schema["anyOf"] if _has_image(one))
        return read_images(option, value, path, public_only=public_only)
    if isinstance(value, list):
        items = schema.get("items", {})
        return [
            read_images(items, item, f"{path}[{index}]", public_only=public_only)
            for index, item in enumerate(value)
        ]
    if not isinstance(value, dict):
        return value
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    read = dict(value)
    for name, wanted in known.items():
        if name not in read and isinstance(wanted.get("default"), (str, dict)):
            read[name] = wanted["default"]
    for name, item in read.items():
        # The keys that a host adds to web requests are not parameters.
        wanted = known.get(name, {} if is_of_host(name, item) else others)
        if isinstance(wanted, dict) and _has_image(wanted):
            at = join(path, name) if path else name
            read[name] = read_images(wanted, item, at, public_only=public_only)
    return read


def _has_image(schema: Any) -> bool:
    if not isinstance(schema, dict):
        return False
    inner = [
        *schema.get("anyOf", ()),
        *schema.get("properties", {}).values(),
        schema.get("items"),
        schema.get("additionalProperties"),
    ]
    return schema.get("format") == "image" or any(map(_has_image, inner))


def _read(value: Any, path: str, public_only: bool) -> Any:
    try:
        return decode(_bytes_of(value, path, public_only), path)
    except DownloadFailed as error:
        raise ParametersRejected(f"{path} {error}") from None


def _bytes_of(value: Any, path: str, public_only: bool) -> bytes:
    headers: dict[str, str] = {}
    if isinstance(value, dict):
        value, headers = _reference(value, path)
    if not isinstance(value, str):
        raise ParametersRejected(f"{path} must be an image, not {show(value)}")
    text = value.strip()
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _from_base64(text, path, is_bare=True)
    kind = scheme[1].lower()
    if kind == "data":
        return _from_data_url(text, path)
    if kind in ("http", "https"):
        data: bytes = download(text, headers, public_only=public_only)
        return data
    raise ParametersRejected(f"{path} is a {kind}: URL, but only http, https and data are allowed")


def _reference(value: dict[str, Any], path: str) -> tuple[Any, dict[str, str]]:
    unknown = [name for name in value if name not in ("uri", "headers")]
    if unknown:
        # Unknown keys are rejected. If a misspelled "headers" were ignored, the request would be
        # sent without its credentials.
        raise ParametersRejected(
            f"{path} can contain only uri and headers, not {', '.join(map(str, unknown))}"
        )
    if "uri" not in value:
        raise ParametersRejected(f"{join(path, 'uri')} is missing")
    headers = {} if value.get("headers") is None else value["headers"]
    if not isinstance(headers, dict):
        raise ParametersRejected(f"{join(path, 'headers')} must be a dictionary of strings")
    for name, text in headers.items():
        # The messages do not show the header's value, because it may be a secret.
        if not _HEADER_NAME.fullmatch(name) or not isinstance(text, str):
            raise ParametersRejected(
                f"{join(path, 'headers')} must contain valid header names, with strings as values"
            )
        if not _HEADER_VALUE.fullmatch(text):
            raise ParametersRejected(
                f"{join(join(path, 'headers'), name)} contains characters that are not allowed in "
                "HTTP headers"
            )
    return value["uri"], headers


def _from_data_url(text: str, path: str) -> bytes:
    head, comma, data = text.partition(",")
    if not comma:
        raise ParametersRejected(f"{path} is a data URL without a comma")
    if head.lower().endswith(";base64"):
        return _from_base64(data, path)
    import urllib.parse

    return urllib.parse.unquote_to_bytes(data)


def _from_base64(text: str, path: str, is_bare: bool = False) -> bytes:
    # base64 takes 4/3 of the size of the data. The factor 3/2 allows for line breaks.
    if len(text) > MAX_BYTES * 3 // 2:
        raise ParametersRejected(f"{path} is larger than {MAX_BYTES // 1_000_000} MB")
    text = "".join(text.split())
    try:
        # The URL-safe alphabet and missing padding are accepted too.
        plain = text.rstrip("=").replace("-", "+").replace("_", "/")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        if not is_bare:
            raise ParametersRejected(f"{path} is a data URL with invalid base64") from None
    raise ParametersRejected(
        f"{path} is not an image: {show(text)} is neither a URL nor base64 (to send a file, write "
        f"{path}=@FILE)"
    )


def decode(data: bytes, path: str) -> Any:
    """Decode an image to a uint8 RGB array with the shape height × width × 3.

    The image is rotated according to its EXIF data. Transparent areas become white, grayscale
    images become RGB, and values with 16 bits are reduced to their upper 8 bits. Only the first
    frame of an animation is used. Color profiles are not applied. Raises ParametersRejected if the
    data is not a supported image or has too many pixels.
    """
    pil, numpy = _pillow()
    if not data:
        raise ParametersRejected(f"{path} is empty")
    try:
        # open() reads only the header, so the size can be checked before the pixels are decoded.
        image = _open(pil, data)
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise _too_many(path, f"{width} × {height}")
        image = _rgb(pil, numpy, image, path)
        pixels = numpy.asarray(image)
        # Deleting the image frees memory before the copy, which is needed because ``pixels`` is
        # read-only.
        del image
        return pixels.copy()
    except ParametersRejected:
        raise
    except (pil.DecompressionBombError, pil.DecompressionBombWarning):
        raise ParametersRejected(
            f"{path} has too many pixels: the maximum is {MAX_PIXELS // 1_000_000} million"
        ) from None
    except pil.UnidentifiedImageError:
        raise ParametersRejected(
            f"{path} is not a supported image: use {', '.join((*_USUAL, *_OTHERS))}"
        ) from None
    except MemoryError:
        raise
    except Exception as error:
        # Pillow's decoders raise exceptions of many classes for damaged files.
        raise ParametersRejected(f"{path} is a damaged image: {error}") from None


def _open(pil: Any, data: bytes) -> Any:
    import importlib

    pil.preinit()
    try:
        return pil.open(io.BytesIO(data), formats=_USUAL)
    except pil.UnidentifiedImageError:
        for plugin in _OTHERS.values():
            with contextlib.suppress(ImportError):
                importlib.import_module(f"PIL.{plugin}")
        known = [name for name in _OTHERS if name in pil.OPEN]
        return pil.open(io.BytesIO(data), formats=known)


def _too_many(path: str, pixels: str) -> ParametersRejected:
    return ParametersRejected(
        f"{path} has {pixels} pixels, but the maximum is {MAX_PIXELS // 1_000_000} million"
    )


def _pillow() -> tuple[Any, Any]:
    try:
        import numpy
        from PIL import Image
    except ImportError as error:
        raise RuntimeError(
            f"images need Pillow and numpy, but this Python does not have {error.name}"
        ) from None
    return Image, numpy


def _rgb(pil: Any, numpy: Any, image: Any, path: str) -> Any:
    from PIL import ImageOps

    # Some versions of Pillow open a 16-bit PNG in mode "I". Its range of values is known.
    if image.mode == "F" or (image.mode == "I" and image.format != "PNG"):
        raise ParametersRejected(
            f"{path} has 32 bits per pixel, which is not supported: send it with 8 or 16 bits"
        )
    # The pixels are loaded before the next block, which would suppress the error for a damaged
    # file.
    image.load()
    with contextlib.suppress(Exception):  # invalid EXIF data is ignored
        ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I"):
        return pil.fromarray((numpy.asarray(image) >> 8).astype(numpy.uint8)).convert("RGB")
    if "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info:
        white = pil.new("RGBA", image.size, (255, 255, 255, 255))
        image = pil.alpha_composite(white, image.convert("RGBA"))
    return image if image.mode == "RGB" else image.convert("RGB")


def png(image: Any) -> str:
    """Return an image as a data URL, for a result such as ``{"crop": png(photo[10:90, 20:60])}``.

    ``image`` is an array with the shape height × width, optionally with a third dimension of 1, 3
    (RGB) or 4 (RGBA). Its values are booleans, integers from 0 to 255, or floats from 0 to 1.
    Raises ValueError for other shapes, types and values.
    """
    pil, numpy = _pillow()
    array = numpy.asarray(image)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        shape = " × ".join(map(str, array.shape)) or "one number"
        raise ValueError(
            f"png needs an array of height × width, optionally × 3 or × 4, not {shape}"
        )
    if 0 in array.shape:
        raise ValueError("png cannot write an empty image")
    if array.dtype.kind not in "buif":
        raise ValueError(f"png needs an array of numbers, not {array.dtype}")
    if array.dtype != numpy.uint8:
        scale = 1 if array.dtype.kind in "ui" else 255
        # The condition is negated because every comparison with NaN is False, so NaN is rejected.
        if not (array.min() >= 0 and array.max() * scale <= 255):
            raise ValueError(f"png needs {array.dtype} values from 0 to {255 // scale}")
        array = (array * float(scale)).round().astype(numpy.uint8)
    stream = io.BytesIO()
    pil.fromarray(numpy.ascontiguousarray(array)).save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
