"""What is told of a composition before it is put on a host, with a host that lacks things."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.client import Client
from jupyter_faas.composer import Composition, action, asynchronous, parallel, sequence
from jupyter_faas.composer import map as map_
from jupyter_faas.errors import CompositionError
from jupyter_faas.whisk import RUNTIMES, SystemLimits
from jupyter_faas.whisk.kinds import runtimes_json
from jupyter_faas.workspace.deployment.compositions import prepare
from jupyter_faas.workspace.deployment.plan import plan_deploy
from jupyter_faas.workspace.packaging.composition import package_composition
from jupyter_faas.workspace.targets.connection import Connection
from tests.client.conftest import target_at
from tests.client.helpers.server import Answer, Asked, serving
from tests.workspace.helpers.cells import surroundings
from tests.workspace.helpers.requests import composition_request

LISTED: list[dict[str, Any]] = [{"namespace": "guest", "name": "iris", "exec": {}}]


def bare(asked: Asked) -> Answer:
    """A host with an action ``iris``, and nothing of the system's own."""
    if asked.path == "/":
        limits = SystemLimits().info_json()
        return Answer(body={"limits": limits, "runtimes": runtimes_json(RUNTIMES)})
    if asked.path == "/api/v1/namespaces":
        return Answer(body=["guest"])
    if "/actions?" in asked.path and "skip=0" in asked.path:
        return Answer(body=LISTED)
    return Answer(404, {"error": "The requested resource does not exist."})


def warned(folder: Path, node: Composition) -> str:
    around = surroundings(folder)
    request = composition_request("", "flow", kind="python:3.11")
    made = package_composition(request, node, {}, around, lambda _: [])
    with serving(bare) as host:
        client = Client(target_at(host.url, label="Lab"))
        bundle = around.store.get(made.bundle)
        plan = plan_deploy(made.record, bundle, Connection(client))
        words = prepare(plan, print, force=False)
        client.close()
        assert {asked.method for asked in host.asked} == {"GET"}
    return words


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (sequence("iris", asynchronous("iris")), ""),
        (
            sequence("iris", "tags"),
            "tags (at root[1]) is not on Lab. Until you deploy it, the composition's calls to it "
            "fail.",
        ),
        (
            sequence("iris", map_("iris")),
            "/whisk.system/utils/echo is missing on Lab, and root[1] needs it to wait for its "
            "branches. Ask the operator to install OpenWhisk's package /whisk.system/utils.",
        ),
    ],
    ids=["complete", "an action", "for branches"],
)
def test_what_the_host_lacks_is_told(node: Composition, words: str, tmp_path: Path) -> None:
    assert warned(tmp_path, node) == words


def test_both_are_told(tmp_path: Path) -> None:
    words = warned(tmp_path, parallel("iris", "tags"))
    assert words.startswith("tags (at root[1]) is not on Lab")
    assert words.endswith(
        "root needs it to wait for its branches. Ask the operator to install OpenWhisk's "
        "package /whisk.system/utils."
    )


def test_what_it_brings_along_cannot_be_itself(tmp_path: Path) -> None:
    node = sequence(action("flow", code="def main(p): return p"))
    with pytest.raises(CompositionError, match="flow would call itself: flow → flow"):
        warned(tmp_path, node)
