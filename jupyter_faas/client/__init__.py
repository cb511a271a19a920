"""Talks HTTP to any OpenWhisk, ours included, by the public contract alone.

Knows targets, requests and their errors; nothing of cells, bundles or the playground's inside.
"""

from __future__ import annotations

from jupyter_faas.client.client import Client
from jupyter_faas.client.playground.inputs import InputsClient, KeptInput
from jupyter_faas.client.playground.models import ModelsClient
from jupyter_faas.client.playground.sessions import RunDetails, RunningActivation, SessionsClient
from jupyter_faas.client.playground.usage import DayUsageGroup, UsageClient, UsageGroup
from jupyter_faas.client.target import (
    HostInfo,
    Target,
    playground_target,
    read_ca,
    read_wskprops,
    wskprops_path,
)
from jupyter_faas.client.transport import Timeouts
from jupyter_faas.client.triggers import ALARM, INTERVAL, Feed, TriggersClient, feed_of

__all__ = [
    "ALARM",
    "INTERVAL",
    "Client",
    "DayUsageGroup",
    "Feed",
    "HostInfo",
    "InputsClient",
    "KeptInput",
    "ModelsClient",
    "RunDetails",
    "RunningActivation",
    "SessionsClient",
    "Target",
    "Timeouts",
    "TriggersClient",
    "UsageClient",
    "UsageGroup",
    "feed_of",
    "playground_target",
    "read_ca",
    "read_wskprops",
    "wskprops_path",
]
