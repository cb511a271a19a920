"""What is there already when the first invocation comes."""

from __future__ import annotations

import base64
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.entities.actions import DeployedAction
from jupyter_faas.playground.entities.resolved_action import resolve_action
from jupyter_faas.playground.environments import register
from jupyter_faas.playground.runtimes import make_runtimes
from jupyter_faas.playground.runtimes.archive import CodeRejected
from jupyter_faas.playground.runtimes.builds import BuildCache, BuildOptions
from jupyter_faas.playground.runtimes.code_cache import CodeCache
from jupyter_faas.playground.runtimes.kind_overrides import KindOverrides
from jupyter_faas.playground.runtimes.python import OWN_VERSION
from jupyter_faas.playground.scheduling.prewarm import Prewarmer
from jupyter_faas.playground.scheduling.zygote_pool import ZygoteOptions, ZygotePool
from jupyter_faas.whisk import Action, ActionLimits, Exec, KeyValue
from jupyter_faas.whisk.kinds import RUNTIMES
from tests.playground.helpers.loop import eventually, in_loop
from tests.playground.helpers.zygotes import ask, at_work

PLAIN = "def main(p): return {}"
ACTION = Action(
    *("guest", "a", "0.0.1", False, Exec(f"python:{OWN_VERSION}")), (), (), ActionLimits(), 0
)


class Parts:
    def __init__(self, data_dir: Path, idle_s: float) -> None:
        folder = DataDirectory(data_dir)
        folder.create()
        self.code = CodeCache(folder.code)
        self.zygotes = ZygotePool(ZygoteOptions(idle_s=idle_s))
        families = make_runtimes(folder, os.environ, BuildCache(folder, BuildOptions()))
        self.prewarmer = Prewarmer(
            runtimes=families,
            kinds=KindOverrides(folder.kinds, {}, runtimes=RUNTIMES, families=families),
            code=self.code,
            zygotes=self.zygotes,
        )


@asynccontextmanager
async def parts(data_dir: Path, idle_s: float = 300.0) -> AsyncIterator[Parts]:
    made = Parts(data_dir, idle_s)
    try:
        yield made
    finally:
        await made.prewarmer.close()
        await made.zygotes.close()


async def never() -> str:
    raise AssertionError


@in_loop
async def test_zygote_of_most_actions_is_there_before_any_action(tmp_path: Path) -> None:
    async with parts(tmp_path) as made:
        made.prewarmer.prewarm_runtimes()
        await eventually(lambda: len(made.zygotes.pids) == 1)


@in_loop
async def test_it_leaves_when_nothing_comes(tmp_path: Path) -> None:
    async with parts(tmp_path, idle_s=0.2) as made:
        made.prewarmer.prewarm_runtimes()
        await eventually(lambda: len(made.zygotes.pids) == 1)
        await eventually(lambda: made.zygotes.pids == [])


@in_loop
async def test_action_of_the_same_environment_needs_no_other(tmp_path: Path) -> None:
    async with parts(tmp_path) as made:
        made.prewarmer.prewarm_runtimes()
        await eventually(lambda: len(made.zygotes.pids) == 1)
        before = made.zygotes.pids
        made.prewarmer.prewarm_action(DeployedAction(ACTION, 1), PLAIN)
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
        made.prewarmer.prewarm_action(DeployedAction(action, 1), PLAIN)
        await eventually(lambda: len(made.zygotes.pids) == 1)


@in_loop
async def test_code_that_cannot_be_laid_out_is_for_the_start_to_tell(tmp_path: Path) -> None:
    async with parts(tmp_path) as made:
        made.prewarmer.prewarm_action(DeployedAction(ACTION, 1), "")

        async def fetch() -> str:
            return ""

        with pytest.raises(CodeRejected):
            await made.code.directory(1, fetch, False)


ARCHIVE = {
    "__main__.py": "import beside\ndef main(p): return {'sum': beside.ONE}",
    "beside.py": "ONE = 1",
    "package/__init__.py": "",
    "package/broken.py": "def (",
    "virtualenv.py": "",
}


def compiled(directory: Path) -> set[str]:
    found = (path.relative_to(directory) for path in directory.rglob("*.pyc"))
    return {f"{path.parent.parent / path.name.partition('.')[0]}" for path in found}


def archive(texts: Mapping[str, str]) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, text in texts.items():
            file.writestr(name, text)
    return base64.b64encode(buffer.getvalue()).decode()


BINARY = replace(ACTION, exec=Exec(f"python:{OWN_VERSION}", binary=True))


@in_loop
async def test_code_is_compiled_before_its_first_start(tmp_path: Path) -> None:
    async with parts(tmp_path) as made:
        made.prewarmer.prewarm_action(DeployedAction(BINARY, 1), archive(ARCHIVE))
        directory = await made.code.directory(1, never, True)
        whole = {"__main__", "beside", "package/__init__", "virtualenv"}
        await eventually(lambda: compiled(directory) == whole)
        # What is cached is not the action's.
        assert await made.code.directory(1, never, True) == directory


@in_loop
async def test_compiled_form_is_what_the_worker_loads(tmp_path: Path) -> None:
    async with parts(tmp_path) as made:
        made.prewarmer.prewarm_action(DeployedAction(BINARY, 1), archive(ARCHIVE))
        directory = await made.code.directory(1, never, True)
        await eventually(lambda: "__main__" in compiled(directory))
        (cached,) = directory.glob("__pycache__/__main__.*.pyc")
        before = cached.stat().st_mtime_ns
        families = make_runtimes(
            DataDirectory(tmp_path), os.environ, BuildCache(DataDirectory(tmp_path), BuildOptions())
        )
        plan = resolve_action(DeployedAction(BINARY, 1))
        spec = await families["python"].spec(plan, plan.kind, directory, {})
        async with at_work(made.zygotes, spec) as worker:
            assert await ask(worker) == {"sum": 1}
        assert cached.stat().st_mtime_ns == before


@in_loop
async def test_code_that_ends_who_compiles_it_ends_nobody_else(tmp_path: Path) -> None:
    deep = "-" * 2_000_000 + "1"
    async with parts(tmp_path) as made:
        made.prewarmer.prewarm_action(DeployedAction(ACTION, 1), deep)
        made.prewarmer.prewarm_action(DeployedAction(ACTION, 2), PLAIN)
        directory = await made.code.directory(2, never, False)
        await eventually(lambda: compiled(directory) == {"__main__"})


def test_folder_that_cannot_be_written_to_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(PLAIN)
    (tmp_path / "__pycache__").write_text("no folder")
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside/module.py").write_text("")
    shipped = files("jupyter_faas") / "shipped" / "workers"
    code = f"import sys; sys.path.insert(0, {str(shipped)!r})\n"
    code += f"import python_worker; python_worker.compile_code({str(tmp_path)!r})"
    environment = {"PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert compiled(tmp_path) == {"inside/module"}
