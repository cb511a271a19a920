"""What a sequence may be made of; what a client sees of it is in tests/contract."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.whisk import Exec, FullName
from tests.playground.helpers.invoking import House, house
from tests.playground.helpers.loop import in_loop
from tests.playground.invocation.test_invoker import echo

NAME = FullName("guest", None, "new")


async def check(home: House, *components: str, name: FullName = NAME) -> None:
    names = tuple(FullName("guest", None, each) for each in components)
    async with home.components.checked("guest", name, Exec("sequence", components=names)):
        pass


@in_loop
async def test_what_is_no_sequence_is_not_looked_at(tmp_path: Path) -> None:
    async with house(tmp_path, echo) as home:
        for execution in (None, Exec("python:3.11", "x")):
            async with home.components.checked("guest", NAME, execution):
                pass


@in_loop
async def test_another_waits_until_the_first_is_in_place(tmp_path: Path) -> None:
    async with house(tmp_path, echo) as home:
        await home.put("a")
        execution = Exec("sequence", components=(FullName("guest", None, "a"),))
        async with home.components.checked("guest", NAME, execution):
            other = asyncio.ensure_future(check(home, "a"))
            await asyncio.sleep(0)
            assert not other.done()
            # But not a plain action.
            async with home.components.checked("guest", NAME, None):
                pass
        await other


@in_loop
async def test_failed_check_lets_the_next_one_in(tmp_path: Path) -> None:
    async with house(tmp_path, echo) as home:
        await home.put("a")
        with pytest.raises(InputError, match="does not exist"):
            await check(home, "nothing")
        await check(home, "a")


@in_loop
async def test_circle_of_others_is_found_too(tmp_path: Path) -> None:
    async with house(tmp_path, echo) as home:
        await home.sequence("one", "two")
        await home.sequence("two", "one")
        with pytest.raises(InputError, match="may not refer to itself"):
            await check(home, "one")


@in_loop
async def test_nested_deeper_than_may_be(tmp_path: Path) -> None:
    async with house(tmp_path, echo) as home:
        await home.put("a")
        await home.sequence("s0", "a")
        for number in range(1, 101):
            await home.sequence(f"s{number}", f"s{number - 1}")
        await check(home, "s98")
        with pytest.raises(InputError, match="Too many actions in the sequence"):
            await check(home, "s99")


@in_loop
async def test_many_that_are_nested_again_and_again(tmp_path: Path) -> None:
    async with house(tmp_path, echo) as home:
        await home.put("a")
        await home.sequence("s0", "a", "a")
        # Two to the power of thirty actions: it must not look at all of them.
        for number in range(1, 30):
            await home.sequence(f"s{number}", *[f"s{number - 1}"] * 2)
        with pytest.raises(InputError, match="Too many actions in the sequence"):
            await check(home, "s29")
