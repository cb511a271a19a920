"""What is installed, and when again; what clients find of it is in tests/contract."""

from __future__ import annotations

from pathlib import Path

from jupyter_faas.playground.alarms import feed_name
from jupyter_faas.playground.system_packages import (
    ALARMS,
    APIMGMT,
    SYSTEM,
    UTILS,
    install_system_packages,
)
from jupyter_faas.whisk import FullName
from jupyter_faas.whisk.kinds import runtimes_with_python
from tests.playground.entities.test_access import BOUNDS, RUNTIMES, House, closing
from tests.playground.helpers.loop import in_loop


async def installed(house: House) -> dict[str, int]:
    """The revision of every seed."""
    await install_system_packages(house.packages, house.actions, RUNTIMES, BOUNDS)
    return revisions(house)


def revisions(house: House) -> dict[str, int]:
    found = (each.full_name for each in house.actions.list(SYSTEM))
    return {name.local: house.actions.get(name).revision for name in found}


@in_loop
async def test_seeds_are_planted_once(tmp_path: Path) -> None:
    async with closing(House(tmp_path)) as house:
        first = await installed(house)
        assert {name.partition("/")[0] for name in first} == {UTILS.name, ALARMS.name, APIMGMT.name}
        assert await installed(house) == first
    async with closing(House(tmp_path)) as house:
        assert await installed(house) == first


@in_loop
async def test_seeds_follow_the_python_that_runs_them(tmp_path: Path) -> None:
    async with closing(House(tmp_path)) as house:
        first = await installed(house)
        await install_system_packages(
            house.packages, house.actions, runtimes_with_python("3.10"), BOUNDS
        )
        assert all(revision > first[name] for name, revision in revisions(house).items())
        action = house.actions.get(feed_name("once")).action
        assert (action.exec.kind, action.version) == ("python:3.10", "1.0.0")


@in_loop
async def test_seeds_of_another_version_are_replaced(tmp_path: Path) -> None:
    async with closing(House(tmp_path)) as house:
        first = await installed(house)
        await house.put(f"/{SYSTEM}/utils/echo", version="0.9.0")
        await house.put_package(UTILS.path, version="0.9.0", publish=False)
        again = await installed(house)
        assert {name for name in again if again[name] != first[name]} == {"utils/echo"}
        package = house.packages.find(UTILS)
        assert package is not None
        assert (package.version, package.publish) == ("1.0.0", True)
        assert house.actions.get(FullName(SYSTEM, "utils", "echo")).action.version == "1.0.0"
