"""The machine does what a hint says, and nothing else."""

from __future__ import annotations

import pytest

from tests.notebooks.public.case import PublicCase
from tests.notebooks.public.hints import follow

CASE = PublicCase("case", "", ("X = 1", "%%function f --memory 128\ndef f(): pass", "f()"), "", {})


@pytest.mark.parametrize(
    ("hint", "step"),
    [
        ("Or package the estimator itself: --model-format skops", "--model-format skops"),
        ("Include it: --include data/labels.csv", "--include data/labels.csv"),
        ("Give sample rows: %%function NAME --sample X", "--sample X"),
        (
            "Try it: --model-format skops --trust a.B --trust c.D",
            "--model-format skops --trust a.B --trust c.D",
        ),
        (
            "Or package the model anyway with --accept-parity; the manifest then says so.",
            "--accept-parity",
        ),
    ],
)
def test_options_go_to_the_end_of_the_line(hint: str, step: str) -> None:
    found = follow(CASE, f"ConversionError: no.\n{hint}")
    assert found is not None
    assert found[0] == step
    assert found[1].cells[-1] == f"%%function f --memory 128 {step}\ndef f(): pass"


@pytest.mark.parametrize(
    ("hint", "line"),
    [
        (
            "As an array (X = X.to_numpy()), or load it; --include PATH does too.",
            "X = X.to_numpy()",
        ),
        ("Convert it to a plain list: X = list(X).", "X = list(X)"),
        ("A plain value travels: n = model.n in a cell", "n = model.n"),
    ],
)
def test_line_of_code_becomes_a_cell_above(hint: str, line: str) -> None:
    found = follow(CASE, f"CaptureError: no.\n{hint}")
    assert found is not None
    assert found[0] == line
    assert found[1].cells[-2] == line
    assert found[1].cells[-1].startswith("%%function f")


def test_hint_that_says_nothing_to_do() -> None:
    assert follow(CASE, "CaptureError: no.\nOpen it inside the function.") is None


def test_option_in_the_message_is_not_a_hint() -> None:
    assert follow(CASE, "CaptureError: --sample X holds no rows.") is None
