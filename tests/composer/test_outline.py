"""A composition as lines of text."""

from __future__ import annotations

from typing import Any

from jupyter_faas.composer import (
    Composition,
    action,
    do,
    ensure,
    let,
    outline,
    parallel,
    parse,
    repeat,
    retry,
    sequence,
    value,
    when,
)


def _scored(p: dict[str, Any]) -> bool:
    """Of two lines and more."""
    return bool(p["score"])


def test_every_node_has_a_line() -> None:
    node = sequence(
        "image-quality",
        when(_scored, do("pkg/crop", "/guest/b"), value({"ů": 1})),
        retry(3, repeat(1, lambda p: p)),
        let({"n": 0, "m": "x"}, ensure(parallel("a"), None)),
        action("both", sequence=["a", "b"]),
    )
    assert outline(node).split("\n") == [
        "sequence",
        "├─ image-quality",
        "├─ when",
        "│  ├─ test: def _scored(p: dict[str, Any]) -> bool: …",
        "│  ├─ then: do",
        "│  │  ├─ body: pkg/crop",
        "│  │  └─ handler: /guest/b",
        '│  └─ else: value {"ů": 1}',
        "├─ retry, at most 3 times",
        "│  └─ repeat once",
        "│     └─ lambda p: p",
        '├─ let n = 0, m = "x"',
        "│  └─ ensure",
        "│     ├─ body: parallel",
        "│     │  └─ a",
        "│     └─ finalizer: nothing",
        "└─ both (deployed with the composition: sequence)",
    ]


def test_lines_are_at_most_100_long() -> None:
    node: Composition = sequence(value("x" * 300), value(list(range(90))), "a")
    for _ in range(98):
        node = when("test", node)
    lines = outline(node).split("\n")
    assert len(lines) == node.size
    assert max(map(len, lines)) == 100
    assert any(line.endswith("…") for line in lines)
    assert lines[-99].endswith("└─ a")


def test_control_characters_are_not_shown() -> None:
    read = parse({"type": "action", "name": "a\x1b[31m\nb"})
    assert outline(read) == "a [31m b"


def test_decorators_are_not_the_first_line() -> None:
    code = "@cached\n\ndef f(p):\n\treturn p"
    read = parse({"type": "function", "function": {"exec": {"kind": "python:3", "code": code}}})
    assert outline(read) == "def f(p): …"
