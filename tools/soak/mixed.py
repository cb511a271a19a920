"""Minutes of ordinary use: does an invocation take as long at the end as in the beginning?"""

from __future__ import annotations

import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import requests

from jupyter_faas.playground import PlaygroundInfo
from tests.contract.helpers.api import HELLO, Api, node, python
from tools.soak.footprint import Footprint
from tools.soak.hostile import at_rest, short_tempered
from tools.soak.kill import target_of

# Between two doings of a client: the machine is to be busy, not full.
_PAUSE_S = 0.02
_CLIENTS = 3

SAYS_MUCH = "def main(args):\n    for n in range(3000): print('line', n)\n    return {'n': n}\n"
FAILS = "def main(args):\n    raise ValueError('no')\n"
EXITS = "import os\ndef main(args):\n    os._exit(1)\n"
SLEEPS = "import time\ndef main(args):\n    time.sleep(0.2)\n    return {}\n"
NODE = "function main(args) { return { greeting: 'Hello ' + args.name } }"


class Wrong(Exception):
    """Raised when an answer is not the one that is due."""


@dataclass
class Part:
    """What was measured in a part of the time."""

    minute: float
    footprint: Footprint
    ms: list[float] = field(repr=False)
    done: int = 0

    @property
    def p50(self) -> float:
        return statistics.median(self.ms)

    def __str__(self) -> str:
        p99 = statistics.quantiles(self.ms, n=100)[98] if len(self.ms) > 1 else self.ms[0]
        return (
            f"minute {self.minute:4.1f}: warm invoke p50 {self.p50:.2f} ms, p99 {p99:.2f} ms "
            f"(n={len(self.ms)}); {self.done} other requests; {self.footprint}"
        )


