"""Run an action for ``Workspace.invoke``: check the parameters, run it, and keep what is learned.

``activations.py`` sends the request and waits for the record. This module adds what depends on this
data directory: the kept input, the time of a cold start, and the session to which the run belongs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ActionNotFound, ConnectionBroken, NotAuthorized
from jupyter_faas.workspace.activations import count_run, invoke
from jupyter_faas.workspace.handover.call_check import check_call
from jupyter_faas.workspace.handover.service import suggest_names
from jupyter_faas.workspace.local.function import json_parameters
from jupyter_faas.workspace.settings import PLAYGROUND

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action
    from jupyter_faas.workspace.replay.inputs import ReplayService
    from jupyter_faas.workspace.results import ActivationRecord
    from jupyter_faas.workspace.services import WorkspaceServices


def run_action(
    services: WorkspaceServices,
    inputs: ReplayService,
    name: str,
    params: Mapping[str, Any],
    *,
    blocking: bool,
    timeout_s: float,
    replay: bool,
) -> ActivationRecord:
    """Run an action and return its record. The parameters and errors are those of ``invoke``."""
    client = services.connect(start=True).client
    action = None if replay else _checked_action(services, client, name, params)
    schema = None if action is None else action.annotation("faas-schema")
    began = services.now_ms()
    try:
        with suggest_names(client, name):
            activation = invoke(
                client,
                name,
                json_parameters(
                    params, services.action_main, schema if isinstance(schema, dict) else None
                ),
                blocking=blocking,
                timeout_s=timeout_s,
                replay=replay,
            )
    except ConnectionBroken as error:
        from jupyter_faas.workspace.sessions.lost_runs import lost_run

        # Asked before connecting, which starts a playground that has ended.
        is_local = services.targets.current() == PLAYGROUND
        ended = is_local and not services.playground.is_running
        raise lost_run(services.connect, name, began, error, ended=ended) from error
    services.keep_start(name, activation)
    if not replay:
        inputs.remember(client, name, params, activation, action)
    record = services.sessions.record(activation, client)
    million = record.cost_per_million
    count_run(client, activation, None if million is None else million.scaleb(-6))
    return record


def _checked_action(
    services: WorkspaceServices, client: Client, name: str, params: Mapping[str, Any]
) -> Action | None:
    """Return the action, whose parameters were checked, or None if it cannot be read."""
    try:
        action = client.get_action(name)
    # The invocation itself reports a missing action. An action of another namespace may be
    # invoked by a caller who may not read it.
    except (ActionNotFound, NotAuthorized):
        return None
    check_call(client, name, action, params, services.action_main)
    return action
