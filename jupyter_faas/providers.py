"""Functions that a lower layer calls and that a higher layer registers at import.

A layer may import only the layers below it, which import-linter checks, so a lower layer cannot
import these functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Provider:
    """A function that is registered later.

    ``jupyter_faas/__init__.py`` registers it before any sub-package is used.
    """

    def __init__(self, purpose: str) -> None:
        self._purpose = purpose
        self._function: Callable[..., Any] | None = None

    def register(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any) -> Any:
        """Call the registered function. Raises RuntimeError when none was registered."""
        if self._function is None:
            raise RuntimeError(f"No registered function can {self._purpose}.")
        return self._function(*arguments)


# This provider takes a NamedComposition and returns its Verbs (composer/named_composition.py).
composition_verbs = Provider("deploy and run a named composition")
