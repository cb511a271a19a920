"""What Composer's own ``compose`` and conductor make of the same compositions in JavaScript."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.composer import compile_fsm, composed_json, lower, parse
from jupyter_faas.composer.nodes import SHAPES
from tests.composer.helpers.npm import Npm, masked
from tests.composer.helpers.twins import TWINS, Twin

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]


@pytest.fixture(scope="module", params=TWINS, ids=[twin.name for twin in TWINS])
def twin(request: pytest.FixtureRequest) -> Twin:
    found: Twin = request.param
    return found


@pytest.fixture(scope="module")
def printed(twin: Twin, npm: Npm) -> dict[str, Any]:
    return npm.compose(twin.js)


def test_syntax_tree_composition_and_actions_are_the_same(
    twin: Twin, printed: dict[str, Any]
) -> None:
    made = composed_json(twin.python, lower(twin.python))
    assert masked({**made, "version": "0.12.0"}) == masked(printed)


def test_states_are_the_same_one_by_one(twin: Twin, printed: dict[str, Any], npm: Npm) -> None:
    ours = compile_fsm(lower(twin.python))
    theirs = npm.states(printed["composition"])
    added = ("call", "builtin")
    bare = [{key: value for key, value in state.items() if key not in added} for state in ours]
    assert masked(bare) == masked(theirs)


def test_what_compose_prints_is_read(twin: Twin, printed: dict[str, Any]) -> None:
    read = parse(printed)
    assert read.to_json() == printed["ast"]
    # But for what is built in, functions keep their JavaScript.
    again = composed_json(read, lower(read))
    assert masked({**again, "version": "0.12.0"}) == masked(printed)
    assert read == parse(printed["ast"])


def test_every_combinator_has_a_twin() -> None:
    assert {node.type for twin in TWINS for _, node in twin.python.walk()} == set(SHAPES)
