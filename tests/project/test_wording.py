"""Pages and user-visible texts do not contain the phrases that readers stumbled over."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest

from jupyter_faas.commands.arguments import COMMON
from jupyter_faas.commands.table import VERBS
from jupyter_faas.magics.cells.options import COMPOSITION_ARGUMENTS, FUNCTION_ARGUMENTS
from tests.project.helpers.texts import texts_of
from tests.project.helpers.wording import PHRASES, odd_phrases
from tests.project.test_package import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
FRONT_END = [
    path
    for path in sorted((ROOT / "src").rglob("*.ts*"))
    if ".spec." not in path.name and "testing" not in path.parts
]
# Code and quoted messages are not prose; comments of a page contain its hidden blocks.
_CODE = re.compile(r"<!--.*?-->|^ *```.*?^ *```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:'\"`])//[^\n]*", re.DOTALL)


def prose(markdown: str) -> str:
    return _CODE.sub("…", markdown)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_pages(page: Path) -> None:
    assert list(odd_phrases(prose(page.read_text("utf-8")))) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    texts = [prose(cell.source) for cell in cells if cell.cell_type == "markdown"]
    assert list(odd_phrases("\n".join(texts))) == []


def test_help() -> None:
    arguments = [*COMMON, *FUNCTION_ARGUMENTS, *COMPOSITION_ARGUMENTS]
    arguments += [argument for verb in VERBS for argument in verb.arguments]
    texts = [verb.help for verb in VERBS] + [argument.help for argument in arguments]
    assert [odd for text in texts for odd in odd_phrases(text)] == []


def test_settings() -> None:
    schema = json.loads((ROOT / "schema" / "plugin.json").read_text("utf-8"))
    texts = [one["title"] + ". " + one["description"] for one in schema["properties"].values()]
    assert [odd for text in texts for odd in odd_phrases(text)] == []


def test_front_end() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): list(
            odd_phrases(_COMMENT.sub("", path.read_text("utf-8")))
        )
        for path in FRONT_END
    }
    assert {name: odd for name, odd in found.items() if odd} == {}


def test_python() -> None:
    """Errors, hints, progress and tables, whose texts are the strings of the package."""
    found = {
        f"{path.relative_to(ROOT).as_posix()}:{line}": list(odd_phrases(text))
        for path in sorted((ROOT / "jupyter_faas").rglob("*.py"))
        for line, text in texts_of(path)
    }
    assert {place: odd for place, odd in found.items() if odd} == {}


def test_changelog_says_each_thing_once() -> None:
    """Branches merge it line by line (merge=union), which brings back bullets that were rewritten.

    If this fails after a rebase, take CHANGELOG.md from main and add your bullet again. As long as
    nothing has been released, a bullet describes what the version does, not what was different.
    """
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "Before, " not in text
    bullets = [bullet.split() for bullet in re.split(r"^ *- ", text, flags=re.MULTILINE)[1:]]
    seen: dict[tuple[str, ...], int] = {}
    for number, words in enumerate(bullets):
        for start in range(len(words) - 11):
            twelve = tuple(words[start : start + 12])
            assert seen.setdefault(twelve, number) == number, " ".join(twelve)


def test_each_phrase_is_found() -> None:
    odd = "Tell of it, nobody\nelse does; reckon with something always on, once more."
    assert [each.partition(" ")[0] for each in odd_phrases(odd)] != []
    assert len(list(odd_phrases(odd))) == 5
    assert list(odd_phrases("There is no budget, and it is no longer shown.")) == []
    assert all(re.compile(phrase) for phrase in PHRASES)
