"""README and the pages of docs/ are notebooks with a terminal beside them: every block runs.

What cannot run here is marked in the page with its reason, read by the parsers that would read it,
and printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.magics.helpers.kernels import notebook_kernel
from tests.project.helpers.blocks import blocks, check
from tests.project.helpers.prose import mistakes
from tests.project.helpers.terminal import ROOT, Desk

# Made from the code, and held to it by test_reference; it shows usages, not commands.
GENERATED = "reference.md"
# Its outputs are those of a playground that knows no iris yet. No page needs another.
FIRST = "tutorial.md"
HEAVY = frozenset(["models.md"])

_FOUND = {path.name: path for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
PAGES = [FIRST, *(name for name in _FOUND if name not in (FIRST, GENERATED))]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One kernel and one playground for all pages."""
    folder: Path = tmp_path_factory.mktemp("pages")
    with notebook_kernel(folder) as kernel:
        kernel.run("%load_ext jupyter_faas")
        yield Desk(folder, kernel)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.heavy] * (name in HEAVY)) for name in PAGES]
)
def test_every_block_does_what_the_page_says(name: str, desk: Desk) -> None:
    for block in blocks(_FOUND[name]):
        check(block)
        desk.run(block)


@pytest.mark.parametrize("name", PAGES)
def test_commands_in_sentences_are_understood(name: str) -> None:
    assert mistakes(_FOUND[name]) == []


def test_what_only_is_checked_is_few() -> None:
    found = [block for name in PAGES for block in blocks(_FOUND[name]) if block.kind != "text"]
    unrun = [block for block in found if block.why]
    for why, count in Counter(block.why for block in unrun).most_common():
        print(f"{count:3} blocks not run: {why}")
    assert len(unrun) / len(found) < 0.3
