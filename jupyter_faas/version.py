"""The version of this package, importable without its root, which knows every room."""

from __future__ import annotations

__version__ = "0.1.0"
