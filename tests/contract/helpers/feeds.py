"""Feeds as clients use them: the trigger first, then its feed action (contract §2.3)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import requests

from tests.contract.helpers.triggers import Triggers

T = TypeVar("T")

ECHO = "def main(args):\n    return args\n"


class Feeds:
    """The alarms of one namespace; ``close`` deletes them."""

    def __init__(self, triggers: Triggers) -> None:
        self.triggers = triggers
        self.api = triggers.api
        self._made: list[tuple[str, str]] = []

    def invoke(
        self,
        feed: str,
        event: object,
        trigger: object,
        *,
        namespace: str = "whisk.system",
        package: str = "alarms",
        **given: Any,
    ) -> requests.Response:
        """``authKey=None`` leaves the key out."""
        body = {
            "lifecycleEvent": event,
            "triggerName": trigger if trigger is None else f"/_/{trigger}",
            "authKey": self.api.target.auth,
            **given,
        }
        path = f"actions/{package}/{feed}?blocking=true"
        return self.api.elsewhere(
            "POST",
            namespace,
            path,
            json={key: value for key, value in body.items() if value is not None},
        )

    def create(self, feed: str, **given: Any) -> str:
        """A trigger with this feed, as ``wsk trigger create --feed`` makes it; its name."""
        annotation = {"key": "feed", "value": f"/whisk.system/alarms/{feed}"}
        trigger = self.triggers.trigger(annotations=[annotation])
        response = self.invoke(feed, "CREATE", trigger, **given)
        assert response.status_code == 200, response.text
        assert result(response) == {"status": "success"}
        self._made.append((feed, trigger))
        return trigger

    def read(self, feed: str, trigger: str) -> Any:
        response = self.invoke(feed, "READ", trigger)
        assert response.status_code == 200, response.text
        return result(response)

    def firings(self, trigger: str, count: int, patience_s: float = 30) -> list[dict[str, Any]]:
        """The records of at least so many firings, the first one first."""
        return until(
            lambda: list(reversed(self.api.activations(name=trigger, docs=True).json())),
            lambda found: len(found) >= count,
            patience_s,
        )

    def close(self) -> None:
        for feed, trigger in self._made:
            self.invoke(feed, "DELETE", trigger)


def until(look: Callable[[], T], good: Callable[[T], bool], patience_s: float = 30) -> T:
    """What ``look`` gives, as soon as it is ``good``."""
    deadline = time.monotonic() + patience_s
    while not good(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def result(response: requests.Response) -> Any:
    return response.json()["response"]["result"]


def soon(seconds: float) -> int:
    """A date as epoch ms."""
    return int((time.time() + seconds) * 1000)
