from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.storage.database import ActionRow, Database
from jupyter_faas.playground.storage.filters import ActivationFilter, ActivationRow


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    store = Database(tmp_path / "records.db")
    yield store
    store.close()


def record(
    number: int,
    start: int,
    entity: str = "a",
    namespace: str = "guest",
    cause: str | None = None,
) -> ActivationRow:
    doc = b"doc%d" % number
    return ActivationRow(f"{number:032x}", namespace, entity, start, b"summary", doc, cause)


def test_actions_are_there_after_reopening(store: Database, tmp_path: Path) -> None:
    revision = store.put_action("guest", "a", b"{}", "code")
    again = Database(tmp_path / "records.db")
    assert again.actions() == [ActionRow("guest", "a", revision, b"{}")]
    assert again.code(revision) == "code"
    again.close()


def test_revisions_are_never_used_twice(store: Database) -> None:
    first = store.put_action("guest", "a", b"{}", "1")
    store.delete_action("guest", "a")
    second = store.put_action("guest", "a", b"{}", "2")
    third = store.put_action("guest", "a", b"{}", "3")
    assert len({first, second, third}) == 3
    assert store.code(first) is None
    assert store.code(second) is None
    assert store.code(third) == "3"


def test_put_without_code_keeps_it(store: Database) -> None:
    store.put_action("guest", "a", b"{}", "code")
    revision = store.put_action("guest", "a", b'{"more": 1}', None)
    assert store.code(revision) == "code"
    assert store.actions()[0].doc == b'{"more": 1}'


def test_delete(store: Database) -> None:
    store.put_action("guest", "a", b"{}", "code")
    store.delete_action("guest", "a")
    assert store.actions() == []


def test_records_newest_first(store: Database) -> None:
    store.commit([record(1, 100), record(2, 300), record(3, 200)], [])
    found = store.records(ActivationFilter("guest"), 2, docs=True).rows
    assert [doc for _, _, doc in found] == [b"doc2", b"doc3"]
    assert store.records(ActivationFilter("guest"), 1, docs=False).rows[0][2] == b"summary"


def test_records_of_one_millisecond_in_their_order(store: Database) -> None:
    store.commit([record(3, 100), record(1, 100), record(2, 100)], [])
    found = store.records(ActivationFilter("guest"), 9, docs=True).rows
    assert [doc for _, _, doc in found] == [b"doc2", b"doc1", b"doc3"]


def test_record_that_comes_twice_is_kept_once(store: Database) -> None:
    store.commit([record(1, 100)], [])
    store.commit([record(1, 100)], [])
    assert store.count(ActivationFilter("guest"), []) == 1


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (ActivationFilter("guest"), 3),
        (ActivationFilter("other"), 1),
        (ActivationFilter("guest", entity="a"), 2),
        (ActivationFilter("guest", entity="p/a"), 1),
        (ActivationFilter("guest", since=200), 2),
        (ActivationFilter("guest", upto=200), 2),
        (ActivationFilter("guest", since=200, upto=200), 1),
        (ActivationFilter("guest", entity="a", since=101), 1),
        (ActivationFilter("guest", causes=()), 2),
        (ActivationFilter("guest", causes=("x",)), 1),
        (ActivationFilter("guest", causes=("y", "x")), 1),
        (ActivationFilter("guest", causes=("y",)), 0),
    ],
)
def test_filters_agree_in_the_database_and_in_memory(
    store: Database, where: ActivationFilter, expected: int
) -> None:
    rows = [
        record(1, 100),
        record(2, 200),
        record(3, 300, entity="p/a", cause="x"),
        record(4, 200, namespace="other"),
    ]
    store.commit(rows, [])
    assert store.count(where, []) == expected
    assert len(store.records(where, 10, docs=False).rows) == expected
    assert len([row for row in rows if where.matches(row)]) == expected


def test_count_besides_some(store: Database) -> None:
    store.commit([record(1, 100), record(2, 200)], [])
    where = ActivationFilter("guest")
    assert store.count(where, [f"{2:032x}", f"{9:032x}"]) == 1


def test_accepted_until_there_is_a_record(store: Database) -> None:
    store.commit([], [("x", b"1"), (f"{1:032x}", b"2")])
    store.commit([record(1, 100)], [])
    assert store.accepted() == [("x", b"1")]
    store.forget_accepted()
    assert store.accepted() == []


def test_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    path.write_text("not a database, but longer than its header would be " * 20)
    with pytest.raises(PlaygroundError, match="is not a database"):
        Database(path)


def test_file_of_another_format(tmp_path: Path) -> None:
    Database(tmp_path / "records.db").close()
    connection = sqlite3.connect(tmp_path / "records.db")
    connection.execute("UPDATE meta SET value = 99 WHERE key='format'")
    connection.commit()
    connection.close()
    with pytest.raises(PlaygroundError, match="newer version"):
        Database(tmp_path / "records.db")


def test_file_of_the_first_format_learns_of_causes(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    Database(path).close()
    connection = sqlite3.connect(path)
    connection.executescript(
        "DROP INDEX activations_by_cause; ALTER TABLE activations DROP COLUMN cause;"
        "DROP INDEX activations_by_use; ALTER TABLE activations DROP COLUMN memory;"
        "ALTER TABLE activations DROP COLUMN cold; ALTER TABLE activations DROP COLUMN duration;"
        "ALTER TABLE activations DROP COLUMN peak;"
        "DROP TABLE graphs; DROP TABLE graph_of; DROP TABLE sums; DROP TABLE tallies;"
        "UPDATE meta SET value = 1 WHERE key='format';"
    )
    for number, summary in (
        (1, b'{"cause": "x", "activationId": "1"}'),
        (2, b'{"activationId": "2"}'),
    ):
        row = (f"{number:032x}", "guest", "a", number, summary, b"doc%d" % number)
        connection.execute("INSERT INTO activations VALUES (?, ?, ?, ?, ?, ?)", row)
    connection.commit()
    connection.close()
    store = Database(path)
    found = store.records(ActivationFilter("guest", causes=("x",)), 9, True)
    assert [one[2] for one in found.rows] == [b"doc1"]
    store.commit([record(3, 300, cause="x")], [])
    assert store.count(ActivationFilter("guest", causes=("x",)), []) == 2
    store.close()


def test_parts_of_a_run_are_found_by_an_index(store: Database) -> None:
    condition, arguments = ActivationFilter("guest", causes=("x", "y")).sql()
    plan = store.writer.execute(
        f"EXPLAIN QUERY PLAN SELECT id FROM activations WHERE {condition} ORDER BY start DESC",
        arguments,
    ).fetchall()
    assert "activations_by_cause" in str(plan)


def test_what_can_be_written_again_waits_for_no_disk(store: Database) -> None:
    store.suspend_sync()
    assert store.writer.execute("PRAGMA synchronous").fetchone() == (1,)
    store.resume_sync()
    assert store.writer.execute("PRAGMA synchronous").fetchone() == (2,)


def test_commits_are_synced_to_disk(store: Database) -> None:
    (level,) = store._writer.execute("PRAGMA synchronous").fetchone()
    (mode,) = store._writer.execute("PRAGMA journal_mode").fetchone()
    assert (level, mode) == (2, "wal")
