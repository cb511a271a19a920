from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jupyter_faas.magics.drift import DriftWatch


@dataclass(eq=False)
class Packaged:
    fingerprints: Mapping[str, str]
    stale: tuple[str, ...] = ()
    drifted: Mapping[str, str] = field(default_factory=dict)


class Clock:
    """Looking at a value takes as many seconds as the value says."""

    def __init__(self) -> None:
        self.now = 0.0
        self.looked: list[str] = []

    def __call__(self) -> float:
        return self.now

    def fingerprint(
        self, names: Iterable[str], namespace: Mapping[str, object]
    ) -> Mapping[str, str]:
        found = {}
        for name in names:
            self.looked.append(name)
            self.now += namespace.get(f"{name}_takes", 0.0)  # type: ignore[operator]
            found[name] = str(namespace[name])
        return found


def test_a_changed_value_makes_stale_and_its_return_makes_fresh() -> None:
    clock = Clock()
    watch = DriftWatch[Packaged](clock.fingerprint, clock)
    function = Packaged({"model": "fit 1", "X": "rows"})
    assert not watch.check_due([function], {"model": "fit 1", "X": "rows"})
    assert watch.check_due([function], {"model": "fit 2", "X": "rows"})
    assert list(function.stale) == ["model"]
    assert not watch.check_due([function], {"model": "fit 2", "X": "rows"})
    assert watch.check_due([function], {"model": "fit 1", "X": "rows"})
    assert list(function.stale) == []


def test_a_deleted_name_is_no_change() -> None:
    clock = Clock()
    function = Packaged({"model": "fit 1"})
    assert not DriftWatch[Packaged](clock.fingerprint, clock).check_due([function], {})
    assert function.stale == ()


def test_a_slow_value_rests_twenty_times_as_long() -> None:
    clock = Clock()
    watch = DriftWatch[Packaged](clock.fingerprint, clock)
    function = Packaged({"model": "1"})
    namespace = {"model": "1", "model_takes": 2.0}
    watch.check_due([function], namespace)
    clock.now += 39.0
    watch.check_due([function], namespace)
    assert clock.looked == ["model"]
    clock.now += 1.5
    watch.check_due([function], namespace)
    assert clock.looked == ["model", "model"]


def test_what_a_look_missed_is_due_later() -> None:
    clock = Clock()
    watch = DriftWatch[Packaged](clock.fingerprint, clock)
    quick, slow = Packaged({"X": "1"}), Packaged({"model": "1"})
    namespace = {"X": "1", "model": "1", "model_takes": 2.0}
    watch.check_due([quick, slow], namespace)
    assert watch.unchecked == []
    clock.now += 10.0
    watch.check_due([quick, slow], namespace)
    assert (watch.unchecked, watch.wait_s()) == ([slow], 30.0)


def test_beginning_takes_todays_values_for_packaged() -> None:
    clock = Clock()
    watch = DriftWatch[Packaged](clock.fingerprint, clock)
    function = Packaged({"model": "old"}, stale=("model",))
    watch.begin(function, ["model", "deleted"], {"model": "new"})
    assert (function.fingerprints, list(function.stale)) == ({"model": "new"}, [])


def test_a_look_on_demand_does_not_wait() -> None:
    clock = Clock()
    watch = DriftWatch[Packaged](clock.fingerprint, clock)
    function = Packaged({"model": "1"})
    watch.check_due([function], {"model": "1", "model_takes": 2.0})
    assert watch.check(function, {"model": "2"})
    assert function.stale == ("model",)


def test_the_budget_starves_nobody() -> None:
    clock = Clock()
    watch = DriftWatch[Packaged](clock.fingerprint, clock)
    functions = [Packaged({name: "1"}) for name in ("a", "b", "c")]
    namespace = dict.fromkeys(("a", "b", "c"), "1") | {
        f"{name}_takes": 0.2 for name in ("a", "b", "c")
    }
    for _ in range(3):
        watch.check_due(functions, namespace)
    assert clock.looked == ["a", "b", "c"]


def test_a_call_looks_only_at_values_that_are_quick_to_compare() -> None:
    clock = Clock()
    watch = DriftWatch[Packaged](clock.fingerprint, clock)
    quick, slow = Packaged({"X": "1"}), Packaged({"model": "1"})
    namespace = {"X": "1", "model": "1", "model_takes": 2.0, "X_takes": 0.01}
    watch.check_due([quick], namespace)
    watch.check_due([slow], namespace)
    namespace |= {"X": "2", "model": "2"}
    assert watch.check_if_cheap(quick, namespace)
    assert not watch.check_if_cheap(slow, namespace)
    assert (quick.stale, quick.drifted, slow.stale) == (("X",), {"X": "2"}, ())


def test_the_next_calls_of_a_loop_look_when_it_is_due() -> None:
    clock = Clock()
    watch = DriftWatch[Packaged](clock.fingerprint, clock)
    function = Packaged({"X": "1"})
    for _ in range(100):
        watch.check_if_cheap(function, {"X": "1", "X_takes": 0.05}, again=True)
    assert clock.looked == ["X"]
