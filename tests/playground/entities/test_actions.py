"""The order within one millisecond; the rest is in tests/contract."""

from __future__ import annotations

from pathlib import Path

from jupyter_faas.whisk import PackageName
from tests.playground.entities.test_access import House, closing
from tests.playground.helpers.loop import in_loop


def names(house: House) -> list[str]:
    return [each.full_name.local for each in house.actions.list("me")]


@in_loop
async def test_last_written_of_a_millisecond_is_the_newest(tmp_path: Path) -> None:
    written = ["/me/b", "/me/p/c", "/me/a", "/me/p/d", "/me/b", "/me/p/c"]
    newest = ["p/c", "b", "p/d", "a"]
    async with closing(House(tmp_path)) as house:
        for path in written:
            await house.put(path)
        assert names(house) == newest
    async with closing(House(tmp_path)) as house:
        assert names(house) == newest
        inside = house.actions.inside(PackageName("me", "p"))
        assert [each.name for each in inside] == ["c", "d"]


@in_loop
async def test_long_list_is_sorted_once_between_two_changes(tmp_path: Path) -> None:
    async with closing(House(tmp_path)) as house:
        await house.put("/me/a")
        first = house.actions.list("me")
        assert house.actions.list("me") is first
        await house.put("/me/b")
        assert names(house) == ["b", "a"]
