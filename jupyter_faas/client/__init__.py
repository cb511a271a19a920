"""HTTP clients for OpenWhisk hosts, including the playground.

The clients use only the public API (the contract). This package handles targets, requests and their
errors. It does not depend on notebook cells and bundles, and does not import the playground.
"""

from __future__ import annotations

from jupyter_faas.client.batch_client import BatchClient
from jupyter_faas.client.client import Client
from jupyter_faas.client.doctl import (
    TOKEN_VARIABLE,
    DoctlChoice,
    find_credentials,
    list_credentials,
    read_choice,
    read_key,
)
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
from jupyter_faas.client.trigger_api import URL_VARIABLE, ScheduledCall, TriggerApiClient
from jupyter_faas.client.triggers import ALARM, INTERVAL, Feed, TriggersClient, feed_of

__all__ = [
    "ALARM",
    "INTERVAL",
    "TOKEN_VARIABLE",
    "URL_VARIABLE",
    "BatchClient",
    "Client",
    "DayUsageGroup",
    "DoctlChoice",
    "Feed",
    "HostInfo",
    "InputsClient",
    "KeptInput",
    "ModelsClient",
    "RunDetails",
    "RunningActivation",
    "ScheduledCall",
    "SessionsClient",
    "Target",
    "Timeouts",
    "TriggerApiClient",
    "TriggersClient",
    "UsageClient",
    "UsageGroup",
    "feed_of",
    "find_credentials",
    "list_credentials",
    "playground_target",
    "read_ca",
    "read_choice",
    "read_key",
    "read_wskprops",
    "wskprops_path",
]
