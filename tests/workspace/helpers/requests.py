"""Requests to package a cell, with the fields of their options written beside the others."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from jupyter_faas.workspace import (
    CompositionOptions,
    CompositionRequest,
    FunctionOptions,
    PackageRequest,
)
from jupyter_faas.workspace.options import Options


def function_request(cell_text: str, name: str, **words: Any) -> PackageRequest:
    """``function_request(CELL, "iris", sample=X, memory_mb=512)``."""
    options = _take(FunctionOptions, name, words)
    return PackageRequest(cell_text, options, **words)


def composition_request(cell_text: str, name: str, **words: Any) -> CompositionRequest:
    """``composition_request(CELL, "flow", root=folder, memory_mb=512)``."""
    options = _take(CompositionOptions, name, words)
    return CompositionRequest(cell_text, options, **words)


def _take(kind: type[Options], name: str, words: dict[str, Any]) -> Options:
    taken = {one.name: words.pop(one.name) for one in fields(kind) if one.name in words}
    return kind(name, **taken)
