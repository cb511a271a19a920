"""The price lists of the product, merged with those in the user's file."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from jupyter_faas.cost.always_on import AlwaysOn
from jupyter_faas.cost.price_list import PriceList
from jupyter_faas.cost.price_tables import read_file, read_text, tables
from jupyter_faas.errors import InputError

# A list that one can still buy from, of a host with the interface of OpenWhisk.
DEFAULT = "digitalocean"
FILE = "prices.toml"
_KINDS = ("lists", "always_on")


class PriceLists:
    """All price lists and always-on servers.

    Each instance reads the files again, so that it sees the user's latest changes.
    """

    def __init__(self, user_file: Path | None = None) -> None:
        """Read the product's file and ``user_file``.

        Raises InputError, which names the file and the key, if the user's file has a mistake.
        """
        own = resources.files("jupyter_faas.cost").joinpath(FILE).read_text("utf-8")
        # The user's file comes second, because later files override earlier ones.
        files: dict[str, dict[str, Any]] = {FILE: read_text(own, FILE)}
        if user_file is not None:
            files[str(user_file)] = read_file(user_file)
            # Without this check, a typo in a table heading would silently discard its prices.
            for key in files[str(user_file)]:
                if key not in _KINDS:
                    raise InputError(
                        f"{user_file}: unknown table {key}.",
                        hint="A price file can contain the tables [lists.NAME] and "
                        "[always_on.NAME].",
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
        """Return all price lists. Those of the product come first."""
        return list(self._lists.values())

    def get(self, name: str) -> PriceList:
        """Return the price list ``name``.

        Raises InputError, which names the existing lists, if there is no such list.
        """
        if name not in self._lists:
            raise InputError(
                f"Unknown price list {name!r}.",
                hint=f"Price lists: {', '.join(sorted(self._lists))}",
            )
        return self._lists[name]

    def always_on(self) -> list[AlwaysOn]:
        """Return the always-on servers to compare functions with, cheapest first."""
        return sorted(self._always_on.values(), key=lambda each: each.usd_per_month)

    def get_always_on(self, name: str) -> AlwaysOn:
        """Return the always-on server ``name``.

        Raises InputError, which names the existing servers, if there is no such server.
        """
        if name not in self._always_on:
            raise InputError(
                f"Unknown always-on server {name!r}.",
                hint=f"Always-on servers: {', '.join(sorted(self._always_on))}",
            )
        return self._always_on[name]

    def fitting(self, memory_mb: int) -> AlwaysOn | None:
        """Return the cheapest server with at least ``memory_mb``, or None if all have less."""
        return next((each for each in self.always_on() if each.memory_mb >= memory_mb), None)


def load_price_list(name: str = DEFAULT, user_file: Path | None = None) -> PriceList:
    """Return the price list ``name``.

    Raises InputError if there is no such list or the user's file has a mistake.
    """
    return PriceLists(user_file).get(name)