class Load:
    """Clients that deploy, update, run and delete until they are stopped."""

    def __init__(self, info: PlaygroundInfo, seed: int) -> None:
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._ms: list[float] = []
        self._done = 0
        self._failure: Exception | None = None
        self._info = info
        rng = Random(seed)
        doings: list[Callable[[Api, Random], None]] = [self._probe]
        doings += [self._anything] * _CLIENTS
        self._threads = [
            threading.Thread(target=self._run, args=(each, Random(rng.getrandbits(64))))
            for each in doings
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def take(self) -> tuple[list[float], int]:
        """What was measured since the last call. Raises what a client met."""
        if self._failure is not None:
            raise self._failure
        with self._lock:
            taken = self._ms, self._done
            self._ms, self._done = [], 0
        return taken

    def _run(self, doing: Callable[[Api, Random], None], rng: Random) -> None:
        api = Api(target_of(self._info))
        try:
            while not self._stop.wait(_PAUSE_S):
                doing(api, rng)
        except Exception as error:
            self._failure = error
            self._stop.set()
        finally:
            api.session.close()

    def _probe(self, api: Api, rng: Random) -> None:
        began = time.perf_counter()
        response = api.invoke("steady", {"name": "you"}, result=True)
        took = (time.perf_counter() - began) * 1000
        if response.json() != {"greeting": "Hello you"}:
            raise Wrong(f"steady got the status {response.status_code}: {response.text[:300]}")
        with self._lock:
            self._ms.append(took)

    def _anything(self, api: Api, rng: Random) -> None:
        weights = (6, 2, 2, 2, 2, 2)
        doing = rng.choices(
            (self._life, self._later, self._badly, self._look, self._trigger, self._node), weights
        )[0]
        for response, status in doing(api, rng):
            if response.status_code != status:
                asked = f"{response.request.method} {response.request.path_url}"
                raise Wrong(f"{asked} got the status {response.status_code}: {response.text[:300]}")
            with self._lock:
                self._done += 1

    def _life(self, api: Api, rng: Random) -> Iterator[tuple[requests.Response, int]]:
        """An action from its deployment to its end, updated between."""
        name = _name("life")
        yield api.put(name, python(HELLO)), 200
        for _ in range(rng.randrange(4)):
            yield api.invoke(name), 200
        yield api.put(name, python(HELLO + f"# {name}\n"), overwrite=True), 200
        yield api.invoke(name), 200
        yield api.delete(name), 200
        yield api.invoke(name), 404

    def _later(self, api: Api, rng: Random) -> Iterator[tuple[requests.Response, int]]:
        yield api.invoke("sleeps", blocking=False), 202
        yield api.invoke("says_much"), 200

    def _badly(self, api: Api, rng: Random) -> Iterator[tuple[requests.Response, int]]:
        yield api.invoke("fails"), 502
        yield api.invoke("exits"), 502

    def _look(self, api: Api, rng: Random) -> Iterator[tuple[requests.Response, int]]:
        listed = api.activations(limit=rng.randrange(1, 200), docs=rng.random() < 0.2)
        yield listed, 200
        yield api.activation(rng.choice(listed.json())["activationId"], "/logs"), 200
        yield api.request("GET", "actions"), 200

    def _trigger(self, api: Api, rng: Random) -> Iterator[tuple[requests.Response, int]]:
        name = _name("trigger")
        yield api.request("PUT", f"triggers/{name}", json={}), 200
        rule = {"trigger": f"/_/{name}", "action": "/_/steady"}
        yield api.request("PUT", f"rules/{name}_rule", json=rule), 200
        yield api.request("POST", f"triggers/{name}", json={"name": "rule"}), 202
        yield api.request("DELETE", f"rules/{name}_rule"), 200
        yield api.request("DELETE", f"triggers/{name}"), 200

    def _node(self, api: Api, rng: Random) -> Iterator[tuple[requests.Response, int]]:
        yield api.invoke("node", {"name": "you"}), 200


def run_mixed(data_dir: Path, minutes: float, seed: int, parts: int = 10) -> Iterator[Part]:
    """One result for each of ``parts`` parts of the time; the last is at rest again.

    Raises Wrong, and AssertionError when something has grown or slowed down.
    """
    with short_tempered(data_dir) as (info, api):
        _deploy(api)
        before = at_rest(info)
        load = Load(info, seed)
        load.start()
        found: list[Part] = []
        try:
            # What is first of its kind takes longer.
            time.sleep(min(20.0, minutes * 6))
            load.take()
            began = time.monotonic()
            for number in range(1, parts + 1):
                time.sleep(max(0.0, began + minutes * 60 * number / parts - time.monotonic()))
                ms, done = load.take()
                minute = (time.monotonic() - began) / 60
                found.append(Part(minute, Footprint.of(info.pid), ms, done))
                yield found[-1]
        finally:
            load.stop()
        after = at_rest(info)
        print(f"at rest before: {before}\nat rest after:  {after}")
    judge(found, before, after)


def judge(found: list[Part], before: Footprint, after: Footprint) -> None:
    """Raises AssertionError. A third at each end is compared: one part may have been unlucky."""
    third = max(1, len(found) // 3)
    first, last = found[:third], found[-third:]
    early, late = (statistics.median(each.p50 for each in part) for part in (first, last))
    assert late <= early * 1.25 + 0.2, f"p50 went from {early:.2f} to {late:.2f} ms"
    grown = last[-1].footprint.own_mb - first[-1].footprint.own_mb
    assert grown <= 15, f"the server grew by {grown:.1f} MB"
    # Fewer: a connection that was kept before has been silent for too long meanwhile.
    assert after.descriptors <= before.descriptors, f"{before}, then {after}"
    assert after.processes == before.processes, f"{before}, then {after}"


def _deploy(api: Api) -> None:
    for name, body in (
        ("steady", python(HELLO)),
        ("says_much", python(SAYS_MUCH)),
        ("fails", python(FAILS)),
        ("exits", python(EXITS)),
        ("sleeps", python(SLEEPS)),
        ("node", node(NODE)),
    ):
        assert api.put(name, body).status_code == 200
        api.invoke(name, {"name": "you"})


def _name(what: str) -> str:
    return f"{what}_{uuid.uuid4().hex[:12]}"
