"""Sums that are kept say the same as the records from which they were made."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.filters import ActivationRow
from jupyter_faas.playground.storage.retention import Retention
from jupyter_faas.playground.storage.usage import RunUsage, UsageFilter
from jupyter_faas.playground.storage.usage_buckets import DAY_MS, HOUR_MS
from jupyter_faas.playground.storage.usage_daily import DailyFilter, DailyRow
from jupyter_faas.playground.storage.usage_rollups import UsageRow
from tests.playground.storage.test_usage import rolled_up, row

# 2026-03-01, 00:00 UTC, and about 80 days.
FIRST = 1_772_323_200_000
LAST = FIRST + 80 * DAY_MS


def records(chance: random.Random, many: int) -> list[ActivationRow]:
    """In the order in which they end: some that take long come late."""
    made: list[tuple[int, ActivationRow]] = []
    for number in range(many):
        # Half of them crowd in three days.
        start = chance.randrange(FIRST, chance.choice((LAST, FIRST + 3 * DAY_MS)))
        late = chance.choice((0, 0, 0, chance.randrange(40 * DAY_MS)))
        use = RunUsage(
            chance.choice((0, 128, 256)),
            chance.random() < 0.2,
            chance.choice((0, 1, 1, 2, 99, 100, 101, chance.randrange(10**7))),
            chance.choice((None, 0, 1, 40, 129)),
        )
        if chance.random() < 0.05:
            use = RunUsage()
        entity, namespace = chance.choice("fgh"), chance.choice(("guest", "guest", "other"))
        made.append((start + late, row(number, start, use, entity, namespace)))
    return [each for _, each in sorted(made, key=lambda one: one[0])]


def matching(rows: list[ActivationRow], where: UsageFilter) -> Iterator[ActivationRow]:
    for each in rows:
        if each.memory is None or each.namespace != where.namespace:
            continue
        if where.entity in (None, each.entity) and (
            (where.since is None or each.start >= where.since)
            and (where.upto is None or each.start <= where.upto)
        ):
            yield each


def charged_mb(each: ActivationRow, where: UsageFilter) -> int:
    used = each.memory if each.peak is None else each.peak
    return max(where.minimum_mb, -(-(used or 0) // where.step_mb) * where.step_mb)


def added_up(rows: list[ActivationRow], where: UsageFilter) -> list[UsageRow]:
    alike: dict[tuple[str, int, int], list[ActivationRow]] = {}
    for each in matching(rows, where):
        alike.setdefault((each.entity, each.memory or 0, int(each.cold or 0)), []).append(each)
    found = []
    for which, some in sorted(alike.items()):
        peaks = [each.peak for each in some if each.peak is not None]
        durations = sorted({each.duration or 0 for each in some})
        of_each = [[each for each in some if each.duration == one] for one in durations]
        used = [sum(charged_mb(each, where) for each in one) for one in of_each if where.step_mb]
        latest = max(each.start for each in some)
        columns = (durations, [len(one) for one in of_each], used)
        found.append((*which, latest, len(peaks), max(peaks, default=None), *columns))
    return found


def added_by_day(rows: list[ActivationRow], asked: DailyFilter) -> dict[tuple[int, int], list[int]]:
    found: dict[tuple[int, int], list[int]] = {}
    for each in matching(rows, asked.where):
        day = (each.start + asked.utc_offset * 60_000) // DAY_MS
        memory, duration = each.memory or 0, each.duration or 0
        billed = max(asked.minimum_ms, -(-duration // asked.step_ms) * asked.step_ms)
        charged = charged_mb(each, asked.where) if asked.where.step_mb else memory
        one = found.setdefault((day, memory), [0, 0, 0])
        one[0] += 1
        one[1] += billed
        one[2] += charged * billed if memory else 0
    return found


def periods(chance: random.Random) -> Iterator[UsageFilter]:
    yield UsageFilter("guest")
    yield UsageFilter("nobody")
    for _ in range(40):
        edges = [chance.randrange(FIRST - DAY_MS, LAST + DAY_MS) for _ in range(2)]
        edges = [chance.choice((each, each // HOUR_MS * HOUR_MS)) for each in edges]
        since, upto = sorted(edges)
        yield UsageFilter(
            chance.choice(("guest", "other")),
            entity=chance.choice((None, "f", "x")),
            since=chance.choice((since, since, None)),
            upto=chance.choice((upto, upto - 1, None)),
            step_mb=chance.choice((0, 0, 1, 128)),
            minimum_mb=chance.choice((0, 128)),
        )


@pytest.fixture(params=[1, 2, 3])
def chance(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    store = Database(tmp_path / "records.db")
    store.writer.execute("PRAGMA synchronous=OFF")
    yield store
    store.close()


def day_rows(found: list[DailyRow]) -> list[tuple[int, ...]]:
    return [tuple(each[1:]) for each in found]


def test_sums_are_those_of_the_records(store: Database, chance: random.Random) -> None:
    rows = records(chance, 3000)
    first = 0
    while first < len(rows):
        last = first + chance.randrange(1, 700)
        store.commit(rows[first:last], [])
        first = last
        # Now and then some are not summed yet when the next come.
        if chance.random() < 0.7:
            rolled_up(store)
    rolled_up(store)
    for where in periods(chance):
        assert store.usage(where) == added_up(rows, where)
        asked = DailyFilter(
            where,
            step_ms=chance.choice((1, 100)),
            minimum_ms=chance.choice((0, 1, 150)),
            utc_offset=chance.choice((0, 60, -210, 345)),
        )
        expected = added_by_day(rows, asked)
        assert day_rows(store.daily(asked)) == [
            (key[1], *expected[key]) for key in sorted(expected)
        ]


def test_until_the_sums_have_caught_up_the_records_are_asked(
    store: Database, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = records(chance, 500)
    store.commit(rows, [])
    monkeypatch.setattr("jupyter_faas.playground.storage.usage_rollups.MAX_BACKLOG", 499)
    assert not store.rollups_usable()
    for where in periods(chance):
        assert store.usage(where) == added_up(rows, where)
        expected = added_by_day(rows, DailyFilter(where))
        found = store.daily(DailyFilter(where))
        assert day_rows(found) == [(key[1], *expected[key]) for key in sorted(expected)]


def test_sums_stay_when_the_records_go(store: Database, chance: random.Random) -> None:
    rows = records(chance, 2000)
    store.commit(rows, [])
    rolled_up(store)
    while store.purge(Retention(activations=100), LAST):
        pass
    whole = UsageFilter("guest", step_mb=128)
    assert store.usage(whole) == added_up(rows, whole)
    # Of an hour without records there is the sum, which counts where the hour begins.
    since = FIRST + 5 * HOUR_MS
    part = UsageFilter("guest", since=since + 1, upto=since + 3 * HOUR_MS)
    hours = UsageFilter("guest", since=since + HOUR_MS, upto=since + 4 * HOUR_MS - 1)
    assert store.usage(part) == added_up(rows, hours)
    # And what comes later is added.
    more = [each._replace(id=f"x{each.id}") for each in rows[-50:]]
    store.commit(more, [])
    assert rolled_up(store).usage(whole) == added_up([*rows, *more], whole)


def test_hours_and_days_of_long_ago_are_in_coarser_sums(store: Database) -> None:
    use = RunUsage(128, False, 5, 30)
    rows = [
        row(day * 2 + half, FIRST + day * DAY_MS + half * HOUR_MS, use)
        for day in range(0, 600, 3)
        for half in range(2)
    ]
    store.commit(rows, [])
    rolled_up(store)
    levels = dict(
        store.writer.execute("SELECT level, count(*) FROM sums GROUP BY level").fetchall()
    )
    assert levels[0] < 110
    assert levels[1] < 150
    assert levels[2] < 25
    whole = UsageFilter("guest")
    assert store.usage(whole) == added_up(rows, whole)
    recent = UsageFilter("guest", since=FIRST + 550 * DAY_MS + 3)
    assert store.usage(recent) == added_up(rows, recent)
