"""Packages to test with."""

from __future__ import annotations

from typing import Any

from jupyter_faas.bundle import Bundle, FunctionFiles, Manifest, lay_out, pack

CELL = "%%function iris\ndef iris(x: float):\n    return {'y': x}"


def manifest(**changes: Any) -> Manifest:
    given: dict[str, Any] = {
        "name": "iris",
        "handler": "iris",
        "signature": "iris(x: float)",
        "schema": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]},
        "doc": "Name the species.",
        "parameter_style": "named",
        "source_sha256": "a" * 64,
        "kind": "python:3.11",
        "limits": {"memory_mb": 256, "timeout_ms": 60000},
        "python": "3.11.7",
        "requirements": ({"name": "numpy", "version": "2.4.6"},),
        "captured": ({"name": "n", "kind": "constant", "why": "used by iris, line 3", "size": 1},),
    }
    return Manifest(**{**given, **changes})


def bundle(**changes: Any) -> Bundle:
    return pack(lay_out(FunctionFiles(CELL, "n = 1\n")), manifest(**changes))
