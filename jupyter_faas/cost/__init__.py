"""Exact costs of runs, computed from dated price lists.

The input consists of durations and memory sizes. This package does not depend on targets or their
APIs.
"""

from __future__ import annotations

from jupyter_faas.cost.always_on import AlwaysOn
from jupyter_faas.cost.break_even import (
    BreakEven,
    ColdPrice,
    KeepWarm,
    break_even_point,
    cold_price,
    keep_warm,
    warm_by_calls,
)
from jupyter_faas.cost.days import (
    Day,
    DayUsage,
    Month,
    begin_of,
    day_of,
    each_day,
    month_of,
    needed_for_month,
)
from jupyter_faas.cost.money import format_usd, part, per_run, plain_usd, total
from jupyter_faas.cost.price_list import PriceList, gb_seconds
from jupyter_faas.cost.price_lists import DEFAULT as DEFAULT_LIST
from jupyter_faas.cost.price_lists import PriceLists, load_price_list
from jupyter_faas.cost.right_sizing import LEAST_CALLS, Advice, advise
from jupyter_faas.cost.usage import Charge, RunGroup, Usage, usage_of

__all__ = [
    "DEFAULT_LIST",
    "LEAST_CALLS",
    "Advice",
    "AlwaysOn",
    "BreakEven",
    "Charge",
    "ColdPrice",
    "Day",
    "DayUsage",
    "KeepWarm",
    "Month",
    "PriceList",
    "PriceLists",
    "RunGroup",
    "Usage",
    "advise",
    "begin_of",
    "break_even_point",
    "cold_price",
    "day_of",
    "each_day",
    "format_usd",
    "gb_seconds",
    "keep_warm",
    "load_price_list",
    "month_of",
    "needed_for_month",
    "part",
    "per_run",
    "plain_usd",
    "total",
    "usage_of",
    "warm_by_calls",
]
