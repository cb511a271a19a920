from __future__ import annotations

import json

import pytest

from jupyter_faas.workspace.exact_json import from_exact, to_exact
from tests.workspace.helpers.samples import sample


def test_what_a_browser_would_round_goes_as_text() -> None:
    exact = sample("exact")
    assert to_exact(json.loads(exact["message"])) == exact["sent"]


def test_it_is_read_as_it_was() -> None:
    exact = sample("exact")
    assert from_exact(exact["sent"]) == json.loads(exact["message"])


@pytest.mark.parametrize("name", ["card", "activation", "session"])
def test_what_holds_no_such_numbers_stays_as_it_is(name: str) -> None:
    assert to_exact(sample(name)) == sample(name)


def test_a_text_that_looks_like_a_number_loses_nothing() -> None:
    message = {"text": "of 9007199254740993, and", "more": "9007199254740993"}
    assert from_exact(to_exact(message)) == message
