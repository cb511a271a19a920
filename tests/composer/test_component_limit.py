"""The fewest components that a composition needs."""

from __future__ import annotations

import pytest

from jupyter_faas.composer import (
    Composition,
    asynchronous,
    do,
    doloop,
    dynamic,
    empty,
    ensure,
    least_calls,
    let,
    literal,
    loop,
    map,  # noqa: A004 (the combinator)
    mask,
    merge,
    parallel,
    parse,
    repeat,
    retain,
    retain_catch,
    retry,
    sequence,
    value,
    when,
    when_nosave,
)

_THREE = sequence("a", "b", "c")
_FAILS = value({"error": "no"})

CASES: dict[str, tuple[Composition, int]] = {
    "nothing": (empty(), 0),
    "functions": (sequence(lambda p: p, lambda p: p), 0),
    "values": (literal(3), 0),
    "sequence": (_THREE, 3),
    "scopes": (let({"n": 1}, mask(retain("a", merge("b")))), 2),
    "shorter_way": (when("t", _THREE, "a"), 2),
    "no_alternate": (when_nosave(lambda p: True, _THREE), 0),
    "no_round": (loop("t", _THREE), 1),
    "one_round": (doloop(_THREE, "t"), 4),
    "handled_at_once": (do(sequence("a", "b", "c"), lambda p: p), 1),
    "handler_takes_more": (do("a", _THREE), 1),
    "handler_alone": (do(sequence("a", _FAILS), "b"), 2),
    "finalizer_after_an_error": (ensure(_THREE, "z"), 2),
    "caught": (retain_catch(_THREE), 1),
    "times": (repeat(20, "a", "b"), 40),
    "no_times": (repeat(0, _THREE), 0),
    "first_try": (retry(5, "a", "b"), 2),
    "never": (retry(2, "a", _FAILS), 3),
    "never_but_handled": (do(retry(2, "a", _FAILS), "h"), 4),
    "branches_hand_over_once": (sequence(parallel(_THREE, _THREE), "a"), 2),
    "no_branches": (parallel(), 0),
    "map_of_nothing": (map(_THREE), 0),
    "started": (asynchronous(_THREE), 0),
    "dynamic": (dynamic(), 1),
    "dynamic_in_vain": (do(sequence(dynamic(), "a"), "b"), 1),
    "error_that_cannot_be": (do(value(1), "h"), 0),
    "count_of_others": (parse({"type": "repeat", "count": 1.5, "components": [
        {"type": "action", "name": "a"}]}), 2),
}  # fmt: skip


@pytest.mark.parametrize(("node", "least"), CASES.values(), ids=list(CASES))
def test_least_calls(node: Composition, least: int) -> None:
    assert least_calls(node) == least
