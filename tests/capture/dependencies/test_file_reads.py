"""Files that the code opens by a path in a value, and that are not in the package."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.capture.dependencies.file_reads import FileReads, paths_in
from jupyter_faas.capture.dependencies.includes import Includes, read_includes
from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook


def passed(source: str) -> set[str]:
    reads = FileReads()
    reads.add(ast.parse(source))
    return reads.passed()


class Model:
    def __init__(self, url: str) -> None:
        self.model_url = url


@pytest.mark.parametrize(
    ("source", "value", "found"),
    [
        ("open(v)", "a.csv", ["v"]),
        ("open(v['path'])", {"path": "a.csv", "name": "b.csv"}, ["v['path']"]),
        ("open(v.model_url)", Model("a.onnx"), ["v.model_url"]),
        ("InferenceSession(self.model_url)", Model("a.onnx"), ["v.model_url"]),
        ("for p in v: open(p)", ["a.csv", "b.csv"], ["v[0]", "v[1]"]),
        ("[open(p) for p in v.values()]", {"x": "a.csv"}, ["v['x']"]),
        ("path = v['x']\nopen(path)", {"x": "a.csv"}, ["v['x']"]),
        ("pd.read_csv(os.path.join('data', v))", "a.csv", ["v"]),
        ("v.read_text()", Path("a.csv"), ["v"]),
        ("print(v)", "a.csv", []),
        ("open(v, 'w')", "a.csv", []),
        ("frame.to_csv(v)", "a.csv", []),
        ("v + '.csv'", "a.csv", []),
    ],
)
def test_paths_that_reach_a_call(source: str, value: Any, found: list[str]) -> None:
    assert [place for place, _ in paths_in("v", value, passed(source))] == found


def test_a_value_that_contains_itself_ends() -> None:
    value: dict[str, Any] = {"x": "a.csv"}
    value["me"] = value
    assert [path for _, path in paths_in("v", value, {"x"})][:1] == ["a.csv"]


@pytest.fixture
def includes(tmp_path: Path) -> Includes:
    (tmp_path / "small.csv").write_text("a")
    (tmp_path / "large.bin").write_bytes(bytes(10_000_001))
    (tmp_path / ".env").write_text("TOKEN=1")
    (tmp_path / "lib.py").write_text("")
    return read_includes([], tmp_path)


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("large.bin", "Include it: --include large.bin"),
        ("small.csv", None),
        ("absent.csv", None),
        (".env", None),
        ("lib.py", None),
        ("a text.\nwith lines", None),
    ],
)
def test_what_is_left_behind(path: str, hint: str | None, includes: Includes) -> None:
    assert includes.left_behind(path) == hint


def test_a_large_file_that_an_object_opens_is_refused(
    includes: Includes, notebook: Notebook
) -> None:
    notebook.run(
        "class Reader:\n    def __init__(self):\n        self.path = 'large.bin'\n"
        "    def read(self):\n        return open(self.path).read()\nreader = Reader()"
    )
    with pytest.raises(
        CaptureError, match=r"^reader\.path is a path to large\.bin, which"
    ) as caught:
        notebook.capture("def iris():\n    return {'x': reader.read()}", root=includes.root)
    assert caught.value.hint == "Include it: --include large.bin"


def test_a_large_file_that_the_cell_opens_is_refused(
    includes: Includes, notebook: Notebook
) -> None:
    body = "def iris():\n    return {'x': len(open('large.bin', 'rb').read())}"
    with pytest.raises(CaptureError, match=r"^The code opens large\.bin on line 3, but the file"):
        notebook.capture(body, root=includes.root)
