"""The recording in the README: its size, its length, and that it can be made again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tools.recording import MAX_BYTES, RECORDING, SIZE, main

ROOT = Path(__file__).parents[2]


def seconds(path: Path) -> float:
    """How long an animated picture plays, and that it is one of the size that is wanted."""
    with Image.open(path) as picture:
        assert picture.size == SIZE
        total = 0
        for index in range(picture.n_frames):
            picture.seek(index)
            picture.load()
            total += picture.info["duration"]
    return total / 1000


def test_readme_begins_with_it() -> None:
    beginning = (ROOT / "README.md").read_text("utf-8").split("\n", 5)[:5]
    assert any(
        line.startswith("![") and line.endswith(f"({RECORDING.relative_to(ROOT)})")
        for line in beginning
    )


def test_it_is_small_and_lasts_a_minute() -> None:
    assert RECORDING.stat().st_size < MAX_BYTES
    assert 45 < seconds(RECORDING) < 65


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_it_can_be_made_again(tmp_path: Path) -> None:
    main(tmp_path / "again.webp")
    assert 45 < seconds(tmp_path / "again.webp") < 65
