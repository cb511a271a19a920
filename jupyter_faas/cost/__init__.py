"""What a run costs, by dated price lists and in exact sums. Knows times and sizes, no targets."""

from __future__ import annotations

from jupyter_faas.cost.alwayson import AlwaysOn
from jupyter_faas.cost.breakeven import (
    ColdPrice,
    Crossing,
    KeepWarm,
    cold_price,
    crossing,
    keep_warm,
)
from jupyter_faas.cost.lists import DEFAULT as DEFAULT_LIST
from jupyter_faas.cost.lists import PriceLists, load_price_list
from jupyter_faas.cost.money import format_usd, part, plain_usd, total
from jupyter_faas.cost.pricing import PriceList, gb_seconds
from jupyter_faas.cost.rightsizing import Advice, advise
from jupyter_faas.cost.usage import Bucket, Charge, Usage, usage_of

__all__ = [
    "DEFAULT_LIST",
    "Advice",
    "AlwaysOn",
    "Bucket",
    "Charge",
    "ColdPrice",
    "Crossing",
    "KeepWarm",
    "PriceList",
    "PriceLists",
    "Usage",
    "advise",
    "cold_price",
    "crossing",
    "format_usd",
    "gb_seconds",
    "keep_warm",
    "load_price_list",
    "part",
    "plain_usd",
    "total",
    "usage_of",
]
