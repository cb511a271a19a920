"""``jupyter nbconvert --to faas``, the real command."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from jupyter_faas.playground import status
from tests.cli.helpers import notebooks


@dataclass(frozen=True)
class Converted:
    """How nbconvert ended, and where it wrote to."""

    folder: Path
    data_dir: Path
    code: int
    err: str


def convert(
    folder: Path, *cells: str, options: tuple[str, ...] = (), here: bool = False
) -> Converted:
    """Write ``flowers.ipynb`` with these cells and convert it; ``here``: from its own folder."""
    path = notebooks.write(folder / "flowers.ipynb", *cells)
    data_dir = folder / "faas"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "jupyter",
            "nbconvert",
            "--to",
            "faas",
            *options,
            path.name if here else str(path),
        ],
        cwd=folder if here else None,
        capture_output=True,
        text=True,
        timeout=50,
        env={**os.environ, "JUPYTER_FAAS_DATA_DIR": str(data_dir)},
    )
    return Converted(folder, data_dir, done.returncode, done.stderr)


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Converted]:
    """A notebook with a model and with remote verbs, converted once for the tests here.

    ``--execute`` would run it for real, if we let nbconvert.
    """
    cells = (notebooks.LOAD, notebooks.TRAIN, notebooks.IRIS, notebooks.GREET, notebooks.REMOTE)
    done = convert(tmp_path_factory.mktemp("export"), *cells, options=("--execute",))
    assert done.code == 0, done.err
    yield done


def test_index_names_functions_and_members(converted: Converted) -> None:
    index = json.loads((converted.folder / "flowers.faas.json").read_text("utf-8"))
    assert index["notebook"] == "flowers.ipynb"
    iris, greet = index["functions"]
    assert (iris["name"], iris["bundle"]) == ("iris", "iris.zip")
    assert greet["signature"].startswith("greet(name: str, times: int")
    assert greet["limits"] == {"memory_mb": 128, "timeout_ms": 60_000}
    data = (converted.folder / "iris.zip").read_bytes()
    assert iris["sha256"] == hashlib.sha256(data).hexdigest()
    assert iris["size"] == len(data)
    with zipfile.ZipFile(converted.folder / "iris.zip") as archive:
        assert [one["path"] for one in iris["members"]] == archive.namelist()
        assert "models/model.onnx" in archive.namelist()


def test_readable_members_lie_beside_the_bundle(converted: Converted) -> None:
    folder = converted.folder / "iris"
    assert (folder / "function.py").read_text("utf-8").startswith("# %%function iris --sample X\n")
    assert "sklearn" not in (folder / "requirements.txt").read_text("utf-8")
    with zipfile.ZipFile(converted.folder / "iris.zip") as archive:
        written = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert written == {name: archive.read(name) for name in written}
    assert {"__main__.py", "captured.py", "manifest.json"} < set(written)


def test_a_project_lies_beside_it(converted: Converted) -> None:
    folder = converted.folder / "flowers.faas"
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    zips = {"actions/iris.zip", "actions/greet.zip"}
    annotations = {"annotations/iris.json", "annotations/greet.json"}
    assert found == {"manifest.yaml", "README.md", "ci/deploy.yml", *zips, *annotations}
    packages = yaml.safe_load((folder / "manifest.yaml").read_text("utf-8"))["packages"]
    assert list(packages["default"]["actions"]) == ["iris", "greet"]
    zipped = (folder / "actions" / "iris.zip").read_bytes()
    assert zipped == (converted.folder / "iris.zip").read_bytes()


def test_nothing_is_deployed_and_nothing_kept(converted: Converted) -> None:
    assert status(converted.data_dir) is None
    assert not converted.data_dir.exists()


def test_notebook_is_not_written_to(converted: Converted) -> None:
    content = json.loads((converted.folder / "flowers.ipynb").read_text("utf-8"))
    assert all(cell["outputs"] == [] for cell in content["cells"])


def test_same_notebook_gives_the_same_bundle(converted: Converted, tmp_path: Path) -> None:
    again = convert(tmp_path, notebooks.LOAD, notebooks.GREET)
    assert again.code == 0, again.err
    assert (tmp_path / "greet.zip").read_bytes() == (converted.folder / "greet.zip").read_bytes()


def test_notebook_in_the_current_folder_is_converted(tmp_path: Path) -> None:
    done = convert(tmp_path, notebooks.LOAD, notebooks.GREET, here=True)
    assert done.code == 0, done.err
    names = {"flowers.ipynb", "flowers.faas", "flowers.faas.json", "greet", "greet.zip"}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_failing_cell_is_shown_and_nothing_is_written(tmp_path: Path) -> None:
    done = convert(tmp_path, notebooks.LOAD, notebooks.GREET, "1 / 0")
    assert done.code == 1
    assert "Cell 3 of flowers.ipynb failed" in done.err
    assert "ZeroDivisionError: division by zero" in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flowers.ipynb"]


def test_functions_of_one_name_in_two_packages_are_both_written(tmp_path: Path) -> None:
    cells = [notebooks.GREET.replace("greet ", f"greet --package {one} ", 1) for one in "ab"]
    done = convert(tmp_path, notebooks.LOAD, *cells)
    assert done.code == 0, done.err
    index = json.loads((tmp_path / "flowers.faas.json").read_text("utf-8"))
    assert [one["name"] for one in index["functions"]] == ["a/greet", "b/greet"]
    for one in index["functions"]:
        data = (tmp_path / one["bundle"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == one["sha256"]
        assert (tmp_path / one["name"] / "function.py").is_file()


def test_compositions_are_written_too(tmp_path: Path) -> None:
    cell = "%%composition twice\nsequence('greet', lambda p: {'name': p['greeting']}, 'greet')"
    done = convert(tmp_path, notebooks.LOAD, cell, notebooks.GREET)
    assert done.code == 0, done.err
    index = json.loads((tmp_path / "flowers.faas.json").read_text("utf-8"))
    found = {one["name"]: one.get("composition", False) for one in index["functions"]}
    assert found == {"greet": False, "twice": True}
    document = json.loads((tmp_path / "twice" / "composition.json").read_text("utf-8"))
    assert document["ast"]["type"] == "sequence"
    assert (tmp_path / "twice" / "composition.py").read_text("utf-8").startswith("# %%composition")
    with zipfile.ZipFile(tmp_path / "twice.zip") as archive:
        assert {"__main__.py", "captured.py", "composition.json"} < set(archive.namelist())


def test_a_composition_is_written_after_those_in_it(tmp_path: Path) -> None:
    cell = "%%composition twice\nsequence(composition('outer', composition('inner', 'greet')))"
    done = convert(tmp_path, notebooks.LOAD, notebooks.GREET, cell)
    assert done.code == 0, done.err
    index = json.loads((tmp_path / "flowers.faas.json").read_text("utf-8"))
    assert [one["name"] for one in index["functions"]] == ["greet", "inner", "outer", "twice"]
    assert (tmp_path / "inner.zip").is_file()


def test_a_model_that_does_not_travel_is_written_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_FAAS_MODEL_THRESHOLD", "0")
    done = convert(tmp_path, notebooks.LOAD, notebooks.TRAIN, notebooks.IRIS)
    assert done.code == 0, done.err
    manifest = json.loads((tmp_path / "iris" / "manifest.json").read_text("utf-8"))
    (model,) = manifest["models"]
    (path,) = (tmp_path / "models").iterdir()
    assert path.name == f"{model['stored']['sha256']}.onnx"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
