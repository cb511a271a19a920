"""A class under another name than that of the module that defines it."""

from __future__ import annotations

from tests.serialization.skops.test_trust import Doubler

__all__ = ["Doubler"]
