"""Rounds of load, SIGKILL and restart on one folder: what was acknowledged has to be there."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from jupyter_faas.playground import PlaygroundInfo, start, stop
from tests.contract.helpers.api import Api, Target, annotated
from tests.playground.helpers.loop import wait_until
from tests.playground.helpers.processes import lives, with_argument
from tools.soak.client import Client
from tools.soak.ledger import Ledger

CLIENTS = 4
_LONGEST_S = 2.0
_PAGE = 200
_NEVER_ENDED = {"error": "The playground stopped before this activation ended."}


class Lost(Exception):
    """Raised when something acknowledged is gone, there twice, or half there."""


@dataclass
class Tally:
    """Of all rounds. ``unfinished``: accepted runs that the kill cut off."""

    rounds: int = 0
    acknowledged: int = 0
    activations: int = 0
    unfinished: int = 0
    restart_s: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds, {self.acknowledged:,} acknowledged changes and invocations, "
            f"{self.activations:,} records, {self.unfinished:,} cut off by the kill; "
            f"slowest restart {self.restart_s:.2f} s"
        )


def run_rounds(data_dir: Path, rounds: int, seed: int) -> Iterator[Tally]:
    """One result for each round, the sum so far.

    Raises Lost, and what a client met that it never should. The same seed makes the same choices;
    when the kill falls among them is up to the machine.
    """
    rng = Random(seed)
    ledgers = [Ledger() for _ in range(CLIENTS)]
    ran = data_dir / "ran"
    tally = Tally()
    info = start(data_dir, port=0, wait_s=30)
    try:
        for _ in range(rounds):
            began_ms = time.time_ns() // 1_000_000
            _load_and_kill(info, ledgers, rng, ran)
            wait_until(lambda: not with_argument(str(data_dir)), patience_s=5)
            restarted = time.perf_counter()
            info = start(data_dir, port=0, wait_s=30)
            tally.restart_s = max(tally.restart_s, time.perf_counter() - restarted)
            _judge(Api(target_of(info)), ledgers, began_ms, ran, tally)
            tally.rounds += 1
            tally.acknowledged += sum(each.acknowledged for each in ledgers)
            for ledger in ledgers:
                ledger.new_round()
            yield tally
    finally:
        stop(data_dir)


def target_of(info: PlaygroundInfo) -> Target:
    auth = info.wskprops.read_text().splitlines()[1].removeprefix("AUTH=")
    return Target(info.apihost, auth, is_playground=True)


def _load_and_kill(info: PlaygroundInfo, ledgers: list[Ledger], rng: Random, ran: Path) -> None:
    clients = [
        Client(number, target_of(info), ledger, Random(rng.getrandbits(64)), str(ran))
        for number, ledger in enumerate(ledgers)
    ]
    for client in clients:
        client.start()
    # So many answers on a quick machine and on a slow one, and then anywhere between two of them.
    enough, deadline = rng.randrange(80), time.monotonic() + _LONGEST_S
    while sum(each.acknowledged for each in ledgers) < enough and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(rng.uniform(0, 0.03))
    os.kill(info.pid, signal.SIGKILL)
    for client in clients:
        if not client.join(60):
            raise Lost("A client still waits for a response from a playground that no longer runs.")
        if client.failure is not None:
            raise client.failure
    wait_until(lambda: not lives(info.pid))


def _judge(api: Api, ledgers: list[Ledger], began_ms: int, ran: Path, tally: Tally) -> None:
    for ledger in ledgers:
        for path, entry in ledger.names.items():
            found = _marker_at(api, path)
            if found not in entry.states:
                raise Lost(f"{path} is {found}, but should be one of {entry.states}.")
            entry.states = [found]
    records = _records_since(api, began_ms)
    tally.activations += len(records)
    for ledger in ledgers:
        for activation_id, answer in ledger.answered.items():
            kept = records.get(activation_id)
            if kept is None or {**kept, "logs": []} != {**answer, "logs": []}:
                raise Lost(
                    f"Activation {activation_id} was returned as {answer}, but its record is "
                    f"{kept}."
                )
            if answer["response"]["result"]["number"] not in "".join(kept["logs"]):
                raise Lost(f"The logs of activation {activation_id} are {kept['logs']}.")
        accepted = [*ledger.accepted, *_ids_fired(ledger, records)]
        for activation_id in accepted:
            kept = records.get(activation_id)
            if kept is None or "end" not in kept:
                raise Lost(f"Activation {activation_id} was accepted, but its record is {kept}.")
            tally.unfinished += kept["response"]["result"] == _NEVER_ENDED
    _check_numbers(records, ledgers, ran)


def _ids_fired(ledger: Ledger, records: dict[str, Any]) -> Iterator[str]:
    """The runs that the records of triggers name."""
    for activation_id in ledger.fired:
        if activation_id not in records:
            raise Lost(f"The record {activation_id} of a trigger is missing.")
        for line in records[activation_id]["logs"]:
            _, named, rest = line.partition('"activationId":"')
            if named:
                yield rest[:32]


def _check_numbers(records: dict[str, Any], ledgers: list[Ledger], ran: Path) -> None:
    """Every invocation ran once at most, has one record at most, and somebody asked for it."""
    asked = set().union(*(each.asked for each in ledgers))
    told = Counter(
        record["response"]["result"]["number"]
        for record in records.values()
        if "marker" in record["response"].get("result", {})
    )
    if told.keys() - asked:
        raise Lost(f"These ran without a request: {told.keys() - asked}.")
    if ran.exists():
        twice = [number for number, times in Counter(ran.read_text().split()).items() if times > 1]
        if twice:
            raise Lost(f"These ran more than once: {twice}.")
    # The rules of one trigger run one action each, so a number has one record.
    twice = [number for number, times in told.items() if times > 1]
    if twice:
        raise Lost(f"These have more than one record: {twice}.")


def _marker_at(api: Api, path: str) -> str | None:
    """Of what is there, once it is seen to be whole."""
    response = api.request("GET", path)
    if response.status_code == 404:
        return None
    if response.status_code != 200:
        raise Lost(f"GET {path} got the status {response.status_code}: {response.text[:500]}")
    entity = response.json()
    notes = annotated(entity)
    if "sha256" in notes:
        code = entity["exec"]["code"]
        if hashlib.sha256(code.encode()).hexdigest() != notes["sha256"]:
            raise Lost(f"The code of {path} does not match its annotation: {code[:200]}")
    return str(notes["marker"])


def _records_since(api: Api, since_ms: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    listed = 0
    while True:
        page = api.activations(limit=_PAGE, skip=listed, docs=True, since=since_ms).json()
        listed += len(page)
        found.update((record["activationId"], record) for record in page)
        if len(page) < _PAGE:
            break
    if len(found) != listed:
        raise Lost(f"{listed - len(found)} records are listed twice.")
    return found
