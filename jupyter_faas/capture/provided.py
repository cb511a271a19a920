"""What a package gives of jupyter_faas itself: the few names that work in an action too."""

from __future__ import annotations

import sys

from jupyter_faas.capture.imports import ImportLines

MODULE = "jupyter_faas"
NAMES = ("Image", "png")


def import_of_provided(name: str, value: object) -> ImportLines | None:
    """``from jupyter_faas import Image as name``; None when ``value`` is none of those names."""
    if not str(getattr(value, "__module__", "")).startswith(f"{MODULE}."):
        return None
    for provided in NAMES:
        if getattr(sys.modules[MODULE], provided) is value:
            tail = "" if provided == name else f" as {name}"
            return ImportLines((f"from {MODULE} import {provided}{tail}",), (MODULE,))
    return None
