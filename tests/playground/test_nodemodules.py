from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from jupyter_faas.playground.runtimes.builds import BuildFailed, BuildOptions, Builds
from jupyter_faas.playground.runtimes.node_modules import NodeModules, wants_modules
from tests.playground.conftest import a_folder
from tests.playground.loop import in_loop

PATH = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


def action(folder: Path, package: object) -> Path:
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps(package))
    (folder / "near").mkdir()
    (folder / "near/package.json").write_text(json.dumps({"name": "near", "version": "1.0.0"}))
    return folder


NEAR = {"dependencies": {"near": "file:./near"}}


def modules(tmp_path: Path) -> NodeModules:
    builds = Builds(a_folder(tmp_path), BuildOptions())
    return NodeModules(builds, {"NPM_CONFIG_OFFLINE": "true"})


@in_loop
async def test_modules_are_linked(tmp_path: Path) -> None:
    folder = action(tmp_path / "a", NEAR)
    await modules(tmp_path).provide(folder, 20, PATH, 25)
    assert (folder / "node_modules").is_symlink()
    assert (folder / "node_modules/near/package.json").exists()
    assert not wants_modules(folder)


@in_loop
async def test_other_node_has_other_modules(tmp_path: Path) -> None:
    found = modules(tmp_path)
    for major in (18, 20):
        await found.provide(action(tmp_path / str(major), NEAR), major, PATH, 25)
    assert len(list((tmp_path / "playground/builds").iterdir())) == 2


@in_loop
async def test_modules_that_have_gone_are_installed_anew(tmp_path: Path) -> None:
    folder = action(tmp_path / "a", NEAR)
    (folder / "node_modules").symlink_to(tmp_path / "gone")
    assert wants_modules(folder)
    await modules(tmp_path).provide(folder, 20, PATH, 25)
    assert (folder / "node_modules/near").exists()


@in_loop
async def test_no_npm(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="there is no npm on the PATH"):
        await modules(tmp_path).provide(action(tmp_path / "a", NEAR), 20, {"PATH": "/no"}, 25)


@pytest.mark.parametrize("package", [{}, [], {"dependencies": {}}, {"dependencies": "x"}])
@in_loop
async def test_nothing_to_install(tmp_path: Path, package: object) -> None:
    folder = action(tmp_path / "a", package)
    await modules(tmp_path).provide(folder, 20, {"PATH": "/no"}, 25)
    assert not (folder / "node_modules").exists()
