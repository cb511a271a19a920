"""Models that leave a notebook as they are: the estimator itself, in the skops format."""

from __future__ import annotations

from jupyter_faas.serialization.skops.conversion import SkopsRequest, convert_to_skops, skops_hint

__all__ = ["SkopsRequest", "convert_to_skops", "skops_hint"]
