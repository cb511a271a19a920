from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyter_faas.bundle import PackageRecord
from jupyter_faas.magics.packaged_cells import ExecutedCell, PackagedFunction, card_deployed
from jupyter_faas.widgets import Output
from jupyter_faas.workspace import Deployment, Packaged
from jupyter_faas.workspace.local.function import LocalFunction
from jupyter_faas.workspace.options import FunctionOptions

SAMPLES = Path(__file__).parents[1] / "data" / "api"


def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))
    return found


def iris() -> dict[str, str]:
    return {"species": "setosa"}


def packaged_iris(card: dict[str, Any], text: str) -> PackagedFunction:
    record = PackageRecord(**sample("package"))
    packaged = Packaged(record, record.bundle, 62792, "iris", {"name": "iris"}, card)
    return PackagedFunction(
        cell=ExecutedCell(text, FunctionOptions("iris"), "7a1d2c3e", "quickstart.ipynb"),
        executed_at=1795565980000,
        function=iris,
        packaged=packaged,
        local=LocalFunction(iris, packaged.spec),
        output=Output(card, display_id="card-1", with_widget=False),
    )


def test_front_ends_get_what_they_are_tested_with() -> None:
    (expected,) = sample("kernel_functions")["functions"]
    card = sample("card") | {key: expected[key] for key in ("signature", "schema")}
    card["examples"] = [{"params": expected["example"]}]
    assert packaged_iris(card, expected["source_text"]).to_json() == expected


def test_what_a_notebook_can_change_is_watched() -> None:
    card = sample("card")
    kinds = ["function", "class", "import", "constant", "array", "model"]
    card["captured"] = [{"name": kind, "kind": kind, "why": "", "size": 1} for kind in kinds]
    watched = packaged_iris(card, "").watched_names()
    assert watched == ["function", "class", "constant", "array", "model"]


def test_card_shows_a_part_of_the_deployment() -> None:
    deployment = sample("deployment")
    assert card_deployed(Deployment(**deployment)) == {
        key: deployment[key] for key in ("version", "bundle", "url", "web_url", "updated")
    }
