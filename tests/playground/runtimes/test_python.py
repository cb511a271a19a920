from __future__ import annotations

import os
import platform
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.entities.actions import DeployedAction
from jupyter_faas.playground.entities.resolved_action import ResolvedAction, resolve_action
from jupyter_faas.playground.environments import register
from jupyter_faas.playground.runtimes.builds import BuildCache, BuildOptions
from jupyter_faas.playground.runtimes.interpreters import Interpreters
from jupyter_faas.playground.runtimes.python import (
    OWN_VERSION,
    PythonRuntime,
    find_interpreter,
    worker_environment,
)
from jupyter_faas.playground.runtimes.virtualenvs import Virtualenvs
from jupyter_faas.whisk import Action, ActionLimits, Exec, KeyValue
from tests.playground.helpers.loop import in_loop

ACTION = Action("guest", "a", "0.0.1", False, Exec("python:3.11"), (), (), ActionLimits(), 0)


def plan(kind: str = f"python:{OWN_VERSION}", environment: str | None = None) -> ResolvedAction:
    annotations = (KeyValue("faas-environment", environment),) if environment else ()
    return resolve_action(
        DeployedAction(replace(ACTION, exec=Exec(kind), annotations=annotations), 1)
    )


OWN = f"python:{OWN_VERSION}"


def virtualenvs(folder: DataDirectory) -> Virtualenvs:
    return Virtualenvs(BuildCache(folder, BuildOptions()), os.environ, Interpreters())


def runtime(data_dir: Path, **found: str) -> PythonRuntime:
    folder = DataDirectory(data_dir)
    folder.create()
    environ = {"PATH": "/bin"}
    return PythonRuntime(folder, environ, virtualenvs(folder), lambda version: found.get(version))


@in_loop
async def test_own_version_runs_under_the_own_interpreter(tmp_path: Path) -> None:
    spec = await runtime(tmp_path).spec(plan(), OWN, tmp_path, {})
    assert spec.command == (sys.executable, str(tmp_path / "playground/shipped/launcher.py"))
    assert (tmp_path / "playground/shipped/launcher.py").exists()
    assert spec.main == "main"


@in_loop
async def test_start_is_foreseen(tmp_path: Path) -> None:
    found = runtime(tmp_path)
    foreseen = await found.prewarm_spec(plan(), OWN, tmp_path)
    assert foreseen is not None
    spec = await found.spec(plan(), OWN, tmp_path, {})
    # The variables of a run are known only when it begins.
    assert foreseen == spec._replace(waited_s=0.0, init={})
    assert found.default_zygote() == (spec.zygote, spec.environment)


@in_loop
async def test_remark_on_packages_is_known_before_the_start(tmp_path: Path) -> None:
    found, code = runtime(tmp_path), tmp_path / "__main__.py"
    code.write_text("import numpy\n")
    await found.prewarm_spec(plan(), OWN, tmp_path)
    code.unlink()
    spec = await found.spec(plan(), OWN, tmp_path, {})
    assert "numpy" in spec.note


