from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.errors import LimitOutOfRange
from jupyter_faas.whisk import ActionLimits, SystemLimits


def test_defaults() -> None:
    assert ActionLimits.from_json(None).to_json() == {
        "timeout": 60000,
        "memory": 256,
        "logs": 10,
        "concurrency": 1,
    }


def test_merge_is_partial() -> None:
    base = ActionLimits(timeout=1000, memory=512)
    assert ActionLimits.from_json({"memory": 128, "other": 3}, base) == ActionLimits(
        timeout=1000, memory=128
    )


def test_instances_are_kept_once_given() -> None:
    base = ActionLimits.from_json({"instances": 3})
    assert base.to_json()["instances"] == 3
    assert ActionLimits.from_json({"memory": 128}, base).instances == 3
    assert "instances" not in ActionLimits().to_json()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.5, "^requirement failed: memory limit must be whole number"),
        ("256", "^memory limit malformed"),
        (True, "^memory limit malformed"),
        ([], "^memory limit malformed"),
        ({}, "^memory limit malformed"),
        (10**12, "^requirement failed: a negative size of an object is not allowed"),
    ],
)
def test_limits_must_be_whole_numbers(value: object, message: str) -> None:
    with pytest.raises(LimitOutOfRange, match=message):
        ActionLimits.from_json({"memory": value})


def test_limits_that_are_no_object() -> None:
    with pytest.raises(LimitOutOfRange, match="Object expected in field 'timeout'"):
        ActionLimits.from_json([256])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"memory": 1024}, "memory size 1024 MB exceeds allowed threshold of 512 MB"),
        ({"memory": 1}, "memory size 1 MB below allowed threshold of 128 MB"),
        ({"timeout": 1}, "duration 1 milliseconds below allowed threshold of 100 milliseconds"),
        (
            {"timeout": 300_001},
            "duration 300001 milliseconds exceeds allowed threshold of 300000 milliseconds",
        ),
        ({"logs": 11}, "log size 11 MB exceeds allowed threshold of 10 MB"),
        ({"logs": -1}, "log size -1 MB below allowed threshold of 0 MB"),
        ({"concurrency": 200}, "concurrency 200 exceeds allowed threshold of 1"),
    ],
)
def test_check_when_out_of_bounds(change: dict[str, Any], message: str) -> None:
    with pytest.raises(LimitOutOfRange) as error:
        SystemLimits().check(ActionLimits()._replace(**change))
    assert error.value.message == f"requirement failed: {message}"


def test_check_when_within_bounds() -> None:
    limits = ActionLimits(timeout=100, memory=512, logs=0)
    assert SystemLimits().check(limits) is limits


def test_info_is_read_back() -> None:
    bounds = SystemLimits(max_memory=4096, max_timeout=600_000)
    info = bounds.info_json()
    assert info["max_action_memory"] == 4096 * 1024 * 1024
    assert info["default_min_action_duration"] == 100
    assert SystemLimits.from_info(info) == bounds


def test_info_of_a_host_that_says_little() -> None:
    assert SystemLimits.from_info({"max_action_memory": "2 GB"}) == SystemLimits()
