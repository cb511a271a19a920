"""The user's monthly budgets and chosen price list, which are stored in ``settings.json``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.results import exact, rounded
from jupyter_faas.workspace.settings import Settings

if TYPE_CHECKING:
    from jupyter_faas.cost import Month, PriceList, PriceLists


NONE = "none"
_AMOUNT = re.compile(r"\$?([0-9]{1,9}(?:\.[0-9]{1,2})?)", re.ASCII)


class BudgetSetting:
    """The monthly budget of each target, by the target's name. Instances are thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def get(self, target: str) -> Decimal | None:
        """Return the budget in USD per month, or None if it is missing or invalid."""
        try:
            # settings.json may have been edited by hand. An invalid budget must not hide the costs.
            return read_amount(self._settings.budgets().get(target, NONE))
        except InputError:
            return None

    def put(self, target: str, usd_per_month: Decimal | None) -> None:
        """Set the budget of a target, or remove the budget if ``usd_per_month`` is None."""
        self._settings.put_budget(target, None if usd_per_month is None else f"{usd_per_month:f}")


def read_amount(words: object) -> Decimal | None:
    """Parse an amount in USD such as ``20``, ``20.50`` or ``$20``. Return None for ``none``.

    Raises InputError for any other value.
    """
    text = words.strip() if isinstance(words, str) else ""
    if text.lower() == NONE:
        return None
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise InputError(
            f"A budget must be an amount in USD, not {words!r}.",
            hint="Write an amount such as 20 or 20.50, without thousands separators. To remove the "
            "budget, write the word none.",
        )
    return Decimal(found[1]).quantize(Decimal("0.01"))


def read_rate(words: str) -> Decimal:
    """Parse a rate of cold starts, such as ``5%`` or ``0.05``, as a number from 0 to 1.

    Raises InputError if the text is not such a rate.
    """
    number, percent = words.strip().removesuffix("%"), words.strip().endswith("%")
    try:
        found = Decimal(number)
    except InvalidOperation:
        # Use a number that is out of range, so that the check below raises the error.
        found = Decimal(-1)
    if percent:
        found = found.scaleb(-2) if found.is_finite() else found
    if not found.is_finite() or not 0 <= found <= 1:
        raise InputError(
            f"The rate of cold starts must be between 0 and 1, not {words!r}.",
            hint="For example: 0.05 or 5%",
        )
    return found


@dataclass(frozen=True)
class BudgetState:
    """A budget in USD and the costs of the current month.

    ``complete`` is True if all activations of the month are counted.
    """

    usd_per_month: Decimal
    month: Month
    complete: bool

    @property
    def over(self) -> bool:
        """Whether the estimated cost of the month exceeds the budget."""
        return self.month.estimate > self.usd_per_month

    def to_json(self) -> dict[str, Any]:
        """Return the budget as JSON data, for the key ``budget`` of a cost report."""
        return {
            "usd_per_month": exact(self.usd_per_month),
            "text": rounded(self.usd_per_month),
            "spent_usd": exact(self.month.spent),
            "spent_text": rounded(self.month.spent),
            "estimate_usd": exact(self.month.estimate),
            "estimate_text": rounded(self.month.estimate),
            "over": self.over,
            "month": f"{self.month.first:%Y-%m}",
            "complete": self.complete,
        }


FILE = "prices.toml"


class PriceListSetting:
    """The available price lists and the chosen price list. Instances are thread-safe.

    The file ``prices.toml`` in the data directory is read again when it has changed.
    """

    def __init__(
        self, settings: Settings, data_dir: Path, default: Callable[[], str | None] | None = None
    ) -> None:
        """``default`` returns the name of the current target's own list, if it has one."""
        self._settings = settings
        self._default = default
        self.file = data_dir / FILE
        self._read: tuple[tuple[int, int] | None, PriceLists] | None = None

    def lists(self) -> PriceLists:
        """Return all price lists.

        Raises InputError if the user's file is invalid. The message names the key in the file.
        """
        from jupyter_faas.cost import PriceLists

        try:
            stat = self.file.stat()
            # The size is compared as well, because two writes may have the same modification time.
            mark = (stat.st_mtime_ns, stat.st_size)
        except OSError:
            mark = None
        # Use a local variable, because another thread may replace the attribute before the return.
        known = self._read
        if known is None or known[0] != mark:
            known = self._read = (mark, PriceLists(self.file))
        return known[1]

    def get(self, name: str | None = None) -> PriceList:
        """Return the price list called ``name``, or the chosen price list if ``name`` is None.

        If none was chosen, it is that of the current target's type of host, or DEFAULT_LIST if that
        type has none. Raises InputError if the price list is unknown or the user's file is invalid.
        """
        from jupyter_faas.cost import DEFAULT_LIST

        chosen = name or self._settings.prices()
        if not chosen and self._default is not None:
            chosen = self._default()
        return self.lists().get(chosen or DEFAULT_LIST)

    def get_or_default(self) -> PriceList:
        """Return the chosen price list, or the default price list if ``get`` raises an error.

        Lists of activations show costs and must not fail because of an invalid file.
        """
        from jupyter_faas.cost import load_price_list

        try:
            return self.get()
        except InputError:
            return load_price_list()

    def choose(self, name: str) -> PriceList:
        """Set the chosen price list and return it. Raises InputError for an unknown name."""
        found = self.lists().get(name)
        self._settings.choose_prices(name)
        return found
