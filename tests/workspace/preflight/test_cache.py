from __future__ import annotations

import threading
from dataclasses import replace

from jupyter_faas.client import HostInfo
from jupyter_faas.whisk.profiles import PROFILES
from jupyter_faas.workspace.preflight.cache import PreflightCache
from jupyter_faas.workspace.preflight.report import Preflight
from jupyter_faas.workspace.targets.capabilities import TargetCapabilities

LAB = TargetCapabilities("lab", "lab", HostInfo.documented(PROFILES["openserverless"]))


class Count:
    """A check that counts how often it is computed."""

    def __init__(self, lasts: bool = True) -> None:
        self.calls = 0
        self._lasts = lasts

    def __call__(self) -> tuple[Preflight, bool]:
        self.calls += 1
        return Preflight("lab", str(self.calls), ()), self._lasts


def test_an_outcome_is_computed_once_for_a_package_and_a_target() -> None:
    cache, count = PreflightCache(), Count()
    first = cache.get("a", LAB, count)
    assert cache.get("a", replace(LAB), count) is first
    cache.get("b", LAB, count)
    cache.get("a", replace(LAB, name="nyc"), count)
    assert count.calls == 3


def test_a_target_with_other_limits_is_checked_again() -> None:
    cache, count = PreflightCache(), Count()
    cache.get("a", LAB, count)
    cache.get("a", replace(LAB, info=None, error="no answer"), count)
    cache.get("a", LAB, count)
    assert count.calls == 3


def test_an_outcome_that_does_not_last_is_not_kept() -> None:
    cache, count = PreflightCache(), Count(lasts=False)
    cache.get("a", LAB, count)
    cache.get("a", LAB, count)
    assert count.calls == 2


def test_requests_at_the_same_time_compute_once() -> None:
    cache, count = PreflightCache(), Count()
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> tuple[Preflight, bool]:
        begun.set()
        go_on.wait(10)
        return count()

    found: list[Preflight] = []
    threads = [
        threading.Thread(target=lambda: found.append(cache.get("a", LAB, slow))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert (len(found), count.calls) == (3, 1)
