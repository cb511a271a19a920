"""What differs between two packages, part by part."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_faas.bundle import SHIPPED_FILES, BundleStore, FunctionFiles, lay_out, pack
from jupyter_faas.workspace import Packaged
from jupyter_faas.workspace.deployment.diff import Difference, Side, compare, packaged_side
from tests.workspace.helpers.cells import GREET, packaged


def side(folder: Path, made: Packaged, label: str = "one") -> Side:
    return packaged_side(made.record, BundleStore(folder).get(made.bundle), label)


def between(folder: Path, old: dict[str, Any], new: dict[str, Any]) -> Difference:
    sides = [side(folder, packaged(folder, **each)) for each in (old, new)]
    return compare("greet", "Lab", *sides)


def parts(found: Difference) -> dict[str, list[str]]:
    return {part.title: [line for line in part.lines if line[0] in "+-"] for part in found.parts}


def test_a_package_is_the_same_as_itself(tmp_path: Path) -> None:
    found = between(tmp_path, {}, {})
    assert found.same
    assert found.parts == ()


def test_source(tmp_path: Path) -> None:
    edited = GREET.replace('"greeting"', '"hello"')
    assert parts(between(tmp_path, {}, {"text": edited})) == {
        "function.py": ['-    print("greeting", name)', '+    print("hello", name)'],
    }


def test_limits_and_kind(tmp_path: Path) -> None:
    changed = {"memory_mb": 512, "timeout_ms": 500, "kind": "python:3.10"}
    assert parts(between(tmp_path, {"kind": "python:3.11"}, changed)) == {
        "limits": [
            *("-memory: 256 MB", "-timeout: 60 s", "-kind: python:3.11"),
            *("+memory: 512 MB", "+timeout: 0.5 s", "+kind: python:3.10"),
        ]
    }


def test_an_image_stands_for_the_kind(tmp_path: Path) -> None:
    found = between(tmp_path, {"kind": "python:3.11"}, {"image": "lab/python:1"})
    assert parts(found)["limits"] == ["-kind: python:3.11", "+image: lab/python:1"]


def test_parameters_without_their_values(tmp_path: Path) -> None:
    old = {"parameters": {"token": "s3cret", "same": 1, "gone": True}}
    new = {"parameters": {"token": "0ther", "same": 1, "more": None}}
    found = between(tmp_path, old, new)
    assert parts(found)["parameters"] == [
        *("-gone = (hidden)", "+more = (hidden)"),
        *("-token = (hidden)", "+token = (hidden, a different value)"),
    ]
    assert "s3cret" not in str(found) + repr(found)


def test_annotations(tmp_path: Path) -> None:
    found = between(tmp_path, {"annotations": {"team": "red"}}, {"annotations": {"team": "blue"}})
    assert parts(found) == {"annotations": ['-team = "red"', '+team = "blue"']}


def test_included_files(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("one")
    old = packaged(tmp_path, includes=("words.txt",), root=tmp_path)
    first = side(tmp_path, old)
    (tmp_path / "words.txt").write_text("other")
    second = side(tmp_path, packaged(tmp_path, includes=("words.txt",), root=tmp_path))
    removed, added = parts(compare("greet", "Lab", first, second))["files"]
    assert removed.startswith("-words.txt: 3 B, sha256 ")
    assert added.startswith("+words.txt: 5 B, sha256 ")


def test_models_and_requirements(iris: tuple[Path, Packaged], tmp_path: Path) -> None:
    folder, made = iris
    found = compare("iris", "Lab", side(tmp_path, packaged(tmp_path)), side(folder, made))
    shown = parts(found)
    assert any(line.startswith("+class: Pipeline(StandardScaler") for line in shown["model"])
    assert any(line.startswith("+parity: ") for line in shown["model"])
    assert any(line.startswith("+models/model.onnx: ") for line in shown["model"])
    assert any(line.startswith("+onnxruntime==") for line in shown["requirements"])
    assert "files" not in shown


def vendored(folder: Path, made: Packaged, **versions: str) -> Side:
    """The package with wheels of two files each."""
    bundle = BundleStore(folder).get(made.bundle)
    files = {path: data for path, data in bundle.contents().items() if path != "manifest.json"}
    wheels = {
        path: version.encode()
        for name, version in versions.items()
        for path in (f"{name}/__init__.py", f"{name}/core/deep.py")
    }
    distributions = [
        {"name": name, "version": version, "size": 1, "paths": [name]}
        for name, version in versions.items()
    ]
    manifest = replace(bundle.manifest, vendored={"distributions": distributions})
    packed = pack({**files, **wheels}, manifest)
    return packaged_side(replace(made.record, bundle=packed.sha256, id=""), packed, "other")


def test_wheels_are_named_and_none_of_their_files(tmp_path: Path) -> None:
    made = packaged(tmp_path)
    with_wheels = vendored(tmp_path, made, numpy="2.4.6", onnxruntime="1.32.0")
    assert parts(compare("greet", "Lab", side(tmp_path, made), with_wheels)) == {
        "requirements": [
            "+numpy 2.4.6 in the package",
            "+onnxruntime 1.32.0 in the package",
        ]
    }
    other = vendored(tmp_path, made, numpy="2.4.7", onnxruntime="1.32.0")
    assert parts(compare("greet", "Lab", with_wheels, other)) == {
        "requirements": [
            "-numpy 2.4.6 in the package",
            "+numpy 2.4.7 in the package",
        ]
    }


def test_secrets_are_listed_by_name(tmp_path: Path) -> None:
    assert parts(between(tmp_path, {}, {"secrets": ["DB_PASSWORD"]})) == {
        "secrets": ["+DB_PASSWORD"]
    }


def test_every_shipped_file_counts_as_ours() -> None:
    """A file that packages have in common is not the notebook's source."""
    laid_out = lay_out(
        FunctionFiles(
            "def f(): pass",
            "from faas_data import load",
            models={"m": (b"onnx", {"form": "tree"})},
            estimators={"e": (b"skops", {})},
            stored=frozenset({"m"}),
            images=True,
            objects=True,
        )
    )
    ours = {path for path in laid_out if "/" not in path and path.endswith(".py")}
    assert ours - SHIPPED_FILES == {"function.py", "captured.py"}
