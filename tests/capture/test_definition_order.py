from __future__ import annotations

import pytest

from jupyter_faas.capture.captured_names import definition_order


def order(now: dict[str, str], later: dict[str, str] | None = None) -> str:
    names = dict.fromkeys([*now, *(later or {})])
    return "".join(
        definition_order(
            {name: set(now.get(name, "")) for name in names},
            {name: set((later or {}).get(name, "")) for name in names},
        )
    )


@pytest.mark.parametrize(
    ("now", "later", "expected"),
    [
        ({"a": "", "b": ""}, {}, "ab"),
        ({"a": "b", "b": "c", "c": ""}, {}, "cba"),
        ({"a": "", "b": ""}, {"a": "b", "b": "a"}, "ab"),
        # b derives from a, whose methods make b: a must be first all the same.
        ({"b": "a", "a": ""}, {"a": "b"}, "ab"),
        # a is decorated with d, which calls h when it runs.
        ({"a": "d", "d": "", "h": ""}, {"d": "h"}, "dha"),
        ({"a": "xyz"}, {"a": "q"}, "a"),
        ({"a": "a"}, {}, "a"),
        # No order satisfies two definitions that run each other; both still come once.
        ({"a": "b", "b": "a"}, {}, "ab"),
        # a circle through a later call: the decorator's helper is itself decorated by it
        ({"h": "d", "d": ""}, {"d": "h"}, "dh"),
    ],
)
def test_definitions_come_after_what_they_run(
    now: dict[str, str], later: dict[str, str], expected: str
) -> None:
    assert order(now, later) == expected
