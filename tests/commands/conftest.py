from __future__ import annotations

from tests.workspace.conftest import helper

__all__ = ["helper"]
