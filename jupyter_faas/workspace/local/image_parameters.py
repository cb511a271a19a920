"""Pictures as the notebook and its user hold them, made into what an action is sent."""

from __future__ import annotations

import base64
import mimetypes
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from jupyter_faas.errors import InputError
from jupyter_faas.images import FORMAT


@cache
def _shipped() -> ModuleType:
    from jupyter_faas.workspace.local.function import load_action_main

    found: ModuleType = load_action_main().faas_images
    return found


def png(image: Any) -> str:
    """A picture as a data URL that a result can hold: ``{"crop": faas.png(photo[10:90, 20:60])}``.

    ``image`` is an array, height × width, × 3 (RGB) or × 4 (RGBA): uint8, bool, or numbers from 0
    to 1 (floats) or to 255. Works in the notebook and in the action. Raises ValueError.
    """
    url: str = _shipped().png(image)
    return url


def is_image(schema: Any) -> bool:
    """Whether a parameter's schema is that of an image, or of one that may be missing."""
    if not isinstance(schema, Mapping):
        return False
    options = schema.get("anyOf")
    if isinstance(options, list):
        return any(map(is_image, options))
    return schema.get("format") == FORMAT


def file_url(path: Path, parameter: str) -> str:
    """The data URL of a file. InputError, naming the parameter, when it cannot be read."""
    try:
        data = path.expanduser().read_bytes()
    except OSError as error:
        raise InputError(
            f"{parameter} cannot be read from {path}: {error.strerror or type(error).__name__}.",
            hint=f"Paths are relative to {Path.cwd().name or Path.cwd()}, the current folder.",
        ) from error
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def as_sent(schema: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with the pictures of image parameters as data URLs.

    Pictures are arrays, Pillow's images, bytes of a file, and paths; what is none stays.
    """
    known = schema.get("properties", {})
    return {name: _sent(known.get(name), value, name) for name, value in params.items()}


def _sent(schema: Any, value: Any, name: str) -> Any:
    if not isinstance(schema, Mapping):
        return value
    if isinstance(value, list | tuple):
        options = (schema, *schema.get("anyOf", ()))
        items = next((option["items"] for option in options if "items" in option), None)
        return [_sent(items, item, f"{name}[{index}]") for index, item in enumerate(value)]
    if not is_image(schema):
        return value
    if isinstance(value, Path):
        return file_url(value, name)
    if isinstance(value, bytes | bytearray):
        return f"data:;base64,{base64.b64encode(value).decode()}"
    if _is_pillow(value):
        value = _array_of(value)
    if not _is_array(value):
        return value
    try:
        return png(value)
    except ValueError as error:
        raise InputError(f"{name} is no picture: {error}.") from error


def _is_array(value: Any) -> bool:
    numpy: Any = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def _is_pillow(value: Any) -> bool:
    pillow: Any = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(value, pillow.Image)


def _array_of(value: Any) -> Any:
    import numpy

    has_alpha = "A" in value.getbands() or "transparency" in value.info
    return numpy.asarray(value.convert("RGBA" if has_alpha else "RGB"))
