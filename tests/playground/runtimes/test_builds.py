from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from jupyter_faas.playground.runtimes.builds import (
    MARKER_FILE,
    BuildCache,
    BuildFailed,
    BuildOptions,
    Recipe,
    StillBuilding,
)
from tests.playground.conftest import a_folder
from tests.playground.helpers.loop import eventually, in_loop
from tests.playground.helpers.processes import with_argument

DAY_S = 24 * 3600.0

MAKE = "echo making; touch ../made"


def recipe(
    script: str = MAKE,
    key: str = "thing",
    prepare: Callable[[Path], None] = lambda folder: None,
    proof: str = "made",
) -> Recipe:
    def commands(root: Path) -> Sequence[tuple[str, ...]]:
        return (("/bin/sh", "-c", script),)

    return Recipe(
        key=key,
        description="things",
        prepare=prepare,
        commands=commands,
        environment={"PATH": os.environ["PATH"]},
        required_path=proof,
        error_message=lambda output: f"blamed: {output.strip()}",
    )


def counting(root: Path) -> str:
    return f"{MAKE}; echo x >> {root}/times"


@in_loop
async def test_what_was_built_is_found_again(tmp_path: Path) -> None:
    counted = recipe(counting(tmp_path))
    builds = BuildCache(a_folder(tmp_path), BuildOptions())
    path = await builds.get(counted, 20)
    assert (path / "made").exists()
    assert await builds.get(counted, 20) == path
    assert await BuildCache(a_folder(tmp_path), BuildOptions()).get(counted, 20) == path
    assert (tmp_path / "times").read_text() == "x\n"


@in_loop
async def test_many_who_ask_at_once_share_one_build(tmp_path: Path) -> None:
    builds = BuildCache(a_folder(tmp_path), BuildOptions())
    asked = [builds.get(recipe(counting(tmp_path)), 20) for _ in range(5)]
    assert len(set(await asyncio.gather(*asked))) == 1
    assert (tmp_path / "times").read_text() == "x\n"


@in_loop
async def test_files_are_there_for_the_commands(tmp_path: Path) -> None:
    def fill(folder: Path) -> None:
        (folder / "a.txt").write_text("text")

    builds = BuildCache(a_folder(tmp_path), BuildOptions())
    path = await builds.get(recipe("cp a.txt ../made", prepare=fill), 20)
    assert (path / "made").read_text() == "text"


@in_loop
async def test_build_goes_on_when_nobody_waits_any_more(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    slow = recipe(f"while [ ! -e {gate} ]; do sleep 0.02; done; {MAKE}")
    builds = BuildCache(a_folder(tmp_path), BuildOptions())
    with pytest.raises(StillBuilding, match="The things are still being installed"):
        await builds.get(slow, 0.1)
    gate.touch()
    await builds.get(slow, 20)


@in_loop
async def test_failure_has_the_output_and_leaves_nothing(tmp_path: Path) -> None:
    builds = BuildCache(a_folder(tmp_path), BuildOptions())
    with pytest.raises(BuildFailed, match="blamed: it is so") as failed:
        await builds.get(recipe("echo it is so; exit 3"), 20)
    assert failed.value.output == b"it is so\n"
    assert list((tmp_path / "playground/builds").iterdir()) == []
    await builds.get(recipe(), 20)


@in_loop
async def test_success_without_its_proof_is_a_failure(tmp_path: Path) -> None:
    builds = BuildCache(a_folder(tmp_path), BuildOptions())
    with pytest.raises(BuildFailed, match="blamed"):
        await builds.get(recipe("true"), 20)


@in_loop
async def test_files_that_cannot_be_written(tmp_path: Path) -> None:
    builds = BuildCache(a_folder(tmp_path), BuildOptions())

    def fill(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(BuildFailed, match=r"cannot be installed: No space left on device\."):
        await builds.get(recipe(prepare=fill), 20)


@in_loop
async def test_build_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    builds = BuildCache(a_folder(tmp_path), BuildOptions(limit_s=0.3))
    # Browsers of other tests have whole numbers of all kinds among their arguments.
    long = "611.0611611"
    with pytest.raises(BuildFailed, match=r"Installing the things took more than 0\.005 min and"):
        # A daemon of it ends too.
        await builds.get(recipe(f"setsid sleep {long} & sleep {long}"), 20)
    assert with_argument(long) == []


@in_loop
async def test_close_ends_what_is_being_built(tmp_path: Path) -> None:
    builds = BuildCache(a_folder(tmp_path), BuildOptions())
    with pytest.raises(StillBuilding):
        await builds.get(recipe("sleep 600"), 0.1)
    waiting = asyncio.ensure_future(builds.get(recipe("sleep 600"), 20))
    await asyncio.sleep(0)
    await builds.close()
    with pytest.raises(BuildFailed, match="the playground is stopping"):
        await waiting
    assert list((tmp_path / "playground/builds").iterdir()) == []


@in_loop
async def test_what_has_lost_its_proof_is_built_anew(tmp_path: Path) -> None:
    builds = BuildCache(a_folder(tmp_path), BuildOptions())
    path = await builds.get(recipe(counting(tmp_path)), 20)
    (path / "made").unlink()
    await builds.get(recipe(counting(tmp_path)), 20)
    assert (tmp_path / "times").read_text() == "x\nx\n"


@in_loop
async def test_what_was_not_used_for_long_is_removed(tmp_path: Path) -> None:
    now = 1000 * DAY_S
    folder = a_folder(tmp_path)
    root = folder.builds
    options = BuildOptions(keep_s=30 * DAY_S)
    first = BuildCache(folder, options, lambda: now)
    await first.get(recipe(key="old"), 20)
    await first.get(recipe(key="new"), 20)
    now += 20 * DAY_S
    # Each use counts.
    await BuildCache(folder, options, lambda: now).get(recipe(key="new"), 20)
    (root / "torn/source").mkdir(parents=True)
    now += 20 * DAY_S
    os.utime(root / "old" / MARKER_FILE, (now - 31 * DAY_S, now - 31 * DAY_S))
    BuildCache(folder, options, lambda: now).sweep()
    assert [each.name for each in root.iterdir()] == ["new"]


@in_loop
async def test_what_is_in_use_is_kept(tmp_path: Path) -> None:
    now = 1000 * DAY_S
    builds = BuildCache(a_folder(tmp_path), BuildOptions(), lambda: now)
    path = await builds.get(recipe(), 20)
    now += 100 * DAY_S
    builds.sweep()
    assert path.exists()


@in_loop
async def test_unused_is_swept_by_itself(tmp_path: Path) -> None:
    (tmp_path / "playground/builds/torn").mkdir(parents=True)
    BuildCache(a_folder(tmp_path), BuildOptions(sweep_s=0.01))
    await eventually(lambda: not (tmp_path / "playground/builds/torn").exists())
