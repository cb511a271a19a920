"""The price lists there are, and the one that was chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.settings import Settings

if TYPE_CHECKING:
    from jupyter_faas.cost import PriceList, PriceLists

FILE = "prices.toml"


class Prices:
    """``prices.toml`` of the data folder is read anew when it has changed. For several threads."""

    def __init__(self, settings: Settings, data_dir: Path) -> None:
        self._settings = settings
        self.file = data_dir / FILE
        self._read: tuple[tuple[int, int] | None, PriceLists] | None = None

    def lists(self) -> PriceLists:
        """Raises InputError, with file and key, where the user's file is not right."""
        from jupyter_faas.cost import PriceLists

        try:
            stat = self.file.stat()
            mark = (stat.st_mtime_ns, stat.st_size)
        except OSError:
            mark = None
        known = self._read
        if known is None or known[0] != mark:
            known = self._read = (mark, PriceLists(self.file))
        return known[1]

    def get(self, name: str | None = None) -> PriceList:
        """The list of that name, else the chosen one. InputError when there is none."""
        from jupyter_faas.cost import DEFAULT_LIST

        return self.lists().get(name or self._settings.prices() or DEFAULT_LIST)

    def shown(self) -> PriceList:
        """The chosen list, for runs that are shown with their cost: these must be shown even where
        the user's file has a mistake, and then have the cost by the product's own list."""
        from jupyter_faas.cost import load_price_list

        try:
            return self.get()
        except InputError:
            return load_price_list()

    def choose(self, name: str) -> PriceList:
        """Use that list from now on. InputError when there is none of that name."""
        found = self.lists().get(name)
        self._settings.choose_prices(name)
        return found
