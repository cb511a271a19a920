"""Normalization of the path of a request, as OpenWhisk's HTTP library does it (contract §1)."""

from __future__ import annotations

from urllib.parse import unquote

from starlette.types import Scope

# The namespace is the segment after these. In it, an encoded slash is decoded, because Adobe's CLI
# sends ``namespace%2Fpackage``.
_BEFORE_NAMESPACE = 4
# Names must not contain this character, so a segment with it is refused as an illegal name.
_ILLEGAL = "\0"


def is_normal(raw_path: bytes) -> bool:
    """Return whether a path has neither dots to resolve nor slashes to keep encoded.

    Almost every path is normal, so this check is all that most requests cost. It may be false for
    other paths with a segment that begins with a dot, or with an encoded character.
    """
    return b"/." not in raw_path and b"%2" not in raw_path


def normalize_path(scope: Scope) -> None:
    """Resolve ``.`` and ``..`` segments of the path, and keep encoded slashes in their segments.

    Changes ``path`` and ``raw_path`` in ``scope``. Paths without such segments are not changed.
    """
    raw: bytes = scope["raw_path"]
    if is_normal(raw):
        return
    segments: list[str] = []
    for segment in raw.decode("latin-1").split("/"):
        dots = segment.replace("%2E", ".").replace("%2e", ".")
        if dots == "..":
            # The first segment is empty, because the path begins with a slash.
            del segments[max(1, len(segments) - 1) :]
        elif dots != ".":
            segments.append(segment)
    scope["raw_path"] = "/".join(segments).encode("latin-1")
    scope["path"] = "/".join(
        unquote(each).replace("/", _ILLEGAL) if place > _BEFORE_NAMESPACE else unquote(each)
        for place, each in enumerate(segments)
    )
