"""Functions that a room needs from a floor above it: registered from above, called from below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Provider:
    """One such function. The package's root registers it, so importing any room is enough."""

    def __init__(self, purpose: str) -> None:
        self._purpose = purpose
        self._function: Callable[..., Any] | None = None

    def register(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any) -> Any:
        """Call the registered function. Raises RuntimeError when none was registered."""
        if self._function is None:
            raise RuntimeError(f"Nothing is registered that can {self._purpose}.")
        return self._function(*arguments)


# Takes a NamedComposition, returns its Verbs (jupyter_faas/composer/named_composition.py).
composition_verbs = Provider("deploy and run a named composition")
