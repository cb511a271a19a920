"""The names that ``let`` gives to the functions in it."""

from __future__ import annotations

import pytest

from jupyter_faas.composer import Composition, let, mask, retain, sequence, when
from jupyter_faas.workspace.packaging.composition import inline_functions_of


def f() -> dict[str, int]:
    return {}


def given(node: Composition) -> list[tuple[str, str, set[str]]]:
    return [(one.name, one.label, set(one.let_names)) for one in inline_functions_of(node)]


def test_functions_are_numbered_as_they_are_written() -> None:
    node = sequence(f, when(f, "a", f))
    assert given(node) == [
        ("faas_inline_0", "root[0]", set()),
        ("faas_inline_1", "root[1].test", set()),
        ("faas_inline_2", "root[1].alternate", set()),
    ]


@pytest.mark.parametrize(
    ("node", "names"),
    [
        (let({"n": 0}, f), {"n"}),
        (let({"n": 0}, let({"m": 0}, f)), {"n", "m"}),
        (let({"n": 0}, mask(f)), set()),
        (let({"n": 0}, let({"m": 0}, mask(f))), {"n"}),
        (let({"n": 0}, let({"m": 0}, mask(mask(f)))), set()),
        (let({"n": 0}, mask(let({"m": 0}, f))), {"m"}),
        (let({"n": 0}, mask(let({"m": 0}, mask(f)))), set()),
        (let({"n": 0}, retain(f)), {"n"}),
        (sequence(let({"n": 0}, "a"), f), set()),
    ],
    ids=[
        *("let", "two", "masked", "inner masked", "both masked", "let in mask", "each masked"),
        *("made by lowering", "beside"),
    ],
)
def test_a_mask_hides_the_next_let_around_it(node: Composition, names: set[str]) -> None:
    ((_, _, found),) = given(node)
    assert found == names
