"""``./dev bench scale [PART]… [--write]``: how time and memory grow with the size of things.

Each part measures four sizes, the largest of which is what the product is meant for, and says for
each quantity whether it grows at most as n · log n. ``--write`` keeps the figures in
``results.json``, and brings the tables and the figure of ``docs/scale.md`` up to date. The last
lines name the rows that contradict themselves, because the machine did other work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from tools.bench.scale import (
    calls,
    cells,
    cluster,
    composition,
    functions,
    package,
    page,
    records,
    sessions,
    workers,
)
from tools.bench.scale.curve import Curve
from tools.bench.scale.machine import this_run

PARTS: dict[str, Callable[[], Curve]] = {
    "calls": calls.curve,
    "records": records.curve,
    "functions": functions.curve,
    "workers": workers.curve,
    "sessions": sessions.curve,
    "cells": cells.curve,
    "package": package.curve,
    "composition": composition.curve,
}
# A simulation, not a measurement.
CLUSTER = "cluster"
WRITE = "--write"
FILES = page.Files()


def rows(arguments: Sequence[str] = (), files: page.Files = FILES) -> Iterator[str]:
    """Yield the lines of the tables, part by part. Raises ValueError for an unknown part."""
    names = [each for each in arguments if each != WRITE] or [*PARTS, CLUSTER]
    unknown = [name for name in names if name not in (*PARTS, CLUSTER)]
    if unknown:
        raise ValueError(f"no such part: {unknown[0]}; there are {', '.join((*PARTS, CLUSTER))}")
    run = this_run()
    yield f"{run.machine}; other programs use {run.busy:.0%} of the processors"
    doubts: list[str] = []
    for name in names:
        yield ""
        if name == CLUSTER:
            yield from cluster.lines()
            continue
        curve = replace(PARTS[name](), run=run)
        yield from curve.lines()
        doubts += [*curve.contradictions(), *cluster.differences(curve)]
        if WRITE in arguments:
            page.keep(curve, files)
    if WRITE in arguments:
        page.write(files)
    if doubts:
        yield ""
        yield "These results contradict each other. Measure the parts again on a quiet machine:"
        yield from doubts
