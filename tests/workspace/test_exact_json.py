from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

from jupyter_faas.workspace.exact_json import for_notebook, from_exact, to_exact
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


def saved(message: dict[str, Any]) -> dict[str, Any]:
    """The message of an output after the notebook was saved and opened again."""
    output = nbformat.v4.new_output("display_data", {"application/x+json": for_notebook(message)})
    cell = nbformat.v4.new_code_cell("", outputs=[output])
    text = nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))
    found = json.loads(text)["cells"][0]["outputs"][0]["data"]["application/x+json"]
    assert isinstance(found, dict)
    return found


def test_a_saved_notebook_keeps_the_order_of_a_functions_own_keys() -> None:
    card = sample("card")
    read = from_exact(saved(card))
    assert read == card
    assert list(read["examples"][0]["answer"]) == ["species", "confidence"]
    assert next(iter(read["schema"]["properties"])) == "sepal_length"
    result = {"zulu": 1, "alpha": {"b": 9007199254740993, "a": 1}}
    assert json.dumps(from_exact(saved({"result": result}))["result"]) == json.dumps(result)


def test_a_long_result_is_saved_once() -> None:
    message = {"result": {"z": "x" * 20_000, "a": 1}}
    assert for_notebook(message) == message


def test_a_text_that_looks_like_a_number_loses_nothing() -> None:
    message = {"text": "of 9007199254740993, and", "more": "9007199254740993"}
    assert from_exact(to_exact(message)) == message
