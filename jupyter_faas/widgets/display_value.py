"""``DisplayValue``: a magic's result, shown once in its own cell and again as a later value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class DisplayValue(ABC):
    """Base of what is shown in a cell and can be kept in a variable."""

    _shown_in: int | None = None

    @abstractmethod
    def show(self) -> None:
        """Show it in the running cell."""

    def show_now(self) -> None:
        """Show it; as the value of the running cell it is not shown again."""
        self.show()
        self.mark_shown()

    def mark_shown(self) -> None:
        """Do not show it as the value of the running cell: it is on the screen already."""
        self._shown_in = _execution()

    def _ipython_display_(self) -> None:
        if self._shown_in is None or self._shown_in != _execution():
            self.show()


def publish(bundle: dict[str, Any]) -> None:
    """Show a MIME bundle in the running cell."""
    from IPython.display import display

    display(bundle, raw=True)


def _execution() -> int | None:
    from IPython import get_ipython

    shell = get_ipython()
    return None if shell is None else shell.execution_count
