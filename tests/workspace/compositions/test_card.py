"""The card of a composition, as Python and TypeScript agree on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jupyter_faas.client import Client, playground_target
from jupyter_faas.playground import stop
from jupyter_faas.workspace import Packaged, Workspace
from tests.workspace.helpers.composing import ComposingNotebook
from tests.workspace.helpers.samples import assert_same_shape, sample

CELL = '''\
"""Crops, colours and tags a new picture; a bad one goes to people."""
LIMIT = 0.5

def good(params):
    return {"value": params["score"] > LIMIT}

sequence(
    retry(3, "image_quality"),
    when(
        good,
        sequence(
            "body_crop",
            retain(parallel("swatches", "tags")),
            lambda p: {**p["params"], "found": p["result"]["value"]},
            "update_asset",
        ),
        "manual_work",
    ),
    asynchronous("/whisk.system/utils/echo"),
)
'''
CODE = {"exec": {"kind": "python:3", "code": "def main(params): return params"}}
DEPLOYED = ("image_quality", "body_crop", "update_asset")
OF_THE_NOTEBOOK = ("swatches", "tags")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Packaged]:
    """The composition of the sample, packaged beside a playground that has some of its actions."""
    workspace = Workspace.open(data_dir=tmp_path_factory.mktemp("faas"))
    workspace.playground.start()
    client = Client(playground_target(workspace.data_dir))
    for name in DEPLOYED:
        client.put_action(name, CODE)
    client.close()
    notebook = ComposingNotebook(workspace)
    for name in OF_THE_NOTEBOOK:
        notebook.function(name, f"def {name}(url: str):\n    return {{'url': url}}\n")
    yield notebook.compose(
        "asset_created",
        CELL,
        notebook="asset-created.ipynb",
        parameters={"bucket": "pictures"},
    )
    notebook.forget_sources()
    stop(workspace.data_dir)


def without_content(card: dict[str, Any]) -> dict[str, Any]:
    """A card without what depends on the conductor's bytes and on the machine."""
    depends = ("package", "bundle", "size", "files", "kind")
    return {key: value for key, value in card.items() if key not in depends}


def test_it_is_the_sample_that_is_displayed(made: Packaged) -> None:
    wanted, preflight = sample("card_composition"), made.card["preflight"]
    assert_same_shape(made.card, wanted)
    assert [row["check"] for row in preflight] == [row["check"] for row in wanted["preflight"]]
    assert [row["ok"] for row in preflight] == [row["ok"] for row in wanted["preflight"]]
    made.card["preflight"] = wanted["preflight"]
    assert without_content(made.card) == without_content(wanted)
    paths = [file["path"] for file in made.card["files"]]
    assert paths == [file["path"] for file in wanted["files"]]


def test_it_is_a_function_s_card_with_more(made: Packaged) -> None:
    more = set(made.card) - set(sample("card"))
    assert more == {"composition"}
