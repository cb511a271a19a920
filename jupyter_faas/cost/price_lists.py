"""Load the price lists of the product, merged with those of the user's file."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from jupyter_faas.cost.always_on import AlwaysOn
from jupyter_faas.cost.price_list import PriceList
from jupyter_faas.cost.price_tables import read_file, read_text, tables
from jupyter_faas.errors import InputError

DEFAULT = "openwhisk"
FILE = "prices.toml"
_KINDS = ("lists", "always_on")


class PriceLists:
    """All price lists. Each object reads the files again: they are short, and users edit theirs."""

    def __init__(self, user_file: Path | None = None) -> None:
        """Read both files. Raises InputError, with file and key, for a mistake in the user's."""
        own = resources.files("jupyter_faas.cost").joinpath(FILE).read_text("utf-8")
        # The user's file comes second, because later files override earlier ones.
        files: dict[str, dict[str, Any]] = {FILE: read_text(own, FILE)}
        if user_file is not None:
            files[str(user_file)] = read_file(user_file)
            # A typo in a heading would otherwise ignore the user's prices without a message.
            for key in files[str(user_file)]:
                if key not in _KINDS:
                    raise InputError(
                        f"{user_file}: {key} is not known there.",
                        hint="A file of prices has tables [lists.NAME] and [always_on.NAME].",
                    )
        self._lists = {
            name: PriceList.from_table(name, table)
            for name, table in tables("lists", files).items()
        }
        self._always_on = {
            name: AlwaysOn.from_table(name, table)
            for name, table in tables("always_on", files).items()
        }

    def all(self) -> list[PriceList]:
        """Return every list, those of the product first."""
        return list(self._lists.values())

    def get(self, name: str) -> PriceList:
        """Return the list of that name. Raises InputError, which names the existing lists."""
        if name not in self._lists:
            raise InputError(
                f"There is no price list named {name!r}.",
                hint=f"Price lists: {', '.join(sorted(self._lists))}",
            )
        return self._lists[name]

    def always_on(self) -> list[AlwaysOn]:
        """Return the always-on servers that functions are compared with, the cheapest first."""
        return sorted(self._always_on.values(), key=lambda each: each.usd_per_month)

    def get_always_on(self, name: str) -> AlwaysOn:
        """Return the server of that name. Raises InputError, which names the existing ones."""
        if name not in self._always_on:
            raise InputError(
                f"There is nothing always on named {name!r}.",
                hint=f"There are {', '.join(sorted(self._always_on))}",
            )
        return self._always_on[name]

    def fitting(self, memory_mb: int) -> AlwaysOn | None:
        """Return the cheapest server with at least ``memory_mb``, None without one."""
        return next((each for each in self.always_on() if each.memory_mb >= memory_mb), None)


def load_price_list(name: str = DEFAULT, user_file: Path | None = None) -> PriceList:
    """Return one price list. Raises InputError, which names the existing lists."""
    return PriceLists(user_file).get(name)
