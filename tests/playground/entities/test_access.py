"""Who may do what where; with the real packages and actions, and no HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from jupyter_faas.errors import ActionConflict, ActionNotFound, FaasError, InputError
from jupyter_faas.playground.entities.access import Access
from jupyter_faas.playground.entities.actions import Actions, read_action_change
from jupyter_faas.playground.entities.packages import Packages, read_package_change
from jupyter_faas.playground.errors import NotEntitled
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.entities import PackageStore
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.whisk import FullName, PackageName, SystemLimits, as_dict
from jupyter_faas.whisk.kinds import runtimes_with_python
from tests.playground.helpers.loop import in_loop

BOUNDS = SystemLimits()
RUNTIMES = runtimes_with_python("3.11")
CODE = {"kind": "python:default", "code": "def main(p): return p"}


class House:
    """``you`` have a published package ``open`` and one that is not, ``closed``."""

    def __init__(self, path: Path) -> None:
        self.store = Database(path / "records.db")
        self.threads = DatabaseThreads()
        self.actions = Actions(self.store, self.threads, BOUNDS, lambda: 1)
        packages = PackageStore(self.store)
        self.packages = Packages(packages, self.threads, self.actions, lambda: 1)
        self.access = Access(self.actions, self.packages)

    async def put(self, path: str, **body: object) -> None:
        change = read_action_change({"exec": CODE, **body}, RUNTIMES, BOUNDS)
        await self.actions.put(FullName.parse(path), change, overwrite=True)

    async def put_package(self, path: str, **body: object) -> None:
        namespace, name = path.split("/")
        change = read_package_change(body, namespace, BOUNDS)
        await self.packages.put(PackageName(namespace, name), change, overwrite=True)


@asynccontextmanager
async def closing(house: House) -> AsyncIterator[House]:
    yield house
    house.threads.close()
    house.store.close()


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[House]:
    house = House(path)
    parameters = [{"key": "a", "value": 1}, {"key": "b", "value": 1}]
    await house.put_package("you/open", publish=True, parameters=parameters)
    await house.put_package("you/closed")
    for each in ("/you/open/a", "/you/closed/a", "/you/a", "/me/a"):
        await house.put(each)
    await house.put_package(
        "me/mine",
        binding={"namespace": "you", "name": "open"},
        parameters=[{"key": "b", "value": 2}],
    )
    yield house
    house.threads.close()
    house.store.close()


@in_loop
async def test_actions_that_can_be_run(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        for path, parameters in (
            ("/me/a", {}),
            ("/you/open/a", {"a": 1, "b": 1}),
            ("/me/mine/a", {"a": 1, "b": 2}),
        ):
            reached = house.access.action("me", FullName.parse(path))
            assert as_dict(reached.merged().action.parameters) == parameters
            assert reached.is_same(house.access.action("me", FullName.parse(path)))


@in_loop
async def test_entitlement_is_that_of_the_package(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        for path, entitled in (
            ("/me/a", True),
            ("/me/nothing", True),
            ("/me/mine/nothing", True),
            ("/you/open/nothing", True),
            ("/you/a", False),
            ("/you/closed/a", False),
            ("/you/nothing/a", False),
            ("/me/nothing/a", False),
            ("/me/a/a", False),
        ):
            assert house.access.is_entitled("me", FullName.parse(path)) is entitled, path


@in_loop
async def test_what_changed_is_not_what_it_was(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        name = FullName.parse("/me/mine/a")
        for change in (
            house.put("/you/open/a"),
            house.put_package("you/open"),
            house.put_package("me/mine"),
        ):
            before = house.access.action("me", name)
            await change
            assert not before.is_same(house.access.action("me", name))


@in_loop
async def test_actions_that_cannot_be_run(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        for path, error in (
            ("/you/a", NotEntitled),
            ("/you/nothing", NotEntitled),
            ("/you/closed/a", NotEntitled),
            ("/you/nothing/a", NotEntitled),
            ("/me/nothing", ActionNotFound),
            ("/me/nothing/a", ActionNotFound),
            ("/me/mine/nothing", ActionNotFound),
            ("/you/open/nothing", ActionNotFound),
            ("/me/mine", ActionConflict),
        ):
            kinds: type[FaasError] = error
            with pytest.raises(kinds):
                house.access.action("me", FullName.parse(path))


@in_loop
async def test_actions_that_can_be_changed(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        for path in ("/you/a", "/you/new", "/you/open/a", "/you/closed/new"):
            house.access.change_action("you", FullName.parse(path))
        for path, error in (
            ("/you/a", NotEntitled),
            ("/you/open/a", NotEntitled),
            ("/me/mine/a", InputError),
            ("/me/nothing/a", ActionNotFound),
            ("/me/mine", ActionConflict),
        ):
            kinds: type[FaasError] = error
            with pytest.raises(kinds):
                house.access.change_action("me", FullName.parse(path))
