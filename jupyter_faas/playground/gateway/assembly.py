"""Puts the gateway and the actions that manage it together."""

from __future__ import annotations

from jupyter_faas.playground.gateway.gateway import Gateway
from jupyter_faas.playground.gateway.management import CALLS, Management, call_name
from jupyter_faas.playground.gateway.store import ApiStore
from jupyter_faas.playground.native import Natives
from jupyter_faas.playground.store import Store
from jupyter_faas.playground.threads import StoreThreads


def make_gateway(
    store: Store, threads: StoreThreads, *, natives: Natives, apihost: str, prefix: str
) -> Gateway:
    """Blocking: reads all APIs. They are called below ``apihost`` and ``prefix``."""
    gateway = Gateway(ApiStore(store), threads)
    management = Management(gateway, apihost, prefix)
    for call in CALLS:
        natives.add(call_name(call), management.handler(call))
    return gateway
