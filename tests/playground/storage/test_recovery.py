"""A damaged database: what can be read is kept, the rest comes from the backup or is named."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.storage.backup import back_up, daily
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.filters import ActivationFilter
from jupyter_faas.playground.storage.recovery import Recovery, finish, recover
from jupyter_faas.playground.storage.threads import database_errors
from tests.playground.helpers.disks import files_end_at
from tests.playground.storage.test_database import record
from tests.playground.storage.test_failures import crashed
from tests.playground.storage.test_schema import FORMAT_4

PAGE = 4096
GUEST = ActivationFilter("guest")


@pytest.fixture(params=[False, True], ids=["", "format 4"])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A database with 40 actions and 300 records, over many pages."""
    path = tmp_path / "records.db"
    with closing(Database(path)) as store:
        for number in range(40):
            store.put_action("guest", f"a{number:02}", b"{}", f"code {number} " * 100)
        store.commit([record(number, 100 + number) for number in range(300)], [])
        while store.roll_up():
            pass
    if request.param:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(FORMAT_4)
    yield path


def leaves(path: Path, table: str) -> list[int]:
    """Return the numbers of the pages with a table's rows, which begin with 13."""
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name=?", (table,)
        ).fetchone()
    data = path.read_bytes()
    page = data[(root - 1) * PAGE : root * PAGE]
    if page[0] == 13:
        return [root]
    assert page[0] == 5
    count = int.from_bytes(page[3:5], "big")
    cells = [int.from_bytes(page[12 + 2 * n : 14 + 2 * n], "big") for n in range(count)]
    return [int.from_bytes(page[cell : cell + 4], "big") for cell in cells]


def damage(path: Path, *pages: int) -> None:
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * PAGE)
            file.write(b"\xde\xad" * (PAGE // 2))


def repaired(path: Path) -> Recovery:
    return recover(path, path.parent / "damaged/1", [daily(path)])


def table(found: Recovery, name: str) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    (one,) = [each for each in found.tables if each.name == name]
    return one.rows, one.restored, one.lost


def test_rows_on_both_sides_of_the_damage_are_kept(path: Path) -> None:
    pages = leaves(path, "actions")
    damage(path, pages[2], pages[5])
    rows, restored, lost = table(repaired(path), "actions")
    assert restored == ()
    assert rows + len(lost) == 40
    assert 2 <= len(lost) <= 14
    with closing(Database(path)) as store:
        kept = {each.name for each in store.actions()}
        assert {f"guest/{each}" for each in kept} | set(lost) == {
            f"guest/a{number:02}" for number in range(40)
        }
        for each in store.actions():
            assert store.code(each.revision) == f"code {int(each.name[1:])} " * 100
        assert store.put_action("guest", "new", b"{}", "") > max(
            each.revision for each in store.actions() if each.name != "new"
        )
        assert store.count(GUEST, []) == 300


def test_unreadable_rows_come_from_the_backup(path: Path) -> None:
    assert back_up(path, daily(path))
    with closing(Database(path)) as store:
        store.delete_action("guest", "a00")
        store.put_action("guest", "later", b"{}", "")
    damage(path, leaves(path, "actions")[2])
    rows, restored, lost = table(repaired(path), "actions")
    assert (rows, lost) == (40, ())
    assert restored
    with closing(Database(path)) as store:
        names = [each.name for each in store.actions()]
    assert "later" in names
    assert "a00" not in names


def test_records_that_are_lost_are_not_counted(path: Path) -> None:
    pages = leaves(path, "activations")
    damage(path, pages[-1], pages[0])
    rows, _, lost = table(repaired(path), "activations")
    assert rows + len(lost) == 300
    with closing(Database(path)) as store:
        assert store.count(GUEST, []) == rows
        store.commit([record(999, 999)], [])
        assert store.roll_up() == 1
        assert store.count(GUEST, []) == rows + 1


def test_first_page_comes_from_the_backup(path: Path) -> None:
    assert back_up(path, daily(path))
    with closing(Database(path)) as store:
        store.put_action("guest", "later", b"{}", "")
    damage(path, 1)
    assert table(repaired(path), "actions")[0] == 41
    with closing(Database(path)) as store:
        assert "later" in [each.name for each in store.actions()]


def test_file_of_something_else_without_a_backup(path: Path) -> None:
    path.write_text("hello" * 2000)
    found = repaired(path)
    assert table(found, "actions")[0] == 0
    assert found.copy is not None
    assert (found.copy / path.name).read_text() == "hello" * 2000
    Database(path).close()


def test_wal_is_copied_and_read(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    crashed(path, 3)
    with path.open("ab") as file:
        # A page that no table has: damage without a loss.
        file.write(b"\xde\xad" * (PAGE // 2))
    with path.with_name("records.db-wal").open("rb") as file:
        wal = file.read()
    found = repaired(path)
    if found.copy is not None:
        assert (found.copy / "records.db-wal").read_bytes() == wal
    with closing(Database(path)) as store:
        assert len(store.actions()) == 3


def test_intact_database_is_not_changed(path: Path) -> None:
    before = path.read_bytes()
    assert repaired(path) == Recovery(None)
    assert path.read_bytes() == before
    assert not list((path.parent / "damaged").iterdir())


def test_no_space_for_the_copy_changes_nothing(path: Path) -> None:
    damage(path, leaves(path, "actions")[2])
    before = path.read_bytes()
    with files_end_at(PAGE), pytest.raises(PlaygroundError, match="cannot be copied: File too"):
        repaired(path)
    assert path.read_bytes() == before
    assert not list((path.parent / "damaged").iterdir())


@pytest.mark.parametrize("start", [Database, finish], ids=["start", "repair"])
def test_interrupted_last_step_is_finished(path: Path, start: Callable[[Path], object]) -> None:
    intact = path.read_bytes()
    damage(path, leaves(path, "actions")[2])
    shutil.copy(path, path.with_name("records.db-wal"))
    path.with_name("records.db.repaired").write_bytes(intact)
    opened = start(path)
    if isinstance(opened, Database):
        opened.close()
    with closing(Database(path)) as store:
        assert len(store.actions()) == 40


def test_damaged_database_does_not_replace_the_backup(path: Path) -> None:
    assert back_up(path, daily(path))
    before = daily(path).read_bytes()
    damage(path, leaves(path, "actions")[2])
    assert not back_up(path, daily(path))
    assert daily(path).read_bytes() == before
    assert [each.name for each in daily(path).parent.iterdir()] == [daily(path).name]


def test_request_for_a_damaged_page_says_what_to_do(path: Path) -> None:
    with closing(Database(path)) as store:
        lost = store.actions()[-1].revision
    damage(path, leaves(path, "actions")[-1])
    with (
        closing(Database(path)) as store,
        pytest.raises(PlaygroundError) as found,
        database_errors(),
    ):
        store.code(lost)
    assert found.value.message == (
        "The playground's database is damaged. Stop the playground (jupyter faas playground stop) "
        "and run jupyter faas playground repair."
    )


def test_text_that_is_no_text_any_more_comes_from_the_backup(path: Path) -> None:
    assert back_up(path, daily(path))
    data = path.read_bytes()
    assert data.count(b"code 7 code 7 ") > 0
    path.write_bytes(data.replace(b"code 7 code 7 ", b"code 7 \xff\xff\xff\xff 7 ", 1))
    rows, restored, lost = table(repaired(path), "actions")
    assert (rows, restored, lost) == (40, ("guest/a07",), ())
    with closing(Database(path)) as store:
        assert store.code(8) == "code 7 " * 100
