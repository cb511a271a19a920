"""``PriceLists``: the product's price lists, merged with those of the user's file."""

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
    """Reads the files each time it is created: they are short, and users edit theirs."""

    def __init__(self, user_file: Path | None = None) -> None:
        """Raises InputError, with file and key, where the user's file is not right."""
        own = resources.files("jupyter_faas.cost").joinpath(FILE).read_text("utf-8")
        files: dict[str, dict[str, Any]] = {FILE: read_text(own, FILE)}
        if user_file is not None:
            files[str(user_file)] = read_file(user_file)
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
        """Every list, those of the product first."""
        return list(self._lists.values())

    def get(self, name: str) -> PriceList:
        """The list of that name; ``InputError`` names the lists there are."""
        if name not in self._lists:
            raise InputError(
                f"There is no price list named {name!r}.",
                hint=f"Price lists: {', '.join(sorted(self._lists))}",
            )
        return self._lists[name]

    def always_on(self) -> list[AlwaysOn]:
        """The always-on servers that functions are compared with, the cheapest first."""
        return sorted(self._always_on.values(), key=lambda each: each.usd_per_month)

    def get_always_on(self, name: str) -> AlwaysOn:
        """The reference of that name; ``InputError`` names those there are."""
        if name not in self._always_on:
            raise InputError(
                f"There is nothing always on named {name!r}.",
                hint=f"There are {', '.join(sorted(self._always_on))}",
            )
        return self._always_on[name]

    def fitting(self, memory_mb: int) -> AlwaysOn | None:
        """The cheapest that has as much memory as the function; None when none has."""
        return next((each for each in self.always_on() if each.memory_mb >= memory_mb), None)


def load_price_list(name: str = DEFAULT, user_file: Path | None = None) -> PriceList:
    """The list of that name in ``prices.toml``; ``InputError`` names the lists there are."""
    return PriceLists(user_file).get(name)