@in_loop
async def test_start_after_an_installation_is_not_foreseen(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("jupyter-faas-has-no-such==1\n")
    assert await runtime(tmp_path).prewarm_spec(plan(), OWN, tmp_path) is None
    (tmp_path / "requirements.txt").write_text("pytest\n")
    assert await runtime(tmp_path).prewarm_spec(plan(), OWN, tmp_path) is not None


@in_loop
async def test_other_version_is_looked_up(tmp_path: Path) -> None:
    found = runtime(tmp_path, **{"3.77": "/opt/python3.77"})
    assert (await found.spec(plan("python:3.77"), "python:3.77", tmp_path, {})).command[
        0
    ] == "/opt/python3.77"


@in_loop
async def test_version_that_is_not_there_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(KindNotSupported, match=r"there is no python3\.77 on the PATH"):
        await runtime(tmp_path).check(plan("python:3.77"), "python:3.77")


@in_loop
async def test_version_that_is_not_there_is_looked_for_again_later(tmp_path: Path) -> None:
    folder, looks, now = DataDirectory(tmp_path), [], 0.0
    folder.create()

    def find(version: str) -> str | None:
        looks.append(version)
        return None if len(looks) == 1 else "/opt/python3.77"

    found = PythonRuntime(folder, {}, virtualenvs(folder), find, lambda: now)
    for _ in range(3):
        with pytest.raises(KindNotSupported):
            await found.check(plan("python:3.77"), "python:3.77")
    assert len(looks) == 1
    now = 31.0
    await found.check(plan("python:3.77"), "python:3.77")


@in_loop
async def test_environment_that_packaged_it_runs_it(tmp_path: Path) -> None:
    executable = tmp_path / "python"
    executable.touch(0o755)
    environment = {"id": "e", "executable": str(executable), "prefix": "/e", "version": "3.77.1"}
    register(tmp_path, environment)
    spec = await runtime(tmp_path).spec(plan("python:3.77", "e"), "python:3.77", tmp_path, {})
    assert spec.command[0] == str(executable)


@in_loop
async def test_choice_is_known_after_the_first(tmp_path: Path) -> None:
    version = f"{OWN_VERSION}.1"
    own = {"executable": sys.executable, "prefix": sys.prefix, "version": version}
    register(tmp_path, {**own, "id": "abc"})
    runtime_ = runtime(tmp_path)
    assert runtime_.is_known(plan(), OWN)
    assert not runtime_.is_known(plan(environment="abc"), OWN)
    await runtime_.check(plan(environment="abc"), OWN)
    assert runtime_.is_known(plan(environment="abc"), OWN)


@in_loop
async def test_version_that_is_not_there_is_not_known(tmp_path: Path) -> None:
    assert not runtime(tmp_path).is_known(plan("python:3.9"), "python:3.9")


@in_loop
async def test_registered_environment_runs_a_version_that_is_not_on_the_path(
    tmp_path: Path,
) -> None:
    executable = tmp_path / "python"
    executable.touch(0o755)
    environment = {"id": "e", "executable": str(executable), "prefix": "/e", "version": "3.77.1"}
    register(tmp_path, environment)
    spec = await runtime(tmp_path).spec(plan("python:3.77"), "python:3.77", tmp_path, {})
    assert spec.command[0] == str(executable)


@in_loop
async def test_kind_that_was_mapped_is_named(tmp_path: Path) -> None:
    spec = await runtime(tmp_path).spec(plan("python:3.77"), OWN, tmp_path, {})
    assert spec.command[0] == sys.executable
    assert spec.runtime == f"python {OWN_VERSION}"
    assert (await runtime(tmp_path).spec(plan(), OWN, tmp_path, {})).runtime == ""


@in_loop
async def test_interpreter_that_was_mapped_runs_it(tmp_path: Path) -> None:
    kind = f"python:{sys.executable}"
    spec = await runtime(tmp_path).spec(plan("python:3.77"), kind, tmp_path, {})
    assert spec.command[0] == sys.executable
    assert spec.runtime == f"python {platform.python_version()}"


@in_loop
async def test_interpreter_that_was_mapped_is_refused_when_it_is_none(tmp_path: Path) -> None:
    with pytest.raises(KindNotSupported, match="'/bin/false', which is not a working Python"):
        await runtime(tmp_path).check(plan("python:3.77"), "python:/bin/false")


@in_loop
async def test_environment_of_another_version_does_not_run_it(tmp_path: Path) -> None:
    environment = {"id": "e", "executable": "/bin/sh", "prefix": "/e", "version": "3.77.1"}
    register(tmp_path, environment)
    spec = await runtime(tmp_path).spec(plan(environment="e"), OWN, tmp_path, {})
    assert spec.command[0] == sys.executable


@in_loop
async def test_environment_that_is_unknown_leaves_the_kind_to_decide(tmp_path: Path) -> None:
    spec = await runtime(tmp_path).spec(plan(environment="gone"), OWN, tmp_path, {})
    assert spec.command[0] == sys.executable


def test_find_interpreter(tmp_path: Path) -> None:
    (tmp_path / f"python{OWN_VERSION}").symlink_to(sys.executable)
    found = find_interpreter(OWN_VERSION, str(tmp_path))
    assert found is not None


@pytest.mark.parametrize("script", ["exit 127", "echo 3.5; echo /x", "echo"])
def test_find_interpreter_when_it_is_none(tmp_path: Path, script: str) -> None:
    """A version manager has a python3.x for every version, installed or not."""
    shim = tmp_path / "python3.77"
    shim.write_text(f"#!/bin/sh\n{script}\n")
    shim.chmod(0o755)
    assert find_interpreter("3.77", str(tmp_path)) is None
    assert find_interpreter("3.78", str(tmp_path)) is None


def test_worker_environment() -> None:
    environ = {
        "PATH": "/usr/bin",
        "HOME": "/home/someone",
        "LC_ALL": "C",
        "OPENBLAS_CORETYPE": "Haswell",
        "JUPYTER_TOKEN": "secret",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "PYTHONPATH": "/x",
    }
    found = worker_environment(environ, "/env/bin/python", None)
    assert found["PATH"] == "/env/bin:/usr/bin"
    assert found["HOME"] == "/home/someone"
    assert found["LC_ALL"] == "C"
    assert found["OPENBLAS_CORETYPE"] == "Haswell"
    assert found["OPENBLAS_NUM_THREADS"] == found["OMP_NUM_THREADS"] == "1"
    assert found["ORT_DISABLE_TELEMETRY"] == "1"
    assert "PYTHONPATH" not in found
    assert "secret" not in found.values()


def test_worker_environment_in_a_virtual_environment(tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").touch()
    found = worker_environment({}, f"{tmp_path}/bin/python", str(tmp_path))
    assert found["VIRTUAL_ENV"] == str(tmp_path)
    assert found["PATH"].startswith(f"{tmp_path}/bin:")
