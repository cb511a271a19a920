"""Commands that install the package from where the running copy came from."""

from __future__ import annotations

import json
import shlex
import sys
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import jupyter_faas
from jupyter_faas.errors import NotInstalled
from jupyter_faas.installation import (
    MODELS,
    Origin,
    install_command,
    install_hint,
    origin,
    pip_arguments,
    require,
)
from jupyter_faas.version import __version__

ROOT = Path(__file__).parents[1]
COMMIT = "1c7ff3f3b0b1c8e0a4d7f0a5a3f3e2d1c0b9a8f7"


@pytest.mark.parametrize(
    ("record", "extra", "arguments"),
    [
        (
            {"url": "file:///home/ada/jupyter%20faas", "dir_info": {"editable": True}},
            "models",
            ["-e", "/home/ada/jupyter faas[models]"],
        ),
        (
            {"url": "file:///home/ada/jupyter_faas", "dir_info": {}},
            "",
            ["jupyter_faas @ file:///home/ada/jupyter_faas"],
        ),
        (
            {
                "url": "https://git.example/faas.git",
                "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": "main"},
            },
            "models",
            [f"jupyter_faas[models] @ git+https://git.example/faas.git@{COMMIT}"],
        ),
        (
            {
                "url": "https://git.example/all.git",
                "vcs_info": {"vcs": "git", "commit_id": COMMIT},
                "subdirectory": "faas",
            },
            "",
            [f"jupyter_faas @ git+https://git.example/all.git@{COMMIT}#subdirectory=faas"],
        ),
        (
            {"url": "file:///tmp/jupyter_faas-0.1.0-py3-none-any.whl", "archive_info": {}},
            "lab",
            ["jupyter_faas[lab] @ file:///tmp/jupyter_faas-0.1.0-py3-none-any.whl"],
        ),
    ],
    ids=["editable", "folder", "git", "git subdirectory", "wheel"],
)
def test_record_of_pep_610_becomes_arguments(
    record: dict[str, Any], extra: str, arguments: list[str]
) -> None:
    assert Origin.from_record(record).arguments(extra) == arguments


def test_copy_from_an_index_is_named_with_its_version() -> None:
    assert Origin().arguments("models") == [f"jupyter_faas[models]=={__version__}"]
    assert Origin().exists


def test_this_copy_is_the_editable_folder() -> None:
    record = json.loads(distribution("jupyter_faas").read_text("direct_url.json") or "")
    assert record["dir_info"] == {"editable": True}
    assert origin().folder == ROOT
    assert pip_arguments(MODELS) == f"-e {shlex.quote(f'{ROOT}[models]')}"
    command = shlex.join(install_command(origin().arguments()))
    tool = "-m pip install" if find_spec("pip") else "uv pip install --python"
    assert tool in command
    assert sys.executable in command
    assert install_hint().removeprefix("Run in a terminal: ") == command


def test_folder_that_is_gone_is_not_offered(tmp_path: Path) -> None:
    gone = Origin.from_record({"url": (tmp_path / "gone").as_uri(), "dir_info": {}})
    assert not gone.exists


def test_what_is_missing_is_named_with_the_command() -> None:
    require(["json"], MODELS, "Converting a model")
    with pytest.raises(NotInstalled, match="needs no_such_1 and no_such_2, which are not") as found:
        require(["json", "no_such_1", "no_such_2"], MODELS, "Converting a model")
    assert f"{ROOT}[models]" in found.value.hint
    with pytest.raises(NotInstalled, match="Converting a model needs no_such_1, which is not"):
        require(["no_such_1"], MODELS, "Converting a model")


def test_completion_lists_the_names_that_are_imported_on_first_use() -> None:
    assert set(jupyter_faas.__all__) <= set(dir(jupyter_faas))
