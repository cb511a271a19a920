"""``jupyter faas``: renders the verbs in a terminal. Knows the verbs table and nothing below it."""

from __future__ import annotations

from jupyter_faas.cli.app import main

__all__ = ["main"]
