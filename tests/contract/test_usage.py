"""What the playground has added up of the runs in it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
import requests

from tests.contract.helpers.api import TIMEOUT_S, Api, python

pytestmark = pytest.mark.usefixtures("ours")

HELLO = "def main(args):\n    return {}\n"


def ask(api: Api, path: str, **query: Any) -> requests.Response:
    url = f"{api.target.apihost}/faas/usage{path}"
    return api.session.get(url, params=query, timeout=TIMEOUT_S)


def test_a_day_of_runs(api: Api, name: str) -> None:
    assert api.put(name, python(HELLO)).status_code == 200
    records = [api.record(api.invoke(name).json()["activationId"]) for _ in range(3)]
    (row,) = ask(api, "/days", name=name, step_ms=60_000).json()["rows"]
    day = datetime.fromtimestamp(records[0]["start"] / 1000, timezone.utc).date().isoformat()
    assert row == [day, 256, 3, 3 * 60_000, 256 * 3 * 60_000]
    (exact,) = ask(api, "/days", name=name).json()["rows"]
    assert exact[3] == sum(each["duration"] for each in records)


def test_runs_that_are_alike(api: Api, name: str) -> None:
    assert api.put(name, python(HELLO)).status_code == 200
    for _ in range(3):
        api.invoke(name)
    told = ask(api, "", name=name).json()
    rows = [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]
    assert [sum(each["runs"]) for each in rows] == [2, 1]
    assert [each["cold"] for each in rows] == [0, 1]


@pytest.mark.parametrize(
    "query",
    [
        {"utc_offset": "east"},
        {"utc_offset": 1441},
        {"utc_offset": -1441},
        {"step_ms": 0},
        {"step_ms": 3_600_001},
        {"minimum_ms": -1},
        {"step_mb": "1_0"},
        {"since": "now"},
        {"name": "a/b/c"},
    ],
    ids=str,
)
def test_questions_that_make_no_sense(api: Api, query: dict[str, Any]) -> None:
    assert ask(api, "/days", **query).status_code == 400


@pytest.mark.parametrize("path", ["", "/days"])
def test_a_key_is_needed(api: Api, path: str) -> None:
    url = f"{api.target.apihost}/faas/usage{path}"
    assert requests.get(url, timeout=TIMEOUT_S).status_code == 401
