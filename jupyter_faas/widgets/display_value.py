"""The base class of values that magics return, which can be shown again in later cells."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class DisplayValue(ABC):
    """The base class of values that are displayed in a cell and can be kept in a variable."""

    _shown_in: int | None = None

    @abstractmethod
    def show(self) -> None:
        """Show the value in the running cell."""

    def show_now(self) -> None:
        """Show the value now, but not a second time as the value of the running cell."""
        self.show()
        self.mark_shown()

    def mark_shown(self) -> None:
        """Record that the running cell has shown the value, so that IPython does not repeat it."""
        self._shown_in = _execution()

    def _ipython_display_(self) -> None:
        # IPython displays the value of a cell's last expression. In a later cell the execution
        # number differs, so the value is shown again.
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
