from __future__ import annotations

import pytest

from jupyter_faas.capture.source.cells import join_cell, parse_body, split_cell
from jupyter_faas.errors import CaptureError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "%%function iris --sample X\ndef iris(): ...",
            ("%%function iris --sample X", "def iris(): ..."),
        ),
        ("\n  \n%%function iris\nx\n", ("%%function iris", "x\n")),
        ("%%function iris", ("%%function iris", "")),
        ("%%function\nx", ("%%function", "x")),
        ("%%function iris  \n\n\nx", ("%%function iris", "\n\nx")),
        ("x = 1\n%%function iris", None),
        ("%%functions iris\nx", None),
        ("%%time\nx", None),
        ("# %%function iris\nx", None),
        ("", None),
    ],
)
def test_cell_splits_into_magic_line_and_body(text: str, expected: tuple[str, str] | None) -> None:
    assert split_cell(text) == expected


def test_split_cell_joins_again_to_the_same_text() -> None:
    text = "%%function iris --memory 512\ndef iris():\n    return {}"
    parts = split_cell(text)
    assert parts is not None
    assert join_cell(*parts) == text


def test_body_keeps_the_line_numbers_of_the_cell() -> None:
    tree = parse_body("\ndef iris(): ...", first_line=2)
    assert tree.body[0].lineno == 3


@pytest.mark.parametrize(
    "line",
    ["!pip install x", "%matplotlib inline", "files = !ls", "x = %pwd", "iris?", "?iris", "a.b??"],
)
def test_notebook_syntax_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(CaptureError, match=r"Line 3 of the cell, .* only IPython") as caught:
        parse_body(f"x = 1\n{line}\n", first_line=2)
    assert line in caught.value.message
    assert "separate cell" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("def f(:\n  pass", r"Line 2 of the cell, `.*`, is not valid Python"),
        (
            "x = 1\nreturn x",
            r"Line 3 of the cell, `return x`, is not valid Python: 'return' outside function",
        ),
        ("x = 1 % y !", r"Line 2 of the cell, `.*`, is not valid Python"),
        ("x = '\0'", r"The cell is not valid Python|Line 2 of the cell, .*is not valid Python"),
    ],
)
def test_syntax_errors_are_refused_with_their_line(body: str, words: str) -> None:
    with pytest.raises(CaptureError, match=words):
        parse_body(body, first_line=2)
