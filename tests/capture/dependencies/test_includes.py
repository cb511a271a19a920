from __future__ import annotations

import ast
from pathlib import Path

import pytest

from jupyter_faas.capture.dependencies.file_reads import loaded_modules
from jupyter_faas.capture.dependencies.includes import read_includes
from jupyter_faas.errors import CaptureError


def write(folder: Path, *paths: str) -> None:
    for path in paths:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)


def test_files_keep_their_path_below_the_notebook(tmp_path: Path) -> None:
    write(tmp_path, "labels.csv", "lib/part.py", "lib/data/x.txt", "other.txt")
    includes = read_includes([Path("labels.csv"), Path("lib")], tmp_path)
    assert includes.contents() == {
        path: path.encode() for path in ("labels.csv", "lib/data/x.txt", "lib/part.py")
    }
    assert includes.given == [("labels.csv", 10), ("lib", 25)]


def test_files_from_elsewhere_go_to_the_top_level(tmp_path: Path) -> None:
    write(tmp_path, "shared/tools/t.py", "notebooks/n.ipynb")
    includes = read_includes([Path("../shared/tools")], tmp_path / "notebooks")
    assert list(includes.contents()) == ["tools/t.py"]


def test_caches_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "lib/a.py", "lib/__pycache__/a.pyc", "lib/.git/config", "lib/old.pyc")
    write(tmp_path, "lib/.ipynb_checkpoints/a.py")
    assert list(read_includes([Path("lib")], tmp_path).contents()) == ["lib/a.py"]


def test_absent_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        CaptureError, match=r"--include lables.csv: this file or folder does not exist"
    ):
        read_includes([Path("lables.csv")], tmp_path)


@pytest.mark.parametrize("path", [".", "..", "lib/.."])
def test_the_whole_folder_is_refused(path: str, tmp_path: Path) -> None:
    write(tmp_path, "lib/a.py")
    with pytest.raises(CaptureError, match="whole folder"):
        read_includes([Path(path)], tmp_path)


def test_two_files_for_one_path_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "one/a.py", "two/a.py", "notebooks/n.ipynb")
    includes = read_includes([Path("../one/a.py"), Path("../two/a.py")], tmp_path / "notebooks")
    with pytest.raises(CaptureError, match=r"the same path in the package: a\.py"):
        includes.contents()


def test_module_is_placed_where_import_finds_it(tmp_path: Path) -> None:
    write(tmp_path, "src/pkg/__init__.py", "src/pkg/part/deep.py")
    includes = read_includes([Path("src")], tmp_path)
    module = (tmp_path / "src" / "pkg").resolve()
    assert includes.covers(module)
    includes.place_module(module)
    assert list(includes.contents()) == ["pkg/__init__.py", "pkg/part/deep.py"]


def test_file_that_a_string_names_travels(tmp_path: Path) -> None:
    write(tmp_path, "data/labels.csv", "model.onnx")
    includes = read_includes([], tmp_path)
    for text in ("data/labels.csv", "model.onnx", "absent.csv", "data", "a text.\nmodel.onnx"):
        includes.add_named(text, "path used in f")
    assert list(includes.contents()) == ["data/labels.csv", "model.onnx"]
    assert includes.found == [
        ("data/labels.csv", "path used in f", 15),
        ("model.onnx", "path used in f", 10),
    ]


@pytest.mark.parametrize(
    "path", [".env", "keys/server.pem", ".ssh/id.txt", "n.ipynb", "lib.py", "../beside.csv"]
)
def test_secrets_and_programs_do_not_travel_because_they_are_named(
    path: str, tmp_path: Path
) -> None:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    write(folder, path)
    includes = read_includes([], folder)
    includes.add_named(path, "path used in f")
    assert includes.contents() == {}


def test_large_file_needs_the_option(tmp_path: Path) -> None:
    (tmp_path / "large.bin").write_bytes(bytes(10_000_001))
    includes = read_includes([], tmp_path)
    includes.add_named("large.bin", "path used in f")
    assert includes.contents() == {}
    assert includes.lost_path(Path("large.bin"), "path") == "Include it: --include large.bin"


def test_file_that_is_given_is_listed_once(tmp_path: Path) -> None:
    write(tmp_path, "labels.csv")
    includes = read_includes([Path("labels.csv")], tmp_path)
    includes.add_named("labels.csv", "path used in f")
    assert includes.found == []


def test_module_that_the_code_loads_by_its_path_travels(tmp_path: Path) -> None:
    write(tmp_path, "parts/plugin.py")
    includes = read_includes([], tmp_path)
    _, path = loaded_modules(ast.parse("spec_from_file_location('plugin', 'parts/plugin.py')"))
    includes.add_named(path, "loaded by f", code=True)
    assert list(includes.contents()) == ["parts/plugin.py"]
