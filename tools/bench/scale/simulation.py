"""A simulation of calls on one machine or on the invokers of an OpenWhisk cluster.

A call runs in an idle container of its function, on the node that runs the fewest calls. If all
containers of the function are busy, the call waits for one of them, but only one call for each:
for a further call, a container starts on the node with the most free memory, for which the longest
idle one of another function may end. The processors of a node take turns between its calls. So does
OpenWhisk's scheduler (``core/scheduler``), whose decisions are less perfect: it does not see all
nodes at the same moment.

Left out: the throughput of controllers, Kafka and CouchDB, containers that are started in advance,
and failures.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Host:
    """Where calls run. Times in seconds, memory in MB.

    ``call_s``: what a warm call takes besides the function, without using a node's processor.
    ``call_cpu_s``: the time of a node's processor that a call takes besides the function.
    ``start_s``, ``start_cpu_s``: the same for the start of a container or worker.
    ``front_s``: the time of the one process that all calls pass first, or 0.
    ``most``: how many containers a function may have, or 0 for as many as there is memory for. The
    playground starts no further workers of a function that keeps the processors busy.
    """

    name: str
    nodes: int
    processors: int
    memory_mb: int
    call_s: float
    call_cpu_s: float
    start_s: float
    start_cpu_s: float
    front_s: float = 0.0
    most: int = 0


@dataclass(frozen=True)
class Load:
    """Calls at random times, of functions the more popular of which are called more often.

    ``run_cpu_s``: the mean time of a processor that a run takes, which varies exponentially.
    """

    calls_per_s: float
    run_cpu_s: float
    functions: int = 5
    memory_mb: int = 256


@dataclass(frozen=True)
class Latencies:
    """What the calls of a simulation took, in seconds; ``cold`` is a share of the calls."""

    median: float
    p99: float
    cold: float
    busy: float

    @property
    def steady(self) -> bool:
        """Whether the processors, and the process in front, keep up with the calls."""
        return self.busy < 0.95 and self.median < 5


class _Call(NamedTuple):
    """``work`` is the processor time that is left to be done, in seconds."""

    arrived: float
    function: int
    work: float


@dataclass
class _Node:
    """``ready`` are calls in a container that wait for a processor."""

    slots: int
    processors: int
    running: int = 0
    computing: int = 0
    ready: deque[_Call] = field(default_factory=deque)
    # Idle containers by function; that which was used last is last.
    idle: OrderedDict[int, int] = field(default_factory=OrderedDict)
    idle_count: int = 0

    @property
    def has_room(self) -> bool:
        return self.running < self.slots

    def add_idle(self, function: int) -> None:
        self.idle[function] = self.idle.pop(function, 0) + 1
        self.idle_count += 1

    def drop_idle(self, function: int) -> None:
        self.idle[function] -= 1
        self.idle_count -= 1
        if not self.idle[function]:
            del self.idle[function]


@dataclass
class _Function:
    containers: int = 0
    waiting: deque[_Call] = field(default_factory=deque)


# Kinds of events.
_ARRIVES, _READY, _ENDS = range(3)
# A processor works on a call for so long before it turns to the next.
_SLICE_S = 0.01
# The part of the time after which the calls are measured.
_SETTLED = 0.3


class _Simulation:
    def __init__(self, host: Host, load: Load, seconds: float, seed: int) -> None:
        self.host, self.load, self.seconds = host, load, seconds
        self.chance = random.Random(seed)
        slots = max(1, host.memory_mb // load.memory_mb)
        self.nodes = [_Node(slots, host.processors) for _ in range(host.nodes)]
        self.functions = [_Function() for _ in range(load.functions)]
        self.weights = [1 / (rank + 1) for rank in range(load.functions)]
        self.starving: deque[int] = deque()
        self.events: list[tuple[float, int, int, int, _Call]] = []
        self.count = itertools.count()
        self.taken: list[float] = []
        self.calls = self.cold = 0
        self.used = self.front_free = 0.0

    def run(self) -> Latencies:
        self._warm_up()
        self._arrive_after(0.0)
        while self.events and self.events[0][0] < 2 * self.seconds:
            now, _, kind, index, call = heapq.heappop(self.events)
            if kind == _ARRIVES:
                self._arrive_after(call.arrived)
                self._arrive(now, call)
            elif kind == _READY:
                self.nodes[index].ready.append(call)
                self._compute(now, index)
            else:
                self._end(now, index, call)
        return self._latencies()

    def _latencies(self) -> Latencies:
        self.taken.sort()
        count = len(self.taken)
        if not count:
            return Latencies(math.inf, math.inf, 1.0, math.inf)
        processors = self.host.nodes * self.host.processors
        busy = self.used / (self.seconds * (1 - _SETTLED) * processors)
        return Latencies(
            median=self.taken[count // 2],
            p99=self.taken[count * 99 // 100],
            cold=self.cold / self.calls,
            busy=max(busy, self.load.calls_per_s * self.host.front_s),
        )

    def _warm_up(self) -> None:
        """Give the functions the containers that they usually need, where there is memory."""
        service = self.load.run_cpu_s + self.host.call_cpu_s
        for function, weight in enumerate(self.weights):
            rate = self.load.calls_per_s * weight / sum(self.weights)
            for _ in range(1 + math.ceil(1.5 * rate * service)):
                node = max(self.nodes, key=lambda each: each.slots - each.idle_count)
                if node.idle_count == node.slots:
                    return
                node.add_idle(function)
                self.functions[function].containers += 1

    def _arrive_after(self, now: float) -> None:
        at = now + self.chance.expovariate(self.load.calls_per_s)
        if at < self.seconds:
            (function,) = self.chance.choices(range(len(self.functions)), self.weights)
            work = self.host.call_cpu_s + self.chance.expovariate(1 / self.load.run_cpu_s)
            self.front_free = max(at, self.front_free) + self.host.front_s
            self._push(self.front_free, _ARRIVES, 0, _Call(at, function, work))

    def _push(self, at: float, kind: int, index: int, call: _Call) -> None:
        heapq.heappush(self.events, (at, next(self.count), kind, index, call))

    def _arrive(self, now: float, call: _Call) -> None:
        function = self.functions[call.function]
        warm = [n for n, each in enumerate(self.nodes) if call.function in each.idle]
        if warm:
            index = min(warm, key=lambda n: self.nodes[n].running)
            self.nodes[index].drop_idle(call.function)
            self._begin(now, index, call)
        elif (
            len(function.waiting) < function.containers
            or (self.host.most and function.containers >= self.host.most)
            or not self._start(now, call)
        ):
            function.waiting.append(call)
            if not function.containers:
                self.starving.append(call.function)

    def _start(self, now: float, call: _Call) -> bool:
        """Start a container for a call; return False if no node has memory for it."""
        index = min(range(len(self.nodes)), key=lambda n: self.nodes[n].running)
        node = self.nodes[index]
        if not node.has_room:
            return False
        if node.running + node.idle_count == node.slots:
            oldest = next(iter(node.idle))
            node.drop_idle(oldest)
            self.functions[oldest].containers -= 1
        self.functions[call.function].containers += 1
        self._begin(now, index, call, cold=True)
        return True

    def _begin(self, now: float, index: int, call: _Call, *, cold: bool = False) -> None:
        self.nodes[index].running += 1
        counts = call.arrived > _SETTLED * self.seconds
        self.calls += counts
        if cold:
            self.cold += counts
            call = call._replace(work=call.work + self.host.start_cpu_s)
            self._push(now + self.host.start_s - self.host.start_cpu_s, _READY, index, call)
        else:
            self.nodes[index].ready.append(call)
            self._compute(now, index)
        if counts:
            self.used += call.work

    def _compute(self, now: float, index: int) -> None:
        node = self.nodes[index]
        while node.ready and node.computing < node.processors:
            call = node.ready.popleft()
            node.computing += 1
            part = min(call.work, _SLICE_S)
            self._push(now + part, _ENDS, index, call._replace(work=call.work - part))

    def _end(self, now: float, index: int, call: _Call) -> None:
        node, function = self.nodes[index], self.functions[call.function]
        node.computing -= 1
        if call.work > 0:
            node.ready.append(call)
            self._compute(now, index)
            return
        node.running -= 1
        if call.arrived > _SETTLED * self.seconds:
            self.taken.append(now - call.arrived + self.host.call_s)
        if function.waiting:
            self._begin(now, index, function.waiting.popleft())
        else:
            node.add_idle(call.function)
        self._feed(now)
        self._compute(now, index)

    def _feed(self, now: float) -> None:
        """Start a container for a function that has none, once there is memory."""
        while self.starving:
            waiting = self.functions[self.starving[0]].waiting
            if waiting and not self._start(now, waiting[0]):
                return
            if waiting:
                waiting.popleft()
            self.starving.popleft()


def simulate(host: Host, load: Load, seconds: float = 60.0, seed: int = 1) -> Latencies:
    """Run the load on a host that has run for a while, and return the latencies of its calls."""
    return _Simulation(host, load, seconds, seed).run()
