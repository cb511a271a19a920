"""Images: their Dockerfile, functions that run in one, and the check of one."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shlex
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.commands.arguments import Outcome
from jupyter_faas.commands.table import Call, parse
from jupyter_faas.errors import InputError, TargetFailed
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.packaging.container_image import base_image, dockerfile
from tests.client.helpers.server import closed_port
from tests.workspace.helpers.cells import GREET, run_cell
from tests.workspace.helpers.requests import function_request

FULL, BARE, UNKNOWN = "docker.io/me/full:1", "docker.io/me/bare:1", "docker.io/you/other:1"
NO_HOME = ["env", "-u", "HOME"]
CELL = (
    "%%function count\nimport numpy\n\ndef count(n: int):\n    return {'n': numpy.arange(n).size}\n"
)


def instructions(text: str) -> list[tuple[str, list[str]]]:
    """A Dockerfile's instructions with their words, as a builder reads them."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(line.split()[0], shlex.split(line)[1:]) for line in joined.splitlines()]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A playground that takes one image for this Python, and one for a Python without anything."""
    data = tmp_path_factory.mktemp("data")
    venv.create(data / "bare", with_pip=False, symlinks=True)
    (data / "playground").mkdir()
    kinds = {"me/full:*": sys.executable, "me/bare:*": str(data / "bare" / "bin" / "python")}
    (data / "playground" / "kinds.json").write_text(json.dumps(kinds))
    workspace = Workspace.open(data, target="playground")
    workspace.playground.start(port=closed_port())
    yield workspace
    workspace.playground.stop()


def run(workspace: Workspace, *words: str) -> Outcome:
    call = parse("cli", ["image", *words])
    assert isinstance(call, Call)
    return call.run(workspace)


def test_the_dockerfile_installs_pins_on_a_pinned_base() -> None:
    text = dockerfile("3.11", base_image("3.11"), {"onnxruntime": "1.32.0", "numpy": "2.4.6"})
    (base, install, check) = instructions(text)
    assert base == ("FROM", ["openwhisk/action-python-v3.11:1.20.0"])
    assert install[0] == check[0] == "RUN"
    assert install[1][:2] == ["pip3", "install"]
    assert install[1][-2:] == ["numpy==2.4.6", "onnxruntime==1.32.0"]
    assert check[1] == [*NO_HOME, "python3", "-s", "-c", "import numpy, onnxruntime"]


def test_a_base_that_runs_as_nobody_is_installed_into_by_root() -> None:
    base = "apache/openserverless-runtime-python:v3.12-2506091954"
    found = instructions(dockerfile("3.12", base, {"numpy": "2.4.6"}))
    assert [name for name, _ in found] == ["FROM", "USER", "RUN", "USER", "RUN"]
    assert [words for name, words in found if name == "USER"] == [["root"], ["nobody"]]
    assert "--no-user" in found[2][1]


def test_the_python_is_that_of_a_known_base(workspace: Workspace, tmp_path: Path) -> None:
    base = "openwhisk/action-python-v3.10:1.20.0"
    with pytest.raises(InputError, match=r"has Python 3\.10, not 3\.12"):
        run(workspace, "--output", str(tmp_path), "--base", base, "--python", "3.12")


def test_writing_it_pins_what_is_installed_here(workspace: Workspace, tmp_path: Path) -> None:
    words = ("--output", str(tmp_path / "image"), "--base", "me/base:1", "--add", "scikit-learn")
    found = run(workspace, *words)
    text = (tmp_path / "image" / "Dockerfile").read_text()
    assert f"scikit-learn=={importlib.metadata.version('scikit-learn')}" in text
    assert "import numpy, onnxruntime, sklearn" in text
    assert found.value == tmp_path / "image" / "Dockerfile"
    assert run(workspace, *words).lines == found.lines


def test_somebody_else_s_dockerfile_stays(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(InputError, match="already contains another Dockerfile"):
        run(workspace, "--output", str(tmp_path))
    assert (tmp_path / "Dockerfile").read_text() == "FROM scratch\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--python", "3.7"], "no image with Python 3.7"),
        (["--add", "no-such-thing"], "not installed here"),
        (["--add", "numpy>=2"], "write NAME or NAME==VERSION"),
        (["--check", FULL, "--output", "."], "--output cannot be combined with --check"),
        (["--check", "not an image"], "not a valid image name"),
    ],
)
def test_what_is_not_understood(workspace: Workspace, words: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        run(workspace, *words)


def test_an_image_that_has_everything_is_said_to(workspace: Workspace) -> None:
    found = run(workspace, "--check", FULL)
    assert not found.failed
    assert found.lines[0].startswith(
        f"{FULL} has everything that actions need on Local playground: Python 3."
    )
    assert f"  onnxruntime   {importlib.metadata.version('onnxruntime')}" in found.lines
    assert workspace.functions() == []


def test_what_an_image_lacks_is_named(workspace: Workspace) -> None:
    found = run(workspace, "--check", BARE, "--add", "scikit-learn")
    assert found.failed
    assert (
        found.lines[0] == f"{BARE} does not have everything that actions need on Local playground."
    )
    missing = [line.split()[0] for line in found.lines if " missing (ModuleNotFoundError" in line]
    assert missing == ["numpy", "onnxruntime", "scikit-learn"]
    assert workspace.functions() == []


def test_an_image_that_does_not_run_says_why(workspace: Workspace) -> None:
    with pytest.raises(TargetFailed, match="this playground does not run containers"):
        run(workspace, "--check", UNKNOWN)
    assert workspace.functions() == []


def test_a_function_runs_in_its_image(workspace: Workspace) -> None:
    made = workspace.package(function_request(CELL, "count", image=FULL), run_cell(CELL))
    assert [one["path"] for one in made.card["files"]].count("requirements.txt") == 0
    assert [one["check"] for one in made.card["preflight"]].count("Image") == 1
    assert workspace.deploy(made.record.id).warning == ""
    assert workspace.function("count").kind == "blackbox"
    assert workspace.invoke("count", {"n": 3}).result == {"n": 3}


def test_a_package_can_be_given_an_image_later(workspace: Workspace) -> None:
    made = workspace.package(function_request(GREET, "greet"), run_cell(GREET))
    adapted = workspace.packages.adapt(made.record.id, image=FULL)
    workspace.deploy(adapted)
    assert workspace.invoke("greet", {"name": "Ada"}).result == {"hello": "Ada"}
    assert workspace.package_record(adapted).image == FULL
    assert "image" not in workspace.package_record(made.record.id).to_json()


def test_wheels_and_an_image_exclude_each_other(workspace: Workspace) -> None:
    request = function_request(GREET, "greet", image=FULL, vendor=True)
    with pytest.raises(InputError, match="both --vendor and --image"):
        workspace.package(request, run_cell(GREET))
