"""Rounds of the conductor as a host plays them, with hand-overs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.shipped.helpers.busy_host import BusyHost
from tests.shipped.helpers.conductor import State

KEY = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "k" * 64
ECHO = "/whisk.system/utils/echo"

Play = Callable[..., list[dict[str, Any]]]


def player(conductor: Any, monkeypatch: pytest.MonkeyPatch) -> Play:
    """All answers, hand-overs among them; ``seconds`` is the time limit of each round."""

    def play(
        host: BusyHost | str, states: list[State], params: dict[str, Any], seconds: float = 60
    ) -> list[dict[str, Any]]:
        apihost = host if isinstance(host, str) else host.apihost
        monkeypatch.setenv("__OW_API_HOST", apihost)
        monkeypatch.setenv("__OW_API_KEY", KEY)
        monkeypatch.setenv("__OW_ACTION_NAME", "/guest/flows/my flow")
        monkeypatch.setenv("__OW_ACTIVATION_ID", "f" * 32)
        runs = conductor.Conductor(states, {"caught": lambda p: {"caught": p["error"]}})
        answers, payload = [], params
        while True:
            monkeypatch.setenv("__OW_DEADLINE", str(int((time.time() + seconds) * 1000)))
            answers.append(runs.answer(payload))
            if answers[-1].get("action") != ECHO:
                return answers
            payload = json.loads(json.dumps({**answers[-1]["params"], **answers[-1]["state"]}))

    return play


def values(answer: dict[str, Any]) -> Any:
    return answer["params"]["value"]
