from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.client import DayUsageGroup, UsageClient, UsageGroup
from jupyter_faas.errors import NotAuthorized
from tests.client.conftest import target_at
from tests.client.helpers.server import Answer, serving


def told(status: int, body: Any, **question: Any) -> tuple[list[UsageGroup] | None, str]:
    with serving(lambda _: Answer(status, body)) as host:
        client = UsageClient(target_at(host.url))
        found = client.ask(**question)
        client.close()
    assert "authorization" in host.asked[0].headers
    return found, host.asked[0].path


def test_rows() -> None:
    rows = [
        ["p/f", 256, 1, 1000, 2, 41, [80, 90], [2, 1], [256, 82]],
        ["s", 0, 0, 1001, 0, None, [9], [1], []],
    ]
    found, path = told(200, {"columns": [], "rows": rows}, name="f", since=5, step_mb=128)
    assert found == [
        UsageGroup("p/f", 256, True, 1000, 2, 41, [80, 90], [2, 1], [256, 82]),
        UsageGroup("s", 0, False, 1001, 0, None, [9], [1], []),
    ]
    assert path == "/faas/usage?name=f&since=5&step_mb=128&minimum_mb=0"


def test_days() -> None:
    rows = [["2026-11-26", 512, 1200, 345600, 176947200]]
    with serving(lambda _: Answer(200, {"columns": [], "rows": rows})) as host:
        client = UsageClient(target_at(host.url))
        found = client.usage_days(since=5, step_ms=100, utc_offset=-60)
        client.close()
    assert found == [DayUsageGroup("2026-11-26", 512, 1200, 345600, 176947200)]
    assert host.asked[0].path == "/faas/usage/days?since=5&step_ms=100&minimum_ms=0&utc_offset=-60"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"error": "x"}),
        (200, {}),
        (200, []),
    ],
    ids=["not there", "nothing", "a list"],
)
def test_a_host_that_does_not_add_up(status: int, body: Any) -> None:
    assert told(status, body)[0] is None
    with serving(lambda _: Answer(status, body)) as host:
        assert UsageClient(target_at(host.url)).usage_days() is None


def test_a_playground_that_adds_up_by_duration() -> None:
    earlier = [["f", 256, 1, 80, 3, 1000, 2, 41, 338]]
    assert told(200, {"columns": [], "rows": earlier})[0] is None


def test_a_key_that_is_not_known() -> None:
    with pytest.raises(NotAuthorized):
        told(401, {"error": "The supplied authentication is invalid."})
