"""Sequences and conductors as a client makes them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from tests.contract.helpers.api import Api, python

# Adds its own parameter ``mark`` to what has passed through.
STEP = """
def main(args):
    return {'trace': args.get('trace', '') + args['mark'], 'seen': sorted(args)}
"""
FAIL = "def main(args):\n    return {'error': 'went wrong', 'beside': 1}\n"
ECHO = "def main(args):\n    return args\n"


class Sequences:
    """Puts actions under new names; ``close`` deletes all of them."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api = api
        self.namespace = namespace
        self._made: list[str] = []

    def put(self, body: Mapping[str, Any]) -> str:
        """A new action's name."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        response = self.api.put(name, body)
        assert response.status_code == 200, response.text
        self._made.append(name)
        return name

    def action(self, code: str = ECHO, **more: Any) -> str:
        return self.put(python(code, **more))

    def step(self, mark: str, **more: Any) -> str:
        return self.action(STEP, parameters=[{"key": "mark", "value": mark}], **more)

    def sequence(self, *components: str, **more: Any) -> str:
        """``components`` are names of the own namespace, or whole ones that begin with a /."""
        return self.put(sequence(*components, **more))

    def conductor(self, code: str, **more: Any) -> str:
        """A conductor in Python."""
        annotations = [{"key": "conductor", "value": True}]
        return self.action(code, annotations=annotations, **more)

    def run(self, name: str, payload: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The record of a blocking run, as it is stored."""
        response = self.api.invoke(name, payload)
        assert response.status_code in (200, 500, 502), response.text
        return self.api.record(response.headers["x-openwhisk-activation-id"])

    def parts(self, record: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The records of what a sequence or composition has run itself, in order."""
        return [self.api.record(each) for each in record["logs"]]

    def close(self) -> None:
        for name in reversed(self._made):
            self.api.delete(name)


def sequence(*components: str, **more: Any) -> dict[str, Any]:
    """The body of a PUT."""
    whole = [each if each.startswith("/") else f"/_/{each}" for each in components]
    return {"exec": {"kind": "sequence", "components": whole}, **more}


def result(record: Mapping[str, Any], status: str = "success") -> Any:
    assert record["response"]["status"] == status, record["response"]
    return record["response"]["result"]


def failure(record: Mapping[str, Any], status: str) -> Any:
    found = result(record, status)
    assert list(found) == ["error"]
    return found["error"]
