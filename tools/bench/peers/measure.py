"""Rounds: every system in turn, started, asked, weighed and stopped."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tests.ui.helpers.lab import free_port
from tools.bench.figures import sized
from tools.bench.peers.client import (
    first_answer,
    latencies,
    requests_per_second,
    session_latencies,
)
from tools.bench.peers.models import Model
from tools.bench.peers.systems import System

WARM_UP = sized(200, 5)
ONE_BY_ONE = sized(600, 10)
CONNECTIONS = 16
SECONDS = sized(3.0, 0.3)


@dataclass(frozen=True)
class Sample:
    """One round of one system. Times in ms, sizes in MB of PSS.

    ``start``: from the start to the first answer; ``first``: from the moment that the port took
    connections; ``session``: the p50 of calls with ``requests.Session``.
    """

    start: float
    first: float
    p50: float
    session: float
    p99: float
    per_second: float
    pss: float
    worker_pss: float


def measure(system: System, model: Model) -> Sample:
    """Measure one round of a system.

    Raises ValueError if it answers something else than scikit-learn does, and TimeoutError with the
    end of its log if it does not answer.
    """
    began = time.perf_counter()
    call = system.start(model, free_port())
    try:
        try:
            start, first, answer = first_answer(call, began=began)
        except TimeoutError as error:
            raise TimeoutError(f"{system.name}: {error}\n{system.log()}") from error
        if not model.agrees(system.probabilities(answer)):
            raise ValueError(f"{system.name} answers {answer.body!r} for {model.name}")
        latencies(call, WARM_UP)
        times = latencies(call, ONE_BY_ONE)
        session = statistics.median(session_latencies(call, ONE_BY_ONE))
        size = system.memory()
        requests_per_second(call, connections=CONNECTIONS, seconds=SECONDS / 3)
        rate = requests_per_second(call, connections=CONNECTIONS, seconds=SECONDS)
        p99 = statistics.quantiles(times, n=100)[98]
        p50 = statistics.median(times)
        return Sample(start, first, p50, session, p99, rate, size.all, size.worker)
    finally:
        system.stop()


@dataclass
class Rounds:
    """The samples of each system, by round."""

    model: str
    samples: dict[str, list[Sample]]

    def column(self, system: str, figure: str) -> list[float]:
        return [getattr(sample, figure) for sample in self.samples[system]]

    def middle(self, system: str, figure: str) -> float:
        return statistics.median(self.column(system, figure))

    def to_json(self) -> dict[str, object]:
        return {name: [asdict(each) for each in found] for name, found in self.samples.items()}


def interleave(systems: Sequence[System], model: Model, rounds: int) -> Rounds:
    """Each round begins with another system, so that none always has the warmest machine."""
    found = Rounds(model.name, {system.name: [] for system in systems})
    for turn in range(rounds):
        first = turn % len(systems)
        for system in (*systems[first:], *systems[:first]):
            found.samples[system.name].append(measure(system, model))
        print(f"  · {model.name}: round {turn + 1} of {rounds}", flush=True)
    return found
