"""Puts the alarms and their feeds together."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_faas.playground.alarms.alarms import Alarms
from jupyter_faas.playground.alarms.feed import FEEDS, AlarmFeed, feed_name
from jupyter_faas.playground.alarms.store import AlarmStore
from jupyter_faas.playground.alarms.timer import Timer
from jupyter_faas.playground.firing import Firing
from jupyter_faas.playground.identities import Identities
from jupyter_faas.playground.native import Natives
from jupyter_faas.playground.store import Store
from jupyter_faas.playground.threads import StoreThreads
from jupyter_faas.playground.triggers import Triggers


def make_alarms(
    store: Store,
    threads: StoreThreads,
    *,
    triggers: Triggers,
    firing: Firing,
    identities: Identities,
    natives: Natives,
    now_ms: Callable[[], int],
    new_id: Callable[[], str],
) -> Alarms:
    """Blocking: reads all alarms. Nothing fires before ``start``."""
    alarms = Alarms(
        AlarmStore(store),
        threads,
        triggers=triggers,
        firing=firing,
        owner=identities.by_namespace,
        timer=Timer(now_ms),
        new_id=new_id,
    )
    triggers.when_deleted(alarms.orphan)
    for feed in FEEDS:
        handler = AlarmFeed(feed, alarms, triggers, by_auth=identities.by_auth, now_ms=now_ms)
        natives.add(feed_name(feed), handler)
    return alarms
