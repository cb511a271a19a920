from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.playground.errors import TooManyRequests
from jupyter_faas.playground.rate_limits import UNLIMITED, RateLimiter, RateLimits

MINUTE = 60_000


@dataclass
class World:
    """A clock and what runs, both set by the test."""

    now: int = 10 * MINUTE
    running: dict[str, int] = field(default_factory=dict)

    def rates(self, limits: RateLimits | None) -> RateLimiter:
        return RateLimiter(
            limits, in_flight=lambda each: self.running.get(each, 0), now_ms=lambda: self.now
        )


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("off", None),
        ("", None),
        ("on", RateLimits(60, 30, 60)),
        (" ON ", RateLimits()),
        ("5, 2,0", RateLimits(5, 2, 0)),
    ],
)
def test_limits_from_text(text: str, limits: RateLimits | None) -> None:
    assert RateLimits.parse(text) == limits


@pytest.mark.parametrize("text", ["60", "1,2", "1,2,3,4", "1,2,x", "-1,2,3", "1.5,2,3"])
def test_text_that_is_no_limits(text: str) -> None:
    with pytest.raises(InputError, match=r"are not valid rate limits\.\nWrite on, off"):
        RateLimits.parse(text)


def test_invocations_of_a_minute_of_the_clock() -> None:
    world = World()
    rates = world.rates(RateLimits(invocations_per_minute=2))
    world.now = 11 * MINUTE - 1
    rates.count_invocation("guest")
    rates.count_invocation("guest")
    with pytest.raises(TooManyRequests, match=r"last minute \(count: 3, allowed: 2\)\.$"):
        rates.count_invocation("guest")
    world.now = 11 * MINUTE
    rates.count_invocation("guest")


def test_refused_ones_count_too() -> None:
    rates = World().rates(RateLimits(invocations_per_minute=0))
    for count in (1, 2):
        with pytest.raises(TooManyRequests, match=rf"\(count: {count}, allowed: 0\)"):
            rates.count_invocation("guest")


def test_namespaces_are_counted_apart() -> None:
    rates = World().rates(RateLimits(1, 1, 1))
    for namespace in ("guest", "other"):
        rates.count_invocation(namespace)
        rates.count_fire(namespace)


def test_fires_are_counted_apart_from_invocations() -> None:
    rates = World().rates(RateLimits(invocations_per_minute=1, fires_per_minute=1))
    rates.count_invocation("guest")
    rates.count_fire("guest")
    with pytest.raises(TooManyRequests, match=r"last minute \(count: 2, allowed: 1\)"):
        rates.count_fire("guest")


def test_as_many_as_are_allowed_may_run() -> None:
    world = World(running={"guest": 2})
    rates = world.rates(RateLimits(concurrent_invocations=2))
    with pytest.raises(TooManyRequests, match=r"in flight \(count: 2, allowed: 2\)\.$"):
        rates.check_concurrency("guest")
    world.running["guest"] = 1
    rates.check_concurrency("guest")


def test_nothing_is_refused_without_limits() -> None:
    rates = World(running={"guest": 10_000}).rates(None)
    for _ in range(100):
        rates.count_invocation("guest")
        rates.check_concurrency("guest")
        rates.count_fire("guest")
    assert rates.advertised is UNLIMITED
