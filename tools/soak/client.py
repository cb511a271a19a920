"""A client that changes and invokes things until the playground is gone."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from random import Random
from typing import Any

import requests

from tests.contract.helpers.api import Api, Target
from tools.soak.ledger import Ledger

# Prints and returns its number; notes that it ran, for nothing may run twice. Every tenth leaves a
# daemon behind, which has to go with the worker.
CODE = """
# {marker}
import os, subprocess, sys, time
def main(args):
    number = args["number"]
    with open({ran!r}, "a") as file:
        file.write(number + "\\n")
    print("this is", number)
    if args.get("daemon"):
        code = "import time; time.sleep(600)"
        subprocess.Popen([sys.executable, "-c", code, {ran!r}], start_new_session=True)
    time.sleep(args.get("sleep", 0))
    return {{"number": number, "marker": "{marker}"}}
"""


class Refused(Exception):
    """Raised when the playground answers what it never should."""


class Client:
    """Does one thing after the other until a connection breaks, which is taken for the kill.

    ``failure``: what it met that it never should.
    """

    def __init__(self, number: int, target: Target, ledger: Ledger, rng: Random, ran: str) -> None:
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=f"client-{number}", daemon=True)
        self._api = Api(target)
        self._ledger = ledger
        self._rng = rng
        self._ran = ran
        self._mine = f"c{number}"
        self._doings: list[tuple[int, Callable[[], None]]] = [
            (24, self._invoke),
            (6, self._invoke_later),
            (4, self._put_action),
            (2, self._delete_action),
            (2, self._put_package),
            (1, self._delete_package),
            (2, self._put_trigger),
            (1, self._delete_trigger),
            (2, self._put_rule),
            (1, self._delete_rule),
            (3, self._fire),
            (2, self._logs),
        ]

    def start(self) -> None:
        self._thread.start()

    def join(self, patience_s: float) -> bool:
        """False when it still waits for an answer after so long."""
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        weights, doings = zip(*self._doings, strict=True)
        try:
            while True:
                self._rng.choices(doings, weights)[0]()
        except requests.RequestException:
            return
        except Exception as error:
            self.failure = error
        finally:
            self._api.session.close()

    # -- actions -------------------------------------------------------------------------------

    def _put_action(self) -> None:
        path = self._rng.choice(self._action_paths())
        package = path.split("/")[1] if path.count("/") == 2 else None
        if package and self._ledger.state(f"packages/{package}") is None:
            return
        marker = self._marker()
        code = CODE.format(marker=marker, ran=self._ran)
        body = {
            "exec": {"kind": "python:default", "code": code},
            "annotations": [
                {"key": "marker", "value": marker},
                {"key": "sha256", "value": hashlib.sha256(code.encode()).hexdigest()},
            ],
        }
        with self._ledger.change(path, marker):
            self._expect(200, self._put(path, body))

    def _delete_action(self) -> None:
        path = self._existing(self._action_paths())
        if path:
            with self._ledger.change(path, None):
                self._expect(200, self._api.request("DELETE", path))

    def _invoke(self) -> None:
        path = self._existing(self._action_paths())
        if path is None:
            return
        number = self._ask()
        response = self._api.request(
            "POST",
            path,
            json={"number": number, "daemon": self._rng.random() < 0.1},
            params={"blocking": "true"},
        )
        record = self._expect(200, response)
        if record["response"]["result"] != {"number": number, "marker": self._ledger.state(path)}:
            raise Refused(f"{path} returned {record['response']} for {number}")
        self._ledger.answered[record["activationId"]] = record
        self._ledger.acknowledged += 1

    def _invoke_later(self) -> None:
        path = self._existing(self._action_paths())
        if path is None:
            return
        payload = {"number": self._ask(), "sleep": self._rng.choice((0, 0, 0.05, 0.3))}
        accepted = self._expect(202, self._api.request("POST", path, json=payload))
        self._ledger.accepted.add(accepted["activationId"])
        self._ledger.acknowledged += 1

    def _logs(self) -> None:
        """What was answered can be read at once, its logs included."""
        if not self._ledger.answered:
            return
        found, record = self._rng.choice(list(self._ledger.answered.items()))
        said = self._expect(200, self._api.activation(found, "/logs"))["logs"]
        if not said or record["response"]["result"]["number"] not in said[0]:
            raise Refused(f"the logs of {found} are {said}")

    # -- packages, triggers, rules -------------------------------------------------------------

    def _put_package(self) -> None:
        self._put_marked(f"packages/{self._mine}_p")

    def _delete_package(self) -> None:
        path = f"packages/{self._mine}_p"
        inside = f"actions/{self._mine}_p/inner"
        if self._ledger.state(path) is None:
            return
        # One request, two names.
        with self._ledger.change(inside, None), self._ledger.change(path, None):
            self._expect(200, self._api.request("DELETE", path, params={"force": "true"}))

    def _put_trigger(self) -> None:
        self._put_marked(f"triggers/{self._mine}_t")

    def _delete_trigger(self) -> None:
        self._delete(f"triggers/{self._mine}_t")

    def _put_rule(self) -> None:
        action = f"actions/{self._mine}_0"
        if self._ledger.state(action) and self._ledger.state(f"triggers/{self._mine}_t"):
            self._put_marked(
                f"rules/{self._mine}_r",
                trigger=f"/_/{self._mine}_t",
                action=f"/_/{self._mine}_0",
            )

    def _delete_rule(self) -> None:
        self._delete(f"rules/{self._mine}_r")

    def _fire(self) -> None:
        path = f"triggers/{self._mine}_t"
        if self._ledger.state(path) is None:
            return
        number = self._ask()
        response = self._api.request("POST", path, json={"number": number})
        if response.status_code == 204:
            return
        self._ledger.fired.add(self._expect(202, response)["activationId"])
        self._ledger.acknowledged += 1

    # -- what these are made of ----------------------------------------------------------------

    def _action_paths(self) -> list[str]:
        return [*(f"actions/{self._mine}_{n}" for n in range(3)), f"actions/{self._mine}_p/inner"]

    def _existing(self, paths: list[str]) -> str | None:
        found = [path for path in paths if self._ledger.state(path) is not None]
        return self._rng.choice(found) if found else None

    def _put_marked(self, path: str, **more: str) -> None:
        marker = self._marker()
        body = {"annotations": [{"key": "marker", "value": marker}], **more}
        with self._ledger.change(path, marker):
            self._expect(200, self._put(path, body))

    def _delete(self, path: str) -> None:
        if self._ledger.state(path) is not None:
            with self._ledger.change(path, None):
                self._expect(200, self._api.request("DELETE", path))

    def _put(self, path: str, body: dict[str, Any]) -> requests.Response:
        return self._api.request("PUT", path, json=body, params={"overwrite": "true"})

    def _marker(self) -> str:
        return f"{self._mine}-{self._rng.getrandbits(64):016x}"

    def _ask(self) -> str:
        number = self._marker()
        self._ledger.asked.add(number)
        return number

    def _expect(self, status: int, response: requests.Response) -> Any:
        if response.status_code != status:
            asked = f"{response.request.method} {response.request.path_url}"
            raise Refused(f"{asked} got the status {response.status_code}: {response.text[:500]}")
        return response.json()
