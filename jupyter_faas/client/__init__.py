"""Talks HTTP to any OpenWhisk, ours included, by the public contract alone.

Knows targets, requests and their errors; nothing of cells, bundles or the playground's inside.
"""

from __future__ import annotations

from jupyter_faas.client.client import Client
from jupyter_faas.client.config import (
    Target,
    playground_target,
    read_ca,
    read_wskprops,
    wskprops_path,
)
from jupyter_faas.client.events import EventsClient, feed_of
from jupyter_faas.client.feeds import ALARM, INTERVAL, Feed
from jupyter_faas.client.host import HostInfo
from jupyter_faas.client.inputs import InputsClient, KeptInput
from jupyter_faas.client.models import ModelsClient
from jupyter_faas.client.sessions import RunFacts, SessionsClient, UnderWay
from jupyter_faas.client.transport import Timeouts
from jupyter_faas.client.usage import UsageClient, UsedAlike, UsedInADay

__all__ = [
    "ALARM",
    "INTERVAL",
    "Client",
    "EventsClient",
    "Feed",
    "HostInfo",
    "InputsClient",
    "KeptInput",
    "ModelsClient",
    "RunFacts",
    "SessionsClient",
    "Target",
    "Timeouts",
    "UnderWay",
    "UsageClient",
    "UsedAlike",
    "UsedInADay",
    "feed_of",
    "playground_target",
    "read_ca",
    "read_wskprops",
    "wskprops_path",
]
