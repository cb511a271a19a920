from __future__ import annotations

import pytest

from jupyter_faas.capture.source.origins import Origin, binding_lines, find_origins


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\n\nb = c = 2\na = 3", {"a": 4, "b": 3, "c": 3}),
        ("def f(): x = 1\nclass A: y = 1", {"f": 1, "A": 2}),
        ("import os.path\nfrom math import pi as p", {"os": 1, "p": 2}),
        ("for i in []:\n    z = 1", {"i": 1, "z": 1}),
        ("%matplotlib inline\na = 1\n!ls", {"a": 2}),
        ("%%function f --sample X\n\ndef f(): ...", {"f": 3}),
        ("get_ipython().run_cell_magic('function', 'f', 'def f(): ...\\n')", {"f": 2}),
        ("this is no Python", {}),
        ("", {}),
    ],
)
def test_names_and_lines_that_a_cell_binds(text: str, expected: dict[str, int]) -> None:
    assert binding_lines(text) == expected


def test_latest_cell_counts_and_unknown_names_are_left_out() -> None:
    history = ["", "a = 1\nb = 1", "b = 2", "print(a)"]
    assert find_origins(["a", "b", "c"], {"In": history}) == {"a": Origin(1, 1), "b": Origin(2, 1)}
    assert find_origins(["a"], {}) == {}
