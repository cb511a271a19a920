"""FlakyHost: an OpenWhisk host that is slow, busy and cuts connections, as a script says.

It has one function, ``double(n: int)``, and counts how often it has run for each ``n``.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_faas.workspace import Workspace
from tests.client.helpers.server import Answer, Asked, serving

# What the host does with the attempt number ``attempt`` (from 0) for the input ``n``.
Plan = Callable[[int, int], str]
_KEY = "2" * 8 + "-1111-1111-1111-" + "1" * 12 + ":" + "k" * 64


class FlakyHost:
    """``ran`` counts the runs by input. ``plan`` returns one of the words of ``_invoke``."""

    def __init__(self, plan: Plan, limits: dict[str, int] | None = None) -> None:
        self.plan = plan
        self.limits = limits or {}
        self.ran: Counter[int] = Counter()
        self.attempts: Counter[int] = Counter()
        self.most_at_once = 0
        self._at_once = 0
        self._runs = 0
        self._lock = threading.Lock()
        self._records: dict[str, dict[str, Any]] = {}
        self.url = ""

    @contextmanager
    def serve(self, folder: Path) -> Iterator[Workspace]:
        """Serve, and yield a workspace in ``folder`` whose target is this host."""
        with serving(self.answer) as host:
            self.url = host.url
            props = folder / "wskprops"
            props.write_text(f"APIHOST={host.url}\nAUTH={_KEY}\nNAMESPACE=guest\n")
            settings = {"targets": {"flaky": {"wskprops": str(props)}}}
            (folder / "settings.json").write_text(json.dumps(settings))
            yield Workspace.open(folder, target="flaky")

    def answer(self, asked: Asked) -> Answer:
        path = asked.path.partition("?")[0]
        if path.endswith("/limits"):
            return Answer(200, self.limits)
        if path.endswith("/actions/double"):
            return self._invoke(asked) if asked.method == "POST" else Answer(200, ACTION)
        found = re.search(r"/activations/(\w{32})$", path)
        if found and found[1] in self._records:
            record = self._records[found[1]]
            record["asked"] = record.get("asked", 0) + 1
            # Hosts write the record some time after they have accepted the call.
            if record["asked"] > 2:
                return Answer(200, {key: value for key, value in record.items() if key != "asked"})
        return Answer(404, {"error": "The requested resource does not exist.", "code": "x"})

    def _invoke(self, asked: Asked) -> Answer:
        n = json.loads(asked.body)["n"]
        with self._lock:
            attempt = self.attempts[n]
            self.attempts[n] += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return self._planned(self.plan(n, attempt), n)
        finally:
            with self._lock:
                self._at_once -= 1

    def _planned(self, word: str, n: int) -> Answer:
        if word == "429":
            words = "Too many concurrent requests in flight (count: 31, allowed: 30)."
            return Answer(429, {"error": words, "code": "x"})
        if word == "503":
            return Answer(503, raw=b"<html>", content_type="text/html")
        if word == "400":
            return Answer(400, {"error": "The request content was malformed.", "code": "x"})
        if word == "401":
            return Answer(401, {"error": "The supplied authentication is invalid.", "code": "x"})
        with self._lock:
            self.ran[n] += 1
            self._runs += 1
            number = self._runs
        record = self._record(n, number)
        if word == "502":  # a proxy before the host, after the run has begun
            return Answer(502, raw=b"<html>Bad gateway", content_type="text/html")
        if word == "cut":
            return Answer(reset=True)
        if word == "slow":
            time.sleep(0.05)
        if word == "202":
            self._records[record["activationId"]] = record
            return Answer(202, {"activationId": record["activationId"]})
        if word == "failed":
            record["response"] = {
                "status": "application error",
                "success": False,
                "result": {"error": "n is odd"},
            }
            return Answer(502, record)
        return Answer(200, record)

    def _record(self, n: int, number: int) -> dict[str, Any]:
        return {
            "activationId": f"{number:032x}",
            "namespace": "guest",
            "name": "double",
            "version": "0.0.1",
            "start": 1,
            "end": 101,
            "duration": 100,
            "logs": [],
            "annotations": [
                {"key": "kind", "value": "python:3.11"},
                {"key": "limits", "value": {"memory": 256, "timeout": 60000, "logs": 10}},
            ],
            "response": {"status": "success", "success": True, "result": {"double": 2 * n}},
        }


ACTION = {
    "namespace": "guest",
    "name": "double",
    "version": "0.0.1",
    "updated": 1,
    "exec": {"kind": "python:3.11", "binary": False},
    "limits": {"timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1},
    "parameters": [],
    "annotations": [
        {
            "key": "faas-schema",
            "value": {
                "type": "object",
                "properties": {"n": {"type": "integer"}},
                "required": ["n"],
            },
        },
        {"key": "faas-signature", "value": "double(n: int)"},
    ],
}
