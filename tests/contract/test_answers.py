"""Contract §3.2: how a run that failed is answered."""

from __future__ import annotations

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import Api

FAILURES = pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("def main(args):\n    print('x')\n    return {'error': {'a': 1}}\n", 1, {"a": 1}),
        ("def main(args):\n    raise ValueError('no')\n", 1, "no"),
        (
            "def main(args):\n    print('x')\n",
            2,
            "The action did not produce a valid JSON or JSON Array response: null\n",
        ),
    ],
    ids=["error", "exception", "nothing"],
)
WORDS = {1: "application error", 2: "action developer error"}


@FAILURES
def test_failed_run_is_answered_with_its_record(
    api: Api, deploy: Deploy, code: str, status: int, error: object
) -> None:
    response = api.invoke(deploy(code))
    assert response.status_code == 502
    body = response.json()
    assert "error" not in body
    assert body["response"] == {
        **body["response"],
        "status": WORDS[status],
        "success": False,
        "result": {"error": error},
    }
    record = api.record(body["activationId"])
    assert record["logs"] != []
    assert body == {**record, "logs": []}


@FAILURES
def test_result_of_a_failed_run(
    api: Api, deploy: Deploy, code: str, status: int, error: object
) -> None:
    response = api.invoke(deploy(code), result=True)
    assert (response.status_code, response.json()) == (502, {"error": error})
    record = api.record(response.headers["x-openwhisk-activation-id"])
    assert record["response"]["status"] == WORDS[status]
