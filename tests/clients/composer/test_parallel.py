"""Composer's ``parallel`` and ``map``, whose branches meet in a real Redis."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.composer.helpers.workbench import Composer
from tests.clients.helpers.redis import Redis

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.timeout(1200),
    pytest.mark.usefixtures("modules"),
]

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("parallel", {"n": 3}, {"value": [{"n": 4}, {"n": 12}, {"error": "no luck"}, {"value": 3}]}),
    ("par", {"n": 3}, {"value": [{"n": 23}, {"n": 13}], "by": 10}),
    (
        "map",
        {"value": [{"n": 1}, {"n": 2}, {"n": 3}], "beside": 1},
        {"value": [{"n": 2, "more": False}, {"n": 3, "more": True}, {"n": 4, "more": True}]},
    ),
    ("map_values", {"value": [5, 7, 9]}, {"value": [{"value": each} for each in (6, 8, 10)]}),
    (
        "map_of_parallel",
        {"value": [{"n": 1}, {"n": 5}]},
        {"value": [{"value": [{"n": 2}, {"n": 2}]}, {"value": [{"n": 6}, {"n": 10}]}]},
    ),
    ("map_caught", {"value": [1, 2]}, {"errors": ["no luck", "no luck"]}),
]


def with_redis(redis: Redis, params: dict[str, Any]) -> dict[str, Any]:
    return {**params, "$composer": {"redis": {"uri": redis.uri}}}


@pytest.mark.parametrize(("name", "params", "result"), CASES, ids=[name for name, *_ in CASES])
def test_combinator(
    composer: Composer, redis: Redis, name: str, params: dict[str, Any], result: dict[str, Any]
) -> None:
    record = composer.run(composer.deployed(name), with_redis(redis, params))
    assert record["response"]["result"] == result
    assert redis.command("KEYS", "composer/*") == b"*0\r\n"


def test_many_branches_keep_their_order(composer: Composer, redis: Redis) -> None:
    numbers = list(range(25))
    record = composer.run(composer.deployed("map_values"), with_redis(redis, {"value": numbers}))
    assert record["response"]["result"] == {"value": [{"value": n + 1} for n in numbers]}


def test_branches_have_records_of_their_own(composer: Composer, redis: Redis) -> None:
    record = composer.run(composer.deployed("parallel"), with_redis(redis, {"n": 3}))
    (first,) = composer.parts(record)
    spawned = [line.split()[-1] for line in first["logs"] if "spawned position" in line]
    branches = [composer.api.record(each) for each in spawned]
    positions = {branch["response"]["result"]["position"] for branch in branches}
    assert positions == {0, 1, 2, 3}
    session = {branch["response"]["result"]["sessionId"] for branch in branches}
    assert len(session) == 4
    assert all("cause" not in branch for branch in branches)


def test_redis_of_a_package_is_used(composer: Composer, redis: Redis) -> None:
    parameters = [{"key": "$composer", "value": {"redis": {"uri": redis.uri}}}]
    assert composer.api.put_package("redis", {"parameters": parameters}).status_code == 200
    record = composer.run(composer.deployed("map_values", into="redis/"), {"value": [1]})
    assert record["response"]["result"] == {"value": [{"value": 2}]}


def test_conductor_that_may_not_wait_comes_back(composer: Composer, redis: Redis) -> None:
    """It leaves five seconds of its time, and waits on in its next run, after an echo."""
    action = composer.deployed("slow_branches", "-t", "6000")
    record = composer.run(action, with_redis(redis, {"n": 1}))
    assert record["response"]["result"] == {"value": [{"n": 1}, {"n": 2}]}
    names = [part["name"] for part in composer.parts(record)]
    assert names[:3] == ["slow_branches", "echo", "slow_branches"]
    assert set(names[1::2]) == {"echo"}


def test_without_redis_it_is_an_error(composer: Composer) -> None:
    record = composer.run(composer.deployed("parallel"), {"n": 3}, "application error")
    message = "Parallel combinator requires a properly configured redis instance"
    assert record["response"]["result"] == {"error": message}


def test_nothing_to_map_needs_no_redis(composer: Composer) -> None:
    record = composer.run(composer.deployed("map"), {"value": []})
    assert record["response"]["result"] == {"value": []}
