"""What a run costs, by dated price lists and in exact sums. Knows times and sizes, no targets."""

from __future__ import annotations

from jupyter_faas.cost.alwayson import AlwaysOn
from jupyter_faas.cost.lists import PriceLists, load_price_list
from jupyter_faas.cost.money import format_usd, plain_usd, total
from jupyter_faas.cost.pricing import PriceList

__all__ = [
    "AlwaysOn",
    "PriceList",
    "PriceLists",
    "format_usd",
    "load_price_list",
    "plain_usd",
    "total",
]
