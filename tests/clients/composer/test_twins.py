"""Every combinator in Python and in npm's Composer: the same results, the same records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.composer import test_combinators, test_parallel
from tests.clients.composer.helpers.twins import TWINS
from tests.clients.composer.helpers.workbench import Composer
from tests.clients.helpers.redis import Redis
from tests.contract.helpers.api import annotated
from tests.shipped.helpers.composed import Composing

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]

Deployed = Callable[..., str]

# These have no twin: code as text, and a promise.
NO_TWIN = {"function_text", "function_promised"}

CASES: list[tuple[str, dict[str, Any]]] = [
    *((name, params) for name, params, _ in test_combinators.CASES if name not in NO_TWIN),
    ("function_throws", {"n": 1}),
    ("function_of_function", {}),
    ("nested", {"n": 1}),
    ("missing", {"n": 1}),
    ("missing_caught", {}),
    ("sixty", {"n": 0}),
    ("sixty_caught", {"n": 0}),
]


@pytest.fixture(scope="module")
def composing(tmp_path_factory: pytest.TempPathFactory) -> Composing:
    return Composing(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="module")
def deployed(composer: Composer, composing: Composing) -> Deployed:
    """Deploys the Python twin, and gives its full name."""

    def deployed(name: str, into: str = "") -> str:
        made = composing.compose(TWINS[name])
        return made.put(composer.api, f"{into}{name}-twin", composer.namespace)

    return deployed


def run(composer: Composer, action: str, params: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = composer.api.invoke(action, params).json()
    return record


def shape(composer: Composer, record: dict[str, Any]) -> dict[str, Any]:
    """What must be the same: all that does not depend on when it was, nor in which language."""
    notes = annotated(record)
    own = record["name"].removesuffix("-twin")
    return {
        "name": own,
        "response": record["response"],
        "whole": {key: notes[key] for key in ("kind", "conductor", "topmost")},
        "duration": record["duration"] == sum(p["duration"] for p in composer.parts(record)),
        "parts": [part_shape(record, part) for part in composer.parts(record)],
    }


def part_shape(record: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    notes = annotated(part)
    conducts = part["name"] == record["name"]
    result = part["response"]["result"]
    if conducts and "state" in result:
        state = dict(result["state"]["$composer"])
        assert state.pop("session") == record["logs"][0]
        result = {**result, "state": state}
    return {
        "name": part["name"].removesuffix("-twin"),
        "status": part["response"]["status"],
        "result": result,
        "path": notes["path"].removesuffix("-twin"),
        "kind": "conductor" if conducts else notes["kind"],
        "is_caused_by_it": part["cause"] == record["activationId"],
        "caused_by": notes["causedBy"],
        "entered": [line.split("stdout: ")[1] for line in part["logs"] if "Entering" in line],
    }


def sized(shape: dict[str, Any]) -> dict[str, Any]:
    """Two languages write the same JSON in two ways."""
    return {**shape, "response": {**shape["response"], "size": None}}


@pytest.mark.parametrize(
    ("name", "params"), CASES, ids=[f"{name}-{number}" for number, (name, _) in enumerate(CASES)]
)
def test_twins_run_alike(
    composer: Composer, deployed: Deployed, name: str, params: dict[str, Any]
) -> None:
    if name == "nested":
        composer.deployed("inner")
    theirs = run(composer, composer.deployed(name), params)
    ours = run(composer, deployed(name), params)
    assert sized(shape(composer, ours)) == sized(shape(composer, theirs))


def test_action_beside_the_composition_is_found(composer: Composer, deployed: Deployed) -> None:
    record = run(composer, deployed("dynamic_neighbour", into="tools/"), {"n": 6})
    assert record["response"]["result"] == {"n": 3}


def test_composition_of_ours_within_one_of_theirs(composer: Composer, composing: Composing) -> None:
    composing.compose(TWINS["inner"]).put(composer.api, "inner", composer.namespace)
    record = composer.run(composer.deployed("nested"), {"n": 1})
    assert record["response"]["result"] == {"n": 11}
    assert len(composer.api.record(record["logs"][1])["logs"]) == 5


@pytest.mark.usefixtures("modules")
@pytest.mark.parametrize(
    ("name", "params", "result"), test_parallel.CASES, ids=[case[0] for case in test_parallel.CASES]
)
def test_branches_end_alike(
    composer: Composer,
    deployed: Deployed,
    redis: Redis,
    name: str,
    params: dict[str, Any],
    result: dict[str, Any],
) -> None:
    with_redis = test_parallel.with_redis(redis, params)
    theirs = composer.run(composer.deployed(name), with_redis)
    ours = composer.run(deployed(name), params)
    assert ours["response"]["result"] == theirs["response"]["result"] == result


def test_async_goes_on_by_itself(composer: Composer, deployed: Deployed) -> None:
    record = composer.run(deployed("async"), {"n": 1})
    result = record["response"]["result"]
    assert result["by"] == 10
    started = result["started"]
    assert started.keys() == {"method", "activationId", "sessionId"}
    assert (started["method"], started["sessionId"]) == ("async", record["logs"][0])
    child = composer.api.record(started["activationId"])
    assert child["response"]["result"] == {"n": 12}
    own = record["name"]
    assert [part["name"] for part in composer.parts(child)] == [own, "increment", own]
    assert "cause" not in child
