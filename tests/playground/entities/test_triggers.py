"""The order within one millisecond; the rest is in tests/contract."""

from __future__ import annotations

from pathlib import Path

from jupyter_faas.playground.entities.access import Access
from jupyter_faas.playground.entities.actions import Actions
from jupyter_faas.playground.entities.packages import Packages
from jupyter_faas.playground.entities.triggers import TriggerChange, Triggers
from jupyter_faas.playground.storage.entities import PackageStore, TriggerStore
from jupyter_faas.whisk import FullName, SystemLimits
from tests.playground.helpers.loop import in_loop
from tests.playground.storage.test_activations import Parts, opened


def now_ms() -> int:
    return 1234


def triggers_of(parts: Parts) -> Triggers:
    actions = Actions(parts.store, parts.threads, SystemLimits(), now_ms)
    packages = Packages(PackageStore(parts.store), parts.threads, actions, now_ms)
    return Triggers(
        TriggerStore(parts.store),
        parts.threads,
        actions=actions,
        packages=packages,
        access=Access(actions, packages),
        now_ms=now_ms,
    )


def names(triggers: Triggers) -> list[str]:
    return [each.name for each in triggers.list_triggers("guest")]


@in_loop
async def test_last_written_of_a_millisecond_is_the_newest(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        triggers = triggers_of(parts)
        for name in ("b", "c", "a", "b"):
            await triggers.put(FullName("guest", None, name), TriggerChange(), overwrite=True)
        assert names(triggers) == ["b", "a", "c"]
    with opened(tmp_path) as parts:
        assert names(triggers_of(parts)) == ["b", "a", "c"]
