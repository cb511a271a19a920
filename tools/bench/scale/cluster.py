"""The same calls on one machine and on an OpenWhisk cluster: simulated latencies, and prices."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from jupyter_faas.cost import PriceLists
from jupyter_faas.cost.price_list import PriceList
from tools.bench.figures import sized
from tools.bench.scale.curve import Curve
from tools.bench.scale.simulation import Host, Latencies, Load, simulate

# Measured by the parts ``calls`` and ``workers``, on the machine of the page: a warm call, the
# processor time of a worker and of the playground's process, and a cold start with onnxruntime.
MACHINE = Host("one machine", 1, 2, 3072, 0.0004, 0.00006, 0.006, 0.005, front_s=0.0002, most=3)
# Assumed: 20 ms for the way through controller, Kafka, invoker and back, of which an invoker's
# processors take 3 ms, and 0.5 s for a container. The start of onnxruntime in it was measured in
# OpenServerless' runtime: 1.0 to 1.3 s.
INVOKER = Host("OpenWhisk", 1, 2, 3072, 0.020, 0.003, 1.6, 1.0)
# Controllers, Kafka, CouchDB and nginx: three further nodes, as assumed for every cluster.
CONTROL_NODES = 3
# A node of both: 2 processors and 4 GB, of which functions may use 3 GB.
NODE = "t3-medium"
# Share of the processors that may be busy, so that calls do not wait long.
FULL = 0.7
# A cluster is large enough if 99 of 100 calls take at most so long, and so few are cold starts.
SLOW_S = 1.0
COLD = 0.01
RUN_MS = (1, 20, 100)
CALLS = sized((10, 30, 100, 300, 1_000), (10, 30))
SECONDS = sized(30.0, 6.0)
MEMORY_MB = 256
FUNCTIONS = 5
_MONTH_S = 730 * 3600
# The lists of hosts that run OpenWhisk actions, and the others for comparison.
LISTS = ("digitalocean", "aws-lambda-x86", "google-run", "azure-consumption")


class Price(NamedTuple):
    """What calls cost in a month, in USD. ``nodes`` is 0 for a price per call."""

    name: str
    usd: Decimal
    nodes: int


def differences(curve: Curve) -> Iterator[str]:
    """Yield a line for each number of ``MACHINE`` that a part measured as less than half or twice.

    The simulation and the text of the page use these numbers.
    """
    values = {each.name: max(each.values.items())[1] for each in curve.quantities}
    for part, name, here_s in (
        ("calls", "processor time of the playground per call", MACHINE.front_s),
        ("calls", "processor time of a worker per call", MACHINE.call_cpu_s),
        ("workers", "median of the last 10 cold calls", MACHINE.start_s),
    ):
        measured_s = values.get(name, 0.0) / 1000
        if curve.name == part and not here_s / 2 <= measured_s <= here_s * 2:
            yield (
                f"{part}: {name}: measured {measured_s * 1000:.2f} ms, but the simulation (MACHINE "
                f"in cluster.py) and the text of the page use {here_s * 1000:.2f} ms"
            )


def processors(host: Host, calls_per_s: float, run_ms: int) -> int:
    """Return how many processors the calls need: calls · (run + overhead) / FULL, rounded up."""
    work = run_ms / 1000 + host.call_cpu_s + host.front_s
    return max(2, math.ceil(calls_per_s * work / FULL))


def latencies(host: Host, calls_per_s: float, run_ms: int, functions: int = FUNCTIONS) -> Latencies:
    load = Load(calls_per_s, run_ms / 1000, functions, MEMORY_MB)
    return simulate(host, load, SECONDS)


@cache
def cluster(calls_per_s: float, run_ms: int) -> tuple[Host, Latencies]:
    """Return the smallest cluster, within a quarter, whose calls are rarely slow or cold."""
    busy = calls_per_s * (run_ms / 1000 + INVOKER.call_cpu_s)
    count = max(1, math.floor(busy / INVOKER.processors))
    while True:
        host = replace(INVOKER, nodes=count)
        found = latencies(host, calls_per_s, run_ms)
        if found.p99 <= SLOW_S and found.cold <= COLD:
            return host, found
        count = max(count + 1, count * 5 // 4)


def prices(calls_per_s: int, run_ms: int) -> list[Price]:
    """Return what the calls cost in a month: here, in a cluster, and at a price per call."""
    lists = PriceLists()
    node = lists.get_always_on(NODE).usd_per_month
    # A machine of many processors costs as much as the nodes that have them together.
    here = math.ceil(processors(MACHINE, calls_per_s, run_ms) / INVOKER.processors)
    there = cluster(calls_per_s, run_ms)[0].nodes + CONTROL_NODES
    found = [Price("One machine", node * here, here), Price("Cluster", node * there, there)]
    calls = calls_per_s * _MONTH_S
    return found + [
        Price(each.label, _by_call(each, calls, run_ms), 0) for each in map(lists.get, LISTS)
    ]


def _by_call(prices: PriceList, calls: int, run_ms: int) -> Decimal:
    billed = prices.billed_mb(MEMORY_MB) * prices.billed_ms(run_ms)
    cpu = prices.units_of_cpu(MEMORY_MB) * prices.billed_ms(run_ms)
    return prices.monthly(mb_ms=billed * calls, cpu_ms=cpu * calls, calls=calls)


def latency_rows() -> Iterator[list[str]]:
    """Yield the cells of the table of simulated latencies, its head first."""
    yield ["calls a second", "run", "one machine", "processors needed", "cluster", "invokers"]
    for run_ms in RUN_MS:
        for calls in CALLS:
            here = latencies(MACHINE, calls, run_ms)
            host, there = cluster(calls, run_ms)
            told = _times(here) if here.steady else "too many calls"
            yield [
                f"{calls:,}",
                f"{run_ms} ms",
                told,
                str(processors(MACHINE, calls, run_ms)),
                _times(there),
                str(host.nodes),
            ]


def function_rows() -> Iterator[list[str]]:
    """Yield the cells of the table of functions whose containers compete for memory."""
    yield [
        *("functions", "one machine", "cold", "cluster, 3 invokers", "cold"),
        *("invokers for all", "USD a month"),
    ]
    node = PriceLists().get_always_on(NODE).usd_per_month
    three = replace(INVOKER, nodes=3)
    for functions in sized((10, 100, 1_000, 10_000), (2, 4)):
        here, there = (latencies(host, 10, 20, functions) for host in (MACHINE, three))
        yield [
            f"{functions:,}",
            _times(here),
            f"{here.cold:.1%}",
            _times(there),
            f"{there.cold:.1%}",
            f"{(warm := math.ceil(functions * MEMORY_MB / INVOKER.memory_mb)):,}",
            f"{node * warm:,.0f}",
        ]


def price_rows(calls_per_s: int = 1_000) -> Iterator[list[str]]:
    """Yield the cells of the table of prices, its head first."""
    columns = [prices(calls_per_s, run_ms) for run_ms in RUN_MS]
    yield ["USD a month", *(f"runs of {run_ms} ms" for run_ms in RUN_MS)]
    for row in zip(*columns, strict=True):
        yield [row[0].name, *map(_price, row)]


def price_growth_rows(run_ms: int = 20) -> Iterator[list[str]]:
    """Yield the cells of the table of prices by the number of calls, its head first."""
    calls = [each for each in CALLS if str(each)[0] == "1"]
    yield ["USD a month", *(f"{each:,} a second" for each in calls)]
    for row in zip(*(prices(each, run_ms) for each in calls), strict=True):
        yield [row[0].name, *map(_price, row)]


def lines_of_figure() -> dict[str, list[tuple[float, float | None]]]:
    """Return the median in ms by calls a second, for runs of each length, here and there."""
    found: dict[str, list[tuple[float, float | None]]] = {}
    for run_ms in RUN_MS:
        here = [(calls, latencies(MACHINE, calls, run_ms)) for calls in CALLS]
        found[f"one machine, {run_ms} ms"] = [
            (calls, each.median * 1000 if each.steady else None) for calls, each in here
        ]
        found[f"cluster, {run_ms} ms"] = [
            (calls, cluster(calls, run_ms)[1].median * 1000) for calls in CALLS
        ]
    return found


def lines() -> Iterator[str]:
    for title, rows in (
        ("simulated latencies, median / p99", latency_rows()),
        ("simulated, 10 calls a second of 20 ms, median / p99", function_rows()),
        ("prices of 1,000 calls a second, from the price lists", price_rows()),
        ("prices of calls of 20 ms", price_growth_rows()),
    ):
        yield title
        for name, *cells in rows:
            yield f"  {name:<28}" + "".join(f"{cell:>24}" for cell in cells)


def _price(price: Price) -> str:
    unit = "node" if price.nodes == 1 else "nodes"
    return f"{price.usd:,.0f}" + (f" ({price.nodes} {unit})" if price.nodes else "")


def _times(found: Latencies) -> str:
    return f"{_ms(found.median)} / {_ms(found.p99)} ms"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f}" if seconds >= 0.01 else f"{seconds * 1000:,.1f}"
