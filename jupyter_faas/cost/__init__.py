"""What a run costs, by dated price lists and in exact sums. Knows times and sizes, no targets."""

from __future__ import annotations

from jupyter_faas.cost.money import format_usd, plain_usd, total
from jupyter_faas.cost.pricing import PriceList, load_price_list

__all__ = ["PriceList", "format_usd", "load_price_list", "plain_usd", "total"]
