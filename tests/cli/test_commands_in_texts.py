"""Texts that name a command: with ``%faas`` in a notebook, and ``jupyter faas`` in a terminal."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.cli.app import lines_in_terminal
from jupyter_faas.commands.arguments import BOTH
from jupyter_faas.commands.table import VERBS
from tests.project.helpers.texts import texts_of

ROOT = Path(__file__).parents[2]
VERB = "|".join(verb.name for verb in VERBS)
IN_BOTH = "|".join(verb.name for verb in VERBS if verb.surfaces == BOTH)
# These texts are put into files, which are used in a terminal.
# These texts are shown in notebooks alone.
NOTEBOOK = ("jupyter_faas/magics", "jupyter_faas/widgets")
FILES = {"project_texts.py", "container_image.py", "wskdeploy.py"}
# These words mark a command that a notebook cannot run.
TERMINAL = ("in a terminal", "cron job", "NOTEBOOK.ipynb")


def texts() -> Iterator[tuple[str, str]]:
    for folder in ("commands", "workspace", "cost", "cli", "magics", "widgets"):
        for path in sorted((ROOT / "jupyter_faas" / folder).rglob("*.py")):
            for line, text in texts_of(path):
                yield f"{path.relative_to(ROOT).as_posix()}:{line}", text


def of_hints() -> Iterator[str]:
    """The places of strings in ``hint=…``, in which every ``%faas`` is replaced."""
    for path in sorted((ROOT / "jupyter_faas").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "hint":
                for part in ast.walk(node.value):
                    if isinstance(part, ast.expr):
                        yield f"{path.relative_to(ROOT).as_posix()}:{part.lineno}"


def test_a_command_that_a_text_names_has_its_program() -> None:
    bare = re.compile(rf"\b[Tt]o [^:\n]+: ({VERB})\b(?! [a-z]+ the\b)")
    assert {place: text for place, text in texts() if bare.search(text)} == {}


def test_only_what_a_terminal_alone_can_do_names_its_program() -> None:
    named = re.compile(rf"jupyter faas ({IN_BOTH})\b")
    found = {
        place: text
        for place, text in texts()
        if named.search(text)
        and not any(each in text for each in TERMINAL)
        and Path(place.partition(":")[0]).name not in FILES
    }
    assert found == {}


def test_a_terminal_shows_each_command_as_it_can_be_typed_there() -> None:
    hints, left = set(of_hints()), {}
    for place, text in texts():
        # A text that begins with the program is a part of others.
        if place not in hints and not place.startswith(NOTEBOOK):
            shown = lines_in_terminal(text)
            if re.search(rf"(?<!^)%faas ({VERB})\b", shown):
                left[place] = text
    assert left == {}


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("To return to the old version: %faas discard price", "jupyter faas discard price"),
        ("Run %faas target use lab, and run the cell again.", "Run jupyter faas target use lab,"),
        ("to check the image: %faas image --check me/faas:1", "jupyter faas image --check"),
        ("To try it: %faas deploy price --force", "jupyter faas deploy NOTEBOOK.ipynb --force"),
    ],
)
def test_a_line_names_the_command_of_the_terminal(line: str, shown: str) -> None:
    assert shown in lines_in_terminal(line)


def test_the_data_of_a_user_are_not_changed() -> None:
    assert lines_in_terminal("stdout: %faas invoke x") == "stdout: %faas invoke x"
