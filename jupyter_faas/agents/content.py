"""Results of functions as content of the Model Context Protocol.

An image (a data URL anywhere in the result) becomes image content, and its place in the text says
which one. A large result is cut in the text, and a resource link leads to the whole.
"""

from __future__ import annotations

import json
import re
from typing import Any

import mcp_types as types

# How much text of a result an agent sees at once, in characters. The rest would fill its context.
MOST_TEXT = 20_000
_SHOWN = 4_000
_IMAGE = re.compile(r"data:(image/[\w.+-]+);base64,([A-Za-z0-9+/=\s]+)")
_SCHEME = "faas-result"


def result_uri(activation_id: str) -> str:
    """Return the URI under which a client can read the whole result of a run."""
    return f"{_SCHEME}:{activation_id}"


def activation_of(uri: str) -> str | None:
    """Return the activation id of ``result_uri``, or None for another URI."""
    scheme, _, activation_id = uri.partition(":")
    return activation_id if scheme == _SCHEME else None


def content_of(result: Any, activation_id: str) -> tuple[list[types.ContentBlock], Any]:
    """Return the content blocks of a result, and the result without its images."""
    images: list[types.ContentBlock] = []
    plain = _without_images(result, images)
    text = json.dumps(plain, ensure_ascii=False)
    blocks: list[types.ContentBlock] = []
    if len(text) <= MOST_TEXT:
        blocks.append(types.TextContent(text=text))
    else:
        link = types.ResourceLink(
            name=f"result of {activation_id}",
            uri=result_uri(activation_id),
            mime_type="application/json",
            size=len(text.encode()),
            description="The complete result as JSON.",
        )
        cut = f"{text[:_SHOWN]} … (the first {_SHOWN:,} of {len(text):,} characters)"
        blocks += [types.TextContent(text=cut), link]
    return [*blocks, *images], plain


def _without_images(value: Any, images: list[types.ContentBlock]) -> Any:
    if isinstance(value, dict):
        return {key: _without_images(each, images) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_images(each, images) for each in value]
    found = _IMAGE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    images.append(types.ImageContent(data=found[2], mime_type=found[1]))
    return f"(image {len(images)}, {found[1]})"
