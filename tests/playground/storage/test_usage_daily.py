"""What runs used, for each day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.usage import RunUsage, UsageFilter
from jupyter_faas.playground.storage.usage_daily import DailyFilter
from tests.playground.storage.test_usage import rolled_up, row

HOUR_MS = 3_600_000
# 2026-11-26 00:00 UTC.
MIDNIGHT = 1_795_651_200_000

GUEST = UsageFilter("guest")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    store = Database(tmp_path / "records.db")
    yield store
    store.close()


@pytest.fixture
def filled(store: Database) -> Database:
    store.commit(
        [
            row(1, MIDNIGHT - 1, RunUsage(256, False, 3, 41)),
            row(2, MIDNIGHT, RunUsage(256, False, 101, 300)),
            row(3, MIDNIGHT + HOUR_MS, RunUsage(256, True, 200)),
            row(4, MIDNIGHT + HOUR_MS, RunUsage(512, False, 1, 41), entity="g"),
            row(5, MIDNIGHT + HOUR_MS, RunUsage(0, False, 90), entity="pair"),
            row(6, MIDNIGHT + HOUR_MS, RunUsage(), entity="trigger"),
            row(7, MIDNIGHT, RunUsage(256, False, 3, 41), namespace="other"),
        ],
        [],
    )
    return rolled_up(store)


def test_a_row_for_each_day_and_memory_limit(filled: Database) -> None:
    assert filled.daily(DailyFilter(GUEST)) == [
        ("2026-11-25", 256, 1, 3, 768),
        ("2026-11-26", 0, 1, 90, 0),
        ("2026-11-26", 256, 2, 301, 301 * 256),
        ("2026-11-26", 512, 1, 1, 512),
    ]


def test_duration_of_each_run_is_rounded(filled: Database) -> None:
    found = filled.daily(DailyFilter(UsageFilter("guest", "f"), step_ms=100, minimum_ms=150))
    assert found == [("2026-11-25", 256, 1, 150, 38400), ("2026-11-26", 256, 2, 400, 102400)]


def test_used_memory_of_each_run_is_rounded(filled: Database) -> None:
    where = UsageFilter("guest", step_mb=128, minimum_mb=128)
    assert [each[-1] for each in filled.daily(DailyFilter(where))] == [
        128 * 3,
        0,
        384 * 101 + 256 * 200,
        128,
    ]


@pytest.mark.parametrize(
    ("utc_offset", "runs"),
    [
        (0, {"2026-11-25": 1, "2026-11-26": 4}),
        (60, {"2026-11-26": 5}),
        (-61, {"2026-11-25": 5}),
        (-30, {"2026-11-25": 2, "2026-11-26": 3}),
        (1440, {"2026-11-26": 1, "2026-11-27": 4}),
    ],
)
def test_days_of_elsewhere(filled: Database, utc_offset: int, runs: dict[str, int]) -> None:
    found: dict[str, int] = {}
    for day, _, count, *_ in filled.daily(DailyFilter(GUEST, utc_offset=utc_offset)):
        found[day] = found.get(day, 0) + count
    assert found == runs


def test_the_day_before_the_first_of_all(store: Database) -> None:
    store.commit([row(1, 5, RunUsage(256, False, 3))], [])
    assert rolled_up(store).daily(DailyFilter(GUEST, utc_offset=-60))[0][0] == "1969-12-31"


def test_period(filled: Database) -> None:
    where = UsageFilter("guest", "f", since=MIDNIGHT, upto=MIDNIGHT)
    assert filled.daily(DailyFilter(where)) == [("2026-11-26", 256, 1, 101, 101 * 256)]
