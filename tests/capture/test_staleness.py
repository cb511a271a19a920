from __future__ import annotations

import pytest

from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook

BODY = "def iris():\n    return {'x': f}"


@pytest.mark.parametrize(
    ("cells", "changed"),
    [
        (["D = 7", "def f(x=D): return x", "D = 8"], "D"),
        (["D = [7]", "def f(*, x=D): return x", "D = [8]"], "D"),
        (["D = 7", "f = lambda x=D: x", "D = 8"], "D"),
        (["D = 7", "class f:\n    x = D", "D = 7.0"], "D"),
        (["class B:\n    x = 1", "class f(B):\n    def n(self): ...", "class B:\n    x = 2"], "B"),
        (["def g(): return 1", "def f(x=g): return x()", "def g(): return 2"], "g"),
    ],
)
def test_definition_that_read_what_has_changed_since_is_refused(
    cells: list[str], changed: str, notebook: Notebook
) -> None:
    for cell in cells:
        notebook.run(cell)
    words = f"^f was defined before {changed} changed: iris uses f on line 3"
    with pytest.raises(CaptureError, match=words) as caught:
        notebook.capture(BODY)
    assert caught.value.hint == "Run the cell that defines f again."


@pytest.mark.parametrize(
    "cells",
    [
        ["D = [7, 'x']", "def f(x=D): return x", "D = [7, 'x']"],
        ["class B:\n    x = 1", "class f(B):\n    def n(self): ...", "class B:\n    x = 1"],
        ["def g(): return 1", "def f(x=g): return x()", "def g(): return 1"],
        ["D = 7", "def f(): return D", "D = 8"],
        ["from typing import NamedTuple", "class f(NamedTuple):\n    a: int"],
        ["from typing import TypedDict", "class f(TypedDict):\n    a: int"],
        [
            "from typing import Generic, TypeVar\nT = TypeVar('T')",
            "class f(Generic[T]):\n    a: int",
        ],
        ["import functools", "def f(x=len): return functools"],
    ],
)
def test_cell_that_ran_again_to_the_same_effect_is_no_change(
    cells: list[str], notebook: Notebook
) -> None:
    for cell in cells:
        notebook.run(cell)
    assert notebook.capture(BODY).items[0].name == "f"
