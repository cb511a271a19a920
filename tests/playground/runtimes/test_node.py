from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.entities.actions import DeployedAction
from jupyter_faas.playground.entities.resolved_action import ResolvedAction, resolve_action
from jupyter_faas.playground.runtimes.builds import BuildCache, BuildOptions
from jupyter_faas.playground.runtimes.node import NodeRuntime, without_proxy
from jupyter_faas.playground.runtimes.node_modules import NodeModules
from jupyter_faas.whisk import Action, ActionLimits, Exec
from tests.playground.helpers.loop import in_loop

ACTION = Action("guest", "a", "0.0.1", False, Exec("nodejs:20"), (), (), ActionLimits(), 0)


def plan(execution: Exec = ACTION.exec) -> ResolvedAction:
    return resolve_action(DeployedAction(replace(ACTION, exec=execution), 1))


def runtime(data_dir: Path, path: Path) -> NodeRuntime:
    folder = DataDirectory(data_dir)
    folder.create()
    environ = {"PATH": str(path), "NODE_OPTIONS": "--inspect"}
    modules = NodeModules(BuildCache(folder, BuildOptions()), environ)
    return NodeRuntime(folder, environ, modules)


@pytest.fixture
def node(tmp_path: Path) -> Path:
    found = tmp_path / "bin" / "node"
    found.parent.mkdir()
    say(found, "v20.11.1")
    return found


def say(node: Path, version: str, changed: int = 1) -> None:
    node.write_text(f"#!/bin/sh\necho {version}\n")
    node.chmod(0o755)
    # The clock of the disk is coarser than a test is fast.
    os.utime(node, ns=(changed, changed))


@in_loop
async def test_launcher_turns_into_node(tmp_path: Path, node: Path) -> None:
    spec = await runtime(tmp_path, node.parent).spec(plan(), "nodejs:20", tmp_path, {"A": "1"})
    shipped = tmp_path / "playground/shipped"
    assert spec.command == (sys.executable, str(shipped / "launcher.py"))
    worker = str(shipped / "node_worker.js")
    flags = ("--expose-gc", "--max-old-space-size=256")
    assert spec.program == (str(node), *flags, worker, "text", "main")
    assert spec.init == {"A": "1"}
    # V8 reserves far more than it uses.
    assert spec.data_bytes == 0
    assert "NODE_OPTIONS" not in spec.environment


@in_loop
async def test_worker_files_are_copied(tmp_path: Path, node: Path) -> None:
    runtime(tmp_path, node.parent)
    shipped = tmp_path / "playground/shipped"
    assert {"launcher.py", "node_runtime.js", "node_worker.js"} <= {
        each.name for each in shipped.iterdir()
    }


@in_loop
async def test_archive_is_told_from_text(tmp_path: Path, node: Path) -> None:
    execution = Exec("nodejs:18", None, True, "lib/a.go")
    spec = await runtime(tmp_path, node.parent).spec(plan(execution), "nodejs:18", tmp_path, {})
    assert spec.program[-2:] == ("archive", "lib/a.go")


@in_loop
async def test_newer_node_runs_it_and_is_named(tmp_path: Path, node: Path) -> None:
    found = runtime(tmp_path, node.parent)
    spec = await found.spec(plan(Exec("nodejs:18")), "nodejs:18", tmp_path, {})
    assert spec.runtime == "node v20.11.1"
    assert (await found.spec(plan(), "nodejs:20", tmp_path, {})).runtime == ""


@in_loop
async def test_older_node_is_refused_until_it_is_replaced(tmp_path: Path, node: Path) -> None:
    found = runtime(tmp_path, node.parent)
    with pytest.raises(KindNotSupported, match=r"playground is v20\.11\.1, which is older"):
        await found.check(plan(Exec("nodejs:22")), "nodejs:22")
    say(node, "v22.3.0", 2)
    await found.check(plan(Exec("nodejs:22")), "nodejs:22")


@in_loop
async def test_node_that_does_not_work_is_none(tmp_path: Path, node: Path) -> None:
    say(node, "something else", 2)
    with pytest.raises(KindNotSupported, match="no working node was found on the PATH"):
        await runtime(tmp_path, node.parent).check(plan(), "nodejs:20")


@in_loop
async def test_kind_that_was_mapped_is_named(tmp_path: Path, node: Path) -> None:
    mapped = plan(Exec("nodejs:22"))
    spec = await runtime(tmp_path, node.parent).spec(mapped, "nodejs:20", tmp_path, {})
    assert spec.runtime == "node v20.11.1"


@in_loop
async def test_machine_without_node_is_the_reason(tmp_path: Path) -> None:
    found = runtime(tmp_path, tmp_path / "empty")
    with pytest.raises(
        KindNotSupported, match=r"'nodejs:20' cannot run here: no working node was found on"
    ):
        await found.check(plan(), "nodejs:20")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"PATH": "/bin"}, {}),
        ({"http_proxy": "http://p"}, {"NO_PROXY": "127.0.0.1,localhost"}),
        ({"HTTPS_PROXY": "http://p", "no_proxy": "x"}, {"NO_PROXY": "x,127.0.0.1,localhost"}),
    ],
)
def test_playground_is_reached_without_the_proxy(
    environment: dict[str, str], expected: dict[str, str]
) -> None:
    found = without_proxy(environment)
    assert {key: found[key] for key in found if key == "NO_PROXY"} == expected
    assert found.get("no_proxy") == found.get("NO_PROXY")
