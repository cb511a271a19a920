"""The pictures of the docs are screenshots of the browser tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.project.test_package import ROOT
from tools.bench.scale.page import FIGURE
from tools.pictures import KEPT, MOST_BYTES, PICTURES, refresh


def screenshots() -> Iterator[str]:
    """Patterns of the names that browser tests give to screenshots."""
    for path in (ROOT / "tests" / "ui").glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(
                ("screenshot", "pictures")
            ):
                for argument in node.args:
                    yield from _patterns(argument)


def _patterns(argument: ast.expr) -> Iterator[str]:
    if isinstance(argument, ast.Constant):
        yield rf"{re.escape(str(argument.value))}(-light|-dark)?"
    elif isinstance(argument, ast.JoinedStr) and isinstance(argument.values[0], ast.Constant):
        yield "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
            for part in argument.values
        )


def test_each_is_taken_by_a_browser_test() -> None:
    found = [re.compile(pattern) for pattern in screenshots()]
    strange = [
        name
        for name in PICTURES.values()
        if not any(each.fullmatch(name.removesuffix(".png")) for each in found)
    ]
    assert strange == []


def test_pages_show_these_and_no_others() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {
        name for page in pages for name in re.findall(r"images/([\w.-]+)", page.read_text("utf-8"))
    }
    # The figure is drawn by a bench.
    assert shown == {*PICTURES, FIGURE.name} == {path.name for path in KEPT.iterdir()}
    assert all(path.stat().st_size <= MOST_BYTES for path in KEPT.iterdir())


def test_refresh_takes_over_what_is_there(tmp_path: Path) -> None:
    taken, kept = tmp_path / "taken", tmp_path / "kept"
    taken.mkdir()
    kept.mkdir()
    name, screenshot = next(iter(PICTURES.items()))
    Image.new("RGB", (40, 30), "orange").save(taken / screenshot)
    assert refresh(taken, kept) == [each for each in PICTURES.values() if each != screenshot]
    assert [path.name for path in kept.iterdir()] == [name]
    with Image.open(kept / name) as picture:
        assert picture.size == (40, 30)


def test_refresh_refuses_one_that_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.pictures.MOST_BYTES", 10)
    name, screenshot = next(iter(PICTURES.items()))
    Image.new("RGB", (40, 30), "orange").save(tmp_path / screenshot)
    with pytest.raises(SystemExit, match=f"{name} has more than 10 bytes"):
        refresh(tmp_path, tmp_path)


def test_a_rare_colour_stays(tmp_path: Path) -> None:
    taken, kept = tmp_path / "taken", tmp_path / "kept"
    taken.mkdir()
    kept.mkdir()
    picture = Image.new("RGB", (256, 256))
    picture.putdata([(x, x, x) for _ in range(256) for x in range(256)])
    picture.paste((230, 81, 0), (100, 100, 104, 104))
    picture.save(taken / PICTURES["history.png"])
    refresh(taken, kept)
    with Image.open(kept / "history.png") as written:
        colour = written.convert("RGB").getpixel((102, 102))
    assert colour == (230, 81, 0)
