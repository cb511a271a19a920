"""The committed table: how every case ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.serialization.matrix import (
    boosters,
    mixed,
    numbers,
    outside,
    refused,
    repaired,
    trees,
)
from tests.serialization.matrix.case import Case

TABLE = Path(__file__).with_name("outcomes.txt")
MODULES = (numbers, trees, boosters, mixed, repaired, outside, refused)


def all_cases() -> Iterator[Case]:
    for module in MODULES:
        yield from module.cases()


def expected() -> dict[str, str]:
    """Name of a case → ``label`` or ``value``, its route, or ``skops:`` or ``refused:`` and why."""
    found = {}
    for line in TABLE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, outcome = line.partition(" | ")
            found[name] = outcome
    return found
