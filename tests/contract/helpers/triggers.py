"""Triggers and rules as a client makes them."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import quote

import requests

from tests.contract.helpers.api import Api


class Triggers:
    """Makes triggers and rules under new names; ``close`` deletes all of them."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api = api
        self.namespace = namespace
        self._made: list[str] = []

    def put(self, path: str, body: Any = None, overwrite: object = False) -> requests.Response:
        """``path`` is ``triggers/x`` or ``rules/x``; what came of it is deleted in the end."""
        self._made.append(path)
        return self.api.request(
            "PUT", quote(path), json=body or {}, params={"overwrite": str(overwrite)}
        )

    def trigger(self, **body: Any) -> str:
        """A new trigger's name."""
        name = new_name()
        response = self.put(f"triggers/{name}", body)
        assert response.status_code == 200, response.text
        return name

    def rule(self, trigger: str, action: str, **body: Any) -> str:
        """A new rule's name."""
        name = new_name()
        sides = {"trigger": f"/_/{trigger}", "action": f"/_/{action}"}
        response = self.put(f"rules/{name}", {**sides, **body})
        assert response.status_code == 200, response.text
        return name

    def get(self, path: str) -> dict[str, Any]:
        response = self.api.request("GET", path)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def set_status(self, rule: str, status: object) -> requests.Response:
        return self.api.request("POST", f"rules/{rule}", json={"status": status})

    def fire(self, trigger: str, payload: Any = None, **options: Any) -> requests.Response:
        return self.api.request("POST", f"triggers/{trigger}", json=payload, **options)

    def lines(self, response: requests.Response) -> list[dict[str, Any]]:
        """What the record of a firing tells of its rules."""
        assert response.status_code == 202, response.text
        record = self.api.record(response.json()["activationId"])
        return [json.loads(line) for line in record["logs"]]

    def close(self) -> None:
        for path in reversed(self._made):
            self.api.request("DELETE", path)


def new_name() -> str:
    return f"test_{uuid.uuid4().hex[:12]}"
