"""A failing cell in words."""

from __future__ import annotations

import pytest

from jupyter_faas.workspace.notebook_run import clip, kernel_died

LONG = "\n".join(f"line {number}" for number in range(1, 31))


def test_clip_marks_the_line() -> None:
    assert clip("a = 1\n1 / 0", 2) == "    1 | a = 1\n>   2 | 1 / 0"


@pytest.mark.parametrize(
    ("line", "first", "last"),
    [(None, 1, 12), (3, 1, 12), (10, 1, 12), (11, 6, 17), (20, 15, 26), (30, 19, 30)],
)
def test_clip_shows_twelve_lines_of_a_long_cell(line: int | None, first: int, last: int) -> None:
    shown = clip(LONG, line).splitlines()
    numbered = [text for text in shown if "|" in text]
    assert [int(text[1:].split("|")[0]) for text in numbered] == list(range(first, last + 1))
    assert (shown[0] == "      …") == (first > 1)
    assert (shown[-1] == "      …") == (last < 30)
    marked = [text for text in numbered if text.startswith(">")]
    assert marked == ([] if line is None else [f"> {line:>3} | line {line}"])


def test_kernel_died_before_its_first_cell() -> None:
    error = kernel_died("a.ipynb", None, "", "[IPKernelApp] noise\nSegmentation fault\n")
    assert error.message == (
        "The kernel of a.ipynb did not start, so nothing was deployed or exported.\n\n"
        "Segmentation fault"
    )


def test_kernel_died_in_a_cell() -> None:
    error = kernel_died("a.ipynb", 2, "boom()")
    assert error.message.startswith("The kernel died in cell 3 of a.ipynb")
    assert error.message.endswith("    1 | boom()")
