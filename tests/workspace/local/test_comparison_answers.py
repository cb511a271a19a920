from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.workspace.local.comparison import compare


@pytest.mark.parametrize(
    ("before", "now", "likeness", "words"),
    [
        ({"a": [1, "x", None]}, {"a": [1, "x", None]}, "same", ""),
        ({"a": 1}, {"a": 1.0}, "same", ""),
        ({"a": 0.1}, {"a": 0.1 + 1e-9}, "close", "a: 0.1 → 0.100000001"),
        ({"a": 0.1}, {"a": 0.2}, "differs", "a: 0.1 → 0.2"),
        ({"a": 0.1, "b": 1}, {"a": 0.1 + 1e-9, "b": 2}, "differs", "b: 1 → 2"),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "differs", "a.b[1]: 2 → 3"),
        ({"a": [1]}, {"a": [1, 2]}, "differs", "a: [1] → [1, 2]"),
        ({"a": 1}, {"b": 1}, "differs", "a: 1 → nothing"),
        ({"a": True}, {"a": 1}, "differs", "a: true → 1"),
        ({"a": None}, {"a": "none"}, "differs", 'a: null → "none"'),
        ([1], {"a": 1}, "differs", '[1] → {"a": 1}'),
        ({"a": "x" * 50}, {"a": "y"}, "differs", f'a: "{"x" * 38}… → "y"'),
    ],
)
def test_answers_are_compared(before: Any, now: Any, likeness: str, words: str) -> None:
    found = compare(before, now)
    assert (found.likeness, found.words) == (likeness, words)
