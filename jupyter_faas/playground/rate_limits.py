"""Rate limits per namespace: invocations and fires per minute, and concurrent invocations.

Requests beyond these limits are answered with status 429. See the contract, §1 and §1.3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from jupyter_faas.errors import InputError
from jupyter_faas.playground.errors import TooManyRequests

TOO_MANY = "Too many requests in the last minute (count: {}, allowed: {})."
TOO_MANY_AT_ONCE = "Too many concurrent requests in flight (count: {}, allowed: {})."

_MINUTE_MS = 60_000


class RateLimits(NamedTuple):
    """The rate limits of each namespace. The defaults are those of Apache OpenWhisk."""

    invocations_per_minute: int = 60
    concurrent_invocations: int = 30
    fires_per_minute: int = 60

    @classmethod
    def parse(cls, text: str) -> RateLimits | None:
        """Parse ``on`` (default limits), ``off`` (None), or three numbers such as ``60,30,60``.

        Raises InputError for any other text.
        """
        word = text.strip().lower()
        if word in ("off", ""):
            return None
        if word == "on":
            return cls()
        numbers = [each.strip() for each in word.split(",")]
        if len(numbers) != 3 or not all(each.isascii() and each.isdigit() for each in numbers):
            raise InputError(
                f"{text!r} are not valid rate limits.",
                hint="Write on, off, or three numbers, such as 60,30,60: invocations per "
                "minute, concurrent invocations, and trigger fires per minute.",
            )
        return cls(*map(int, numbers))


# ``GET /`` shows these numbers when rate limits are disabled. The response must contain numbers,
# and clients expect them to fit into 32 bits.
UNLIMITED = RateLimits(1_000_000, 1_000_000, 1_000_000)


class RateLimiter:
    """A counter of requests per clock minute that includes refused requests, as in OpenWhisk.

    It counts invocations by clients, rules and web actions. The components that a sequence or
    composition runs are not counted per minute, but they count as concurrent invocations.
    """

    def __init__(
        self,
        limits: RateLimits | None,
        *,
        in_flight: Callable[[str], int],
        now_ms: Callable[[], int],
    ) -> None:
        """Create a limiter; ``limits`` None disables it.

        ``in_flight`` returns how many actions a namespace is running.
        """
        self._limits = limits
        self._in_flight = in_flight
        self._now_ms = now_ms
        self._minute = 0
        self._invocations: dict[str, int] = {}
        self._fires: dict[str, int] = {}

    @property
    def limited(self) -> bool:
        return self._limits is not None

    @property
    def advertised(self) -> RateLimits:
        """The limits that ``GET /`` shows."""
        return self._limits or UNLIMITED

    def count_invocation(self, namespace: str) -> None:
        """Count one invocation. Raises TooManyRequests if the limit is exceeded."""
        if self._limits is not None:
            self._roll()
            _count(self._invocations, namespace, self._limits.invocations_per_minute)

    def check_concurrency(self, namespace: str) -> None:
        """Check right before an invocation whether it may run concurrently.

        Raises TooManyRequests if the namespace already runs as many actions as allowed.
        """
        if self._limits is not None:
            running, allowed = self._in_flight(namespace), self._limits.concurrent_invocations
            if running >= allowed:
                raise TooManyRequests(TOO_MANY_AT_ONCE.format(running, allowed))

    def count_fire(self, namespace: str) -> None:
        """Count one fire of a trigger. Raises TooManyRequests if the limit is exceeded."""
        if self._limits is not None:
            self._roll()
            _count(self._fires, namespace, self._limits.fires_per_minute)

    def _roll(self) -> None:
        # The counts of past minutes are not needed, so delete all counts when a minute begins.
        minute = self._now_ms() // _MINUTE_MS
        if minute != self._minute:
            self._minute = minute
            self._invocations.clear()
            self._fires.clear()


def _count(counts: dict[str, int], namespace: str, allowed: int) -> None:
    count = counts[namespace] = counts.get(namespace, 0) + 1
    if count > allowed:
        raise TooManyRequests(TOO_MANY.format(count, allowed))
