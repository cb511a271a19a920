"""What goes of the records, and what room they take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.filters import ActivationFilter, ActivationRow
from jupyter_faas.playground.storage.graphs import Graph, GraphLink, GraphStore
from jupyter_faas.playground.storage.retention import Retention
from jupyter_faas.playground.storage.usage import UsageFilter
from jupyter_faas.playground.storage.usage_buckets import DAY_MS

NOW = 1_795_000_000_000
GUEST = ActivationFilter("guest")
EVERYTHING = Retention(activations=0, days=0, megabytes=0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    store = Database(tmp_path / "records.db")
    yield store
    store.close()


def record(number: int, start: int, size: int = 10, namespace: str = "guest") -> ActivationRow:
    names = f"{number:032x}", namespace, "f"
    return ActivationRow(*names, start, b"{}", b"x" * size, None, 128, False, 5, 30)


def keep(store: Database, records: list[ActivationRow]) -> None:
    store.commit(records, [])
    while store.roll_up():
        pass


def purge(store: Database, retention: Retention, now: int = NOW) -> int:
    gone = 0
    while found := store.purge(retention, now):
        gone += found
    return gone


def ids(store: Database) -> list[int]:
    return sorted(int(each[1], 16) for each in store.records(GUEST, 10_000, False).rows)


def test_the_newest_are_kept(store: Database) -> None:
    keep(store, [record(number, NOW + number) for number in range(900)])
    assert purge(store, Retention(activations=250)) == 650
    assert ids(store) == [*range(650, 900)]
    assert purge(store, Retention(activations=250)) == 0


def test_the_last_days_are_kept_in_every_namespace(store: Database) -> None:
    spaces = ("guest", "other", "third")
    for day in range(10):
        keep(
            store,
            [
                record(day * 3 + each, NOW - day * DAY_MS, namespace=space)
                for each, space in enumerate(spaces)
            ],
        )
    assert purge(store, Retention(days=2.5)) == 3 * 7
    assert [store.count(ActivationFilter(space), []) for space in spaces] == [3, 3, 3]


def test_records_take_no_more_room_than_they_may(store: Database) -> None:
    keep(store, [record(number, NOW + number, size=100_000) for number in range(40)])
    # About 10 of these are a megabyte.
    purge(store, Retention(megabytes=1))
    assert ids(store) == [*range(30, 40)]


def test_without_bounds_everything_is_kept(store: Database) -> None:
    keep(store, [record(number, number) for number in range(50)])
    assert purge(store, EVERYTHING) == 0


def test_nothing_goes_that_is_not_in_the_sums(store: Database) -> None:
    store.commit([record(1, 5), record(2, 6)], [])
    assert store.purge(Retention(activations=1, days=0), NOW) == 0
    keep(store, [])
    assert purge(store, Retention(activations=1, days=0)) == 1
    assert sum(store.usage(UsageFilter("guest"))[0][7]) == 2


def test_when_all_are_gone_the_next_ones_are_summed_too(store: Database) -> None:
    keep(store, [record(1, 5), record(2, 6)])
    assert purge(store, Retention(days=1)) == 2
    assert ids(store) == []
    keep(store, [record(3, NOW)])
    assert sum(store.usage(UsageFilter("guest"))[0][7]) == 3
    assert store.count(GUEST, []) == 1


def test_graph_goes_with_its_record(store: Database) -> None:
    graphs = GraphStore(store)
    graph = Graph.from_json({"type": "empty"})
    graphs.keep(GraphLink(f"{number:032x}", "guest", graph) for number in (1, 2))
    keep(store, [record(1, 5), record(2, 6)])
    purge(store, Retention(activations=1, days=0))
    assert graphs.find(f"{1:032x}", "guest") is None
    assert graphs.find(f"{2:032x}", "guest") == graph.doc


def test_graphs_that_no_run_has_are_gone_after_the_next_start(
    store: Database, tmp_path: Path
) -> None:
    graphs = GraphStore(store)
    graphs.keep([GraphLink(f"{1:032x}", "guest", Graph.from_json({"type": "empty"}))])
    graphs.keep([GraphLink(f"{2:032x}", "guest", Graph.from_json({"type": "other"}))])
    keep(store, [record(1, 5), record(2, 6)])
    purge(store, Retention(activations=1, days=0))
    again = Database(tmp_path / "records.db")
    assert GraphStore(again).known == {Graph.from_json({"type": "other"}).sha256}
    again.close()


def test_file_stays_within_bounds(store: Database, tmp_path: Path) -> None:
    def size() -> int:
        return sum(each.stat().st_size for each in tmp_path.iterdir())

    retention = Retention(activations=300)
    sizes = []
    for turn in range(8):
        batch = range(turn * 300, turn * 300 + 300)
        keep(store, [record(number, NOW + number, size=5000) for number in batch])
        purge(store, retention)
        sizes.append(size())
    assert max(sizes[5:]) <= max(sizes[:5])


def test_file_gets_smaller_when_less_is_kept(store: Database, tmp_path: Path) -> None:
    keep(store, [record(number, NOW + number, size=20_000) for number in range(2000)])
    purge(store, Retention(activations=10))
    while store.shrink():
        pass
    store.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # The first 16 MB are left for the records to come.
    assert (tmp_path / "records.db").stat().st_size < 18 * 2**20
    (state,) = store.writer.execute("PRAGMA integrity_check").fetchone()
    assert state == "ok"
    assert ids(store) == [*range(1990, 2000)]
