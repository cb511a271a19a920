"""What is there already when the first invocation comes."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_faas.playground.actions import Deployed
from jupyter_faas.playground.archive import CodeRejected
from jupyter_faas.playground.builds import BuildOptions, Builds
from jupyter_faas.playground.codecache import CodeCache
from jupyter_faas.playground.environments import register
from jupyter_faas.playground.folder import Folder
from jupyter_faas.playground.kindmap import KindMap
from jupyter_faas.playground.preparation import Preparation
from jupyter_faas.playground.runtimes import make_runtimes
from jupyter_faas.playground.runtimes.python import OWN_VERSION
from jupyter_faas.playground.zygotes import ZygoteOptions, Zygotes
from jupyter_faas.whisk import Action, ActionLimits, Exec, KeyValue
from jupyter_faas.whisk.kinds import RUNTIMES
from tests.playground.loop import eventually, in_loop

PLAIN = "def main(p): return {}"
ACTION = Action(
    *("guest", "a", "0.0.1", False, Exec(f"python:{OWN_VERSION}")), (), (), ActionLimits(), 0
)


class Parts:
    def __init__(self, data_dir: Path, idle_s: float) -> None:
        folder = Folder(data_dir)
        folder.create()
        self.code = CodeCache(folder.code)
        self.zygotes = Zygotes(ZygoteOptions(idle_s=idle_s))
        families = make_runtimes(folder, os.environ, Builds(folder, BuildOptions()))
        self.preparation = Preparation(
            runtimes=families,
            kinds=KindMap(folder.kinds, {}, runtimes=RUNTIMES, families=families),
            code=self.code,
            zygotes=self.zygotes,
        )


@asynccontextmanager
async def parts(data_dir: Path, idle_s: float = 300.0) -> AsyncIterator[Parts]:
    made = Parts(data_dir, idle_s)
    try:
        yield made
    finally:
        await made.preparation.close()
        await made.zygotes.close()


async def never() -> str:
    raise AssertionError


@in_loop
async def test_zygote_of_most_actions_is_there_before_any_action(tmp_path: Path) -> None:
    async with parts(tmp_path) as made:
        made.preparation.begin()
        await eventually(lambda: len(made.zygotes.pids) == 1)


@in_loop
async def test_it_leaves_when_nothing_comes(tmp_path: Path) -> None:
    async with parts(tmp_path, idle_s=0.2) as made:
        made.preparation.begin()
        await eventually(lambda: len(made.zygotes.pids) == 1)
        await eventually(lambda: made.zygotes.pids == [])


@in_loop
async def test_action_of_the_same_environment_needs_no_other(tmp_path: Path) -> None:
    async with parts(tmp_path) as made:
        made.preparation.begin()
        await eventually(lambda: len(made.zygotes.pids) == 1)
        before = made.zygotes.pids
        made.preparation.begin_for(Deployed(ACTION, 1), PLAIN)
        assert await made.code.directory(1, never, False)
        assert made.zygotes.pids == before


@in_loop
async def test_zygote_of_another_environment_comes_with_the_put(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    environment = {"id": "e", "executable": str(python), "prefix": sys.prefix}
    register(tmp_path, {**environment, "version": f"{OWN_VERSION}.0"})
    action = replace(ACTION, annotations=(KeyValue("faas-environment", "e"),))
    async with parts(tmp_path) as made:
        made.preparation.begin_for(Deployed(action, 1), PLAIN)
        await eventually(lambda: len(made.zygotes.pids) == 1)


@in_loop
async def test_code_that_cannot_be_laid_out_is_for_the_start_to_tell(tmp_path: Path) -> None:
    async with parts(tmp_path) as made:
        made.preparation.begin_for(Deployed(ACTION, 1), " ")

        async def fetch() -> str:
            return " "

        with pytest.raises(CodeRejected):
            await made.code.directory(1, fetch, False)
