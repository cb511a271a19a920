from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from jupyter_faas import composer
from jupyter_faas.errors import CompositionError, FaasError, InputError
from jupyter_faas.workspace.compositions.files import read_file

AST = composer.sequence("first", composer.when("is_good", "second")).to_json()


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_file_of_npms_compose(tmp_path: Path) -> None:
    made = {"composition": {"type": "empty"}, "ast": AST, "version": "0.12.0"}
    found = read_file(write(tmp_path, "flow.json", json.dumps(made)))
    assert found.composition.to_json() == AST


def test_a_syntax_tree_alone(tmp_path: Path) -> None:
    assert read_file(write(tmp_path, "flow.json", json.dumps(AST))).composition.to_json() == AST


@pytest.mark.parametrize(
    "text",
    [
        "sequence('first', when('is_good', 'second'))",
        "flow = when('is_good', 'second')\nsequence('first', flow)",
        "composition = sequence('first', when('is_good', 'second'))\nprint('composed')",
        "flow = sequence('first', when('is_good', 'second'))\nprint('composed')",
        "from jupyter_faas.composer import composition as named\n"
        "named('flow', 'first', when('is_good', 'second'))",
    ],
    ids=["an expression", "the last expression", "the variable", "another one", "with a name"],
)
def test_a_python_file(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, "flow.py", f"from jupyter_faas.composer import sequence, when\n{text}\n")
    assert read_file(path).composition.to_json() == AST


def test_inline_functions_of_a_python_file_have_their_source(tmp_path: Path) -> None:
    text = (
        "from jupyter_faas.composer import sequence\nLEAST = 3\nsequence(lambda p: {'n': LEAST})\n"
    )
    found = read_file(write(tmp_path, "flow.py", text))
    (function,) = composer.inline_functions(found.composition)
    assert function[1]({}) == {"n": 3}
    assert found.composition.to_json()["components"][0]["function"]["exec"]["code"] == (
        "lambda p: {'n': LEAST}"
    )
    assert found.namespace["LEAST"] == 3


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("flow.txt", "sequence()", "flow.txt is not a .json, .py or .js file"),
        ("flow.json", "{", "flow.json is not JSON: "),
        ("flow.py", "x = 3\nx", "flow.py does not define a composition"),
        ("flow.py", "def f(:", "flow.py, line 1: "),
    ],
    ids=["another kind of file", "no JSON", "no composition", "no Python"],
)
def test_other_files_are_refused(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_file(write(tmp_path, name, text))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Cannot read .*flow\.json: No such file"):
        read_file(tmp_path / "flow.json")


def test_what_is_wrong_in_the_tree_is_told_with_file_and_place(tmp_path: Path) -> None:
    tree = {"type": "sequence", "components": [{"type": "nothing"}]}
    with pytest.raises(CompositionError, match=r"flow\.json: root\[0\], composition: 'nothing'"):
        read_file(write(tmp_path, "flow.json", json.dumps(tree)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1\n1 / 0", r"flow\.py, line 2: ZeroDivisionError: division by zero"),
        (
            "from jupyter_faas.composer import retry\n\nretry('twice', 'iris')",
            r"flow\.py, line 3: root.*count of retry",
        ),
    ],
    ids=["the file's own", "ours"],
)
def test_errors_while_it_runs_are_told_with_their_line(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(FaasError, match=says):
        read_file(write(tmp_path, "flow.py", text))


def test_modules_beside_the_file_are_found(tmp_path: Path) -> None:
    write(tmp_path, "beside_the_flow.py", "STEP = 'first'")
    text = "from beside_the_flow import STEP\nSTEP\n"
    found = read_file(write(tmp_path, "flow.py", text))
    assert found.composition == composer.task("first")
    assert str(tmp_path) not in sys.path


def test_functions_of_a_python_file_that_was_edited_have_their_new_source(tmp_path: Path) -> None:
    text = "from jupyter_faas.composer import sequence\nsequence(lambda p: {'n': 1})\n"
    read_file(write(tmp_path, "flow.py", text))
    edited = f"# Edited, so that the lambda is on another line.\n{text}"
    found = read_file(write(tmp_path, "flow.py", edited))
    assert len(composer.inline_functions(found.composition)) == 1


@pytest.mark.parametrize("text", ["{", '{"steps": []}'], ids=["no JSON", "no node"])
def test_file_that_npm_writes_again(tmp_path: Path, text: str) -> None:
    with pytest.raises(FaasError) as no:
        read_file(write(tmp_path, "flow.json", text))
    assert "npx --yes -p openwhisk-composer compose flow.js > " in no.value.hint
