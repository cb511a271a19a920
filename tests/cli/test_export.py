"""``jupyter faas export`` and the workflow that it writes, in a terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Program, program
from tests.cli.helpers import notebooks

SECRET = """\
%%function sign --param key=hush
def sign(key: str):
    return {"length": len(key)}
"""


def exported(faas: Program, folder: Path, *options: str) -> Path:
    """The folder of a project that was made from a notebook with three functions."""
    cells = (notebooks.LOAD, notebooks.GREET, SECRET, "%%composition twice\n'greet'")
    path = notebooks.write(folder / "flowers.ipynb", *cells)
    done = faas("export", path, folder / "project", *options)
    assert done.code == 0, done.err
    return folder / "project"


def test_a_notebook_becomes_a_project(faas: Program, tmp_path: Path) -> None:
    folder = exported(faas, tmp_path)
    actions = yaml.safe_load((folder / "manifest.yaml").read_text("utf-8"))["packages"]["default"]
    assert list(actions["actions"]) == ["greet", "sign", "twice"]
    for path in folder.rglob("*"):
        assert path.is_dir() or b"hush" not in path.read_bytes()
    # Nothing was deployed: there is no playground yet.
    assert faas("playground").code == 3


def test_json_tells_what_was_written(faas: Program, tmp_path: Path) -> None:
    path = notebooks.write(tmp_path / "flowers.ipynb", notebooks.LOAD, notebooks.GREET)
    found = faas("export", path, tmp_path / "p", "--function", "greet", "--json").json
    assert found["functions"] == ["greet"]
    assert found["files"] == [
        *("README.md", "actions/greet.zip", "annotations/greet.json", "ci/deploy.yml"),
        "manifest.yaml",
    ]


def test_a_folder_with_other_things_is_refused_at_once(faas: Program, tmp_path: Path) -> None:
    path = notebooks.write(tmp_path / "flowers.ipynb", notebooks.LOAD, "1 / 0")
    done = faas("export", path, tmp_path)
    assert done.code == 2
    assert "contains other files" in done.err


@pytest.mark.timeout(600)  # two runs of the notebook and a playground
def test_workflow_deploys_the_notebook_headless(tmp_path: Path) -> None:
    """Its own lines, as a runner runs them: in the repository, with the secrets as variables.

    All but the first, which installs: what runs the tests is installed already.
    """
    here, host = program(tmp_path / "runner"), program(tmp_path / "host")
    folder = exported(program(tmp_path / "laptop"), tmp_path)
    repository = tmp_path / "repository"
    repository.mkdir()
    shutil.copy(tmp_path / "flowers.ipynb", repository)
    info = host("playground", "start", "--json").json
    try:
        (job,) = yaml.safe_load((folder / "ci" / "deploy.yml").read_text("utf-8"))["jobs"].values()
        assert set(job["env"]) == {"OPENWHISK_APIHOST", "OPENWHISK_AUTH"}
        lines = [step["run"] for step in job["steps"] if "run" in step]
        assert lines[0].startswith("pip install ./jupyter_faas-0.1.0-py3-none-any.whl")
        auth = Path(info["wskprops"]).read_text("utf-8").partition("AUTH=")[2].strip()
        variables = {"OPENWHISK_APIHOST": info["apihost"], "OPENWHISK_AUTH": auth}
        for line in lines[1:]:
            subprocess.run(
                ["bash", "-ec", line],
                cwd=repository,
                env={**here.environ, **variables, "PATH": _path()},
                check=True,
                timeout=50,
            )
        deployed = host("invoke", "twice", "name=Ada", "--result").json
    finally:
        host("playground", "stop")
    assert deployed == {"greeting": "Hello Ada"}


def _path() -> str:
    """With the environment's commands first."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
