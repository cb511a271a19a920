"""Lists and counts say the same whether records are tallied or not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.filters import ActivationFilter, ActivationRow
from jupyter_faas.playground.storage.graphs import Graph, GraphLink, GraphStore
from jupyter_faas.playground.storage.retention import Retention
from jupyter_faas.playground.storage.usage_buckets import DAY_MS, HOUR_MS

FIRST = 1_772_323_200_000
LAST = FIRST + 70 * DAY_MS
BESIDE = [f"{number:032x}" for number in range(0, 600, 7)]


def records(chance: random.Random) -> list[ActivationRow]:
    made = []
    for number in range(600):
        start = chance.randrange(FIRST, chance.choice((LAST, FIRST + DAY_MS)))
        if chance.random() < 0.3:
            start = start // HOUR_MS * HOUR_MS
        names = chance.choice(("guest", "guest", "other")), chance.choice("fg")
        cause = chance.choice((None, None, "c"))
        made.append(ActivationRow(f"{number:032x}", *names, start, b"s%d" % number, b"doc", cause))
    return made


@pytest.fixture
def chance() -> random.Random:
    return random.Random(11)


@pytest.fixture
def rows(chance: random.Random) -> list[ActivationRow]:
    return records(chance)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    store = Database(tmp_path / "records.db")
    graph = Graph.from_json({"type": "empty"})
    GraphStore(store).keep(GraphLink(each, "guest", graph, branch=True) for each in BESIDE)
    yield store
    store.close()


def questions(chance: random.Random) -> Iterator[ActivationFilter]:
    for _ in range(60):
        edges = sorted(chance.randrange(FIRST - DAY_MS, LAST + DAY_MS) for _ in range(2))
        yield ActivationFilter(
            chance.choice(("guest", "other", "nobody")),
            entity=chance.choice((None, "f", "nothing")),
            since=chance.choice((None, edges[0], edges[0] // HOUR_MS * HOUR_MS)),
            upto=chance.choice((None, edges[1])),
            causes=chance.choice((None, None, (), ("c",))),
        )


def expected(rows: list[ActivationRow], where: ActivationFilter) -> list[str]:
    """The newest first."""
    found = [
        (each.start, number, each.id)
        for number, each in enumerate(rows)
        if where.matches(each) and not (where.causes == () and each.id in BESIDE)
    ]
    return [each[2] for each in sorted(found, reverse=True)]


def assert_same(store: Database, rows: list[ActivationRow], chance: random.Random) -> None:
    for where in questions(chance):
        ids = expected(rows, where)
        assert store.count(where, []) == len(ids)
        skip = chance.choice((0, 1, 30, len(ids) - 1, len(ids), chance.randrange(600)))
        page = store.records(where, 30, False, max(0, skip))
        assert [each[1] for each in page.rows] == ids[max(0, skip) :][:30]


def test_tallied_in_steps(
    store: Database, rows: list[ActivationRow], chance: random.Random
) -> None:
    for first in range(0, 600, 100):
        store.commit(rows[first : first + 100], [])
        store.roll_up()
        # The last of them are not tallied yet.
        store.commit(rows[first + 100 : first + 103], [])
        assert_same(store, rows[: first + 103], chance)


def test_records_that_went_are_not_counted(
    store: Database, rows: list[ActivationRow], chance: random.Random
) -> None:
    store.commit(rows, [])
    while store.roll_up():
        pass
    while store.purge(Retention(activations=250), LAST):
        pass
    assert_same(store, rows[-250:], chance)
    assert store.writer.execute("SELECT count(*) FROM tallies WHERE records=0").fetchone() == (0,)


def test_what_is_not_written_yet_is_skipped_too(store: Database, rows: list[ActivationRow]) -> None:
    store.commit(rows[:100], [])
    where = ActivationFilter("guest")
    ids = expected(rows[:100], where)
    page = store.records(where, 5, False, 20, pending=[ids[3], "unknown", "other"])
    assert page.written == {ids[3]}
    assert page.skipped == 18
    assert [each[1] for each in page.rows] == ids[18:25]
