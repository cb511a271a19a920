"""One run of a Node.js action, and what came of it."""

from __future__ import annotations

from typing import Any

from tests.contract.helpers.api import Api, node


class NodeAction:
    """An action that is deployed anew, under the same name, for every run."""

    def __init__(self, api: Api, name: str) -> None:
        self._api = api
        self._name = name

    def __call__(
        self,
        code: str,
        payload: dict[str, Any] | None = None,
        main: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """The record of a run of ``code``."""
        body = node(code, **more)
        if main is not None:
            body["exec"]["main"] = main
        response = self._api.put(self._name, body, overwrite=True)
        assert response.status_code == 200, response.text
        started = self._api.invoke(self._name, payload, blocking=False).json()
        return self._api.record(started["activationId"])


def result(record: dict[str, Any]) -> Any:
    assert record["response"]["status"] == "success", record
    return record["response"]["result"]


def error(record: dict[str, Any], status: str = "action developer error") -> Any:
    assert record["response"]["status"] == status, record
    assert list(record["response"]["result"]) == ["error"]
    return record["response"]["result"]["error"]
