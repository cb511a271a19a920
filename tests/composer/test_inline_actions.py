"""Actions that a composition brings along."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.composer import (
    action,
    called_actions,
    composed_json,
    embedded_actions,
    lower,
    sequence,
)
from jupyter_faas.errors import CompositionError
from tests.composer.helpers.npm import Npm, masked


def _exec(**options: Any) -> Any:
    (carried,) = embedded_actions(action("of", **options))
    return carried["action"]["exec"]


def test_code_is_python_unless_said() -> None:
    assert _exec(code="x") == {"kind": "python:3", "code": "x"}
    assert _exec(code="x", kind="nodejs:20") == {"kind": "nodejs:20", "code": "x"}


def test_sequence_is_of_full_names() -> None:
    names = ["a", "pkg/b", "/guest/c"]
    components = ["/_/a", "/_/pkg/b", "/guest/c"]
    assert _exec(sequence=names) == {"kind": "sequence", "components": components}


def test_file_says_its_kind(tmp_path: Path, action_file: Path) -> None:
    assert _exec(filename=action_file)["kind"] == "nodejs:default"
    python = tmp_path / "double.py"
    python.write_text("def main(p):\n    return p\n", "utf-8")
    assert _exec(filename=str(python)) == {
        "kind": "python:3",
        "code": "def main(p):\n    return p\n",
    }
    assert _exec(filename=python, kind="python:3.11")["kind"] == "python:3.11"


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_file_is_as_npm_carries_it(npm: Npm, action_file: Path) -> None:
    node = sequence("a", action("of", filename=action_file, limits={"timeout": 5000}))
    options = f"{{ filename: {str(action_file)!r}, limits: {{ timeout: 5000 }} }}"
    printed = npm.compose(f"composer.sequence('a', composer.action('of', {options}))")
    assert printed["actions"] == embedded_actions(node)
    made = {**composed_json(node, lower(node)), "version": "0.12.0"}
    assert masked(made) == masked(printed)


def test_components_of_a_carried_sequence_are_called_too() -> None:
    node = sequence("a", action("both", sequence=["a", "b", "b"]))
    assert called_actions(node) == {"/_/a": ["[0]", "[1]"], "/_/both": ["[1]"], "/_/b": ["[1]"]}


def test_definition_does_not_run() -> None:
    node = sequence(action("of", code="x"))
    assert lower(node).to_json()["components"] == [
        {"type": "action", "name": "/_/of", "path": "[0]"}
    ]


REFUSED: dict[str, tuple[Mapping[str, Any], str]] = {
    "two_ways": ({"code": "x", "sequence": ["a"]}, "sequence and code cannot be combined"),
    "limits_alone": (
        {"limits": {"memory": 128}},
        "limits can be set only together with code, filename or sequence",
    ),
    "kind_alone": (
        {"kind": "python:3"},
        "kind can be set only together with code or filename",
    ),
    "sequence_of_letters": (
        {"sequence": "ab"},
        "sequence is a str, but must be a list of action names",
    ),
    "sequence_of_numbers": ({"sequence": [1]}, "1 is an int, but must be the name of an action"),
    "kind_of_sequence": ({"sequence": ["a"], "kind": "x"}, "a sequence does not have a kind"),
    "function": ({"code": len}, "code is a builtin_function_or_method, but must be a string"),
    "file": ({"filename": "not there.py"}, "not there.py cannot be read: No such file"),
    "file_of_bytes": ({"filename": b"a.py"}, "filename is a bytes, but must be a file name"),
    "suffix": ({"filename": "a.zip"}, "the runtime for a.zip is unknown"),
    "limit": ({"code": "x", "limits": {"disk": 1}}, "'disk' is not a limit"),
    "limit_value": (
        {"code": "x", "limits": {"memory": "1"}},
        "limits: memory limit malformed",
    ),
    "limits": ({"code": "x", "limits": 128}, "limits is an int, but must be a dictionary"),
}


@pytest.mark.parametrize(("options", "words"), REFUSED.values(), ids=list(REFUSED))
def test_refusal_names_the_argument(options: Mapping[str, Any], words: str) -> None:
    with pytest.raises(CompositionError, match=f"^root.action, action of action: {words}"):
        action("of", **options)


def test_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "of.py"
    path.write_bytes("é".encode("latin-1"))
    with pytest.raises(CompositionError, match=r"of\.py is not UTF-8 text"):
        action("of", filename=path)


def test_archive_is_base64(tmp_path: Path) -> None:
    path = tmp_path / "of.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__main__.py", "def main(p):\n    return {'é': 1}\n".encode("latin-1"))
    made = _exec(filename=path, kind="python:3")
    assert made == {"kind": "python:3", "code": base64.b64encode(path.read_bytes()).decode()}
