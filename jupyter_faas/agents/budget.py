"""``Budget``: the amount that one server may spend on runs."""

from __future__ import annotations

from decimal import Decimal
from threading import Lock

from jupyter_faas.cost import format_usd
from jupyter_faas.errors import InputError


class Budget:
    """What has been spent, and what running calls may cost at most. Thread-safe.

    ``limit_usd`` is None for no limit.
    """

    def __init__(self, limit_usd: Decimal | None = None) -> None:
        self.limit_usd = limit_usd
        self.spent_usd = Decimal(0)
        self._reserved = Decimal(0)
        self._lock = Lock()

    def reserve(self, most_usd: Decimal) -> None:
        """Reserve what a call may cost. Raises InputError if that could exceed the limit."""
        with self._lock:
            committed = self.spent_usd + self._reserved
            if self.limit_usd is not None and committed + most_usd > self.limit_usd:
                left = max(self.limit_usd - committed, Decimal(0))
                raise InputError(
                    f"This call could cost up to {format_usd(most_usd)}, but only "
                    f"{format_usd(left)} of the budget of {format_usd(self.limit_usd)} is neither "
                    "spent nor reserved for running calls.",
                    hint="Ask the user to restart the server with a higher --budget.",
                )
            self._reserved += most_usd

    def settle(self, most_usd: Decimal, cost_usd: Decimal | None) -> None:
        """Replace what was reserved by the cost of the run.

        ``cost_usd`` is None if the cost is not known. The whole reserved amount is then spent.
        """
        with self._lock:
            self._reserved -= most_usd
            self.spent_usd += most_usd if cost_usd is None else cost_usd
