"""Memory advice for functions on a real playground, at a price at which each call shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.playground import stop
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.costs.service import CostQuery
from tests.workspace.helpers.cells import run_cell
from tests.workspace.helpers.requests import function_request
from tests.workspace.helpers.sessions import Place

CELL = """\
%%function NAME --memory 1024
def NAME(mb: int = 1):
    return {"held": len(b"x" * (mb << 20))}
"""
DEAR = """\
[lists.dear]
based_on = "digitalocean"
usd_per_gb_second = "1"

[lists.dear-lambda]
based_on = "aws-lambda-x86"
usd_per_gb_second = "1"
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("faas")
    place = Place(Workspace.open(folder, target="playground"))
    place.workspace.prices.file.write_text(DEAR)
    yield place
    stop(folder)


def deploy(place: Place, name: str) -> None:
    cell = CELL.replace("NAME", name)
    made = place.workspace.package(function_request(cell, name, memory_mb=1024), run_cell(cell))
    place.workspace.deploy(made.record.id)


def run(place: Place, name: str, times: int, mb: int = 1) -> None:
    for _ in range(times):
        place.run(name, {"mb": mb})


def line(place: Place, name: str, prices: str = "dear") -> dict[str, Any]:
    (found,) = place.workspace.costs.report(CostQuery(name=name, prices=prices)).to_json()[
        "functions"
    ]
    assert isinstance(found, dict)
    return found


def test_memory_that_was_used_leads_to_advice_after_twenty_calls(place: Place) -> None:
    deploy(place, "hungry")
    run(place, "hungry", 1, mb=200)
    run(place, "hungry", 18)
    found = line(place, "hungry")
    assert (found["measured"], found["advice"]) == (19, None)
    assert 200 <= found["peak_mb"] < 300
    run(place, "hungry", 1)
    advice = line(place, "hungry")["advice"]
    assert advice["memory_mb"] in (256, 384)
    assert advice["action"] == f"Set --memory {advice['memory_mb']} in the cell"
    assert advice["certain"]
    small = line(place, "hungry", "dear-lambda")["advice"]
    assert not small["certain"]
    assert small["slower"] > 2


def test_a_new_version_has_to_show_how_much_it_needs(place: Place) -> None:
    deploy(place, "renewed")
    run(place, "renewed", 20)
    assert line(place, "renewed")["advice"] is not None
    place.client.delete_action("renewed")
    deploy(place, "renewed")
    run(place, "renewed", 1)
    found = line(place, "renewed")
    assert (found["measured"], found["advice"]) == (21, None)


def test_there_is_no_advice_for_the_functions_of_others(place: Place) -> None:
    place.put("theirs", "def main(args):\n    return {}\n", memory=1024)
    run(place, "theirs", 20)
    assert line(place, "theirs")["advice"] is None
    deploy(place, "taken")
    run(place, "taken", 20)
    place.put("taken", "def main(args):\n    return {}\n", memory=1024)
    assert line(place, "taken")["advice"] is None
