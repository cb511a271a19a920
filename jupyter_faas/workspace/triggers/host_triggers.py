"""Schedules on DigitalOcean, whose own API calls functions by the clock.

A trigger of that API calls one function with fixed parameters. It is shown as a trigger with one
rule, so that the same verbs work on all hosts. The account's token is in an environment variable,
because the key of a target is that of a namespace.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ActionConflict, InputError, TargetRefused
from jupyter_faas.whisk.names import OWN_NAMESPACE
from jupyter_faas.workspace import text
from jupyter_faas.workspace.triggers.cron_annotation import cron_pattern
from jupyter_faas.workspace.triggers.results import RuleState, TriggerState
from jupyter_faas.workspace.triggers.schedules import Schedule

if TYPE_CHECKING:
    from jupyter_faas.client import Client, ScheduledCall, TriggerApiClient


def create_host_trigger(
    client: Client, name: str, schedule: Schedule, run: str | None, params: Mapping[str, Any]
) -> TriggerState:
    """Let the host call the function ``run`` by the clock; return that as a trigger.

    Raises InputError for what the host does not support, ActionNotFound, ActionConflict if the name
    is in use, and TargetRefused without a token.
    """
    label = client.target.label
    pattern = cron_pattern(schedule, label)
    if run is None:
        raise InputError(
            f"On {label}, a schedule belongs to a function.",
            hint="Name the function: --run FUNCTION",
        )
    # This call raises ActionNotFound before the trigger is created.
    client.get_action(run)
    with _open(client) as api:
        if api is None:
            call = f"{run} {text.pairs(params)}".rstrip()
            raise _without_token(label, f"{call} --target {client.target.name}")
        if any(each.name == name for each in api.list_calls()):
            raise ActionConflict(
                f"A trigger {name!r} already exists on {label}.",
                hint=f"Choose another name, such as {name}-2, or remove it first: "
                f"%faas trigger remove {name}",
            )
        return _state(api.create(name, run, pattern, params))


def host_triggers(client: Client) -> list[TriggerState]:
    """Return the schedules of the namespace, or [] without a token."""
    with _open(client) as api:
        return [] if api is None else [_state(each) for each in api.list_calls()]


def drop_host_trigger(client: Client, name: str) -> bool:
    """Remove a schedule. Return whether it existed. Raises TargetRefused without a token."""
    with _open(client) as api:
        if api is None:
            raise _without_token(client.target.label)
        if all(each.name != name for each in api.list_calls()):
            return False
        return api.delete(name)


@contextmanager
def _open(client: Client) -> Iterator[TriggerApiClient | None]:
    from jupyter_faas.client import TOKEN_VARIABLE, URL_VARIABLE, TriggerApiClient

    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        yield None
        return
    named = client.target.namespace
    namespace = client.namespaces()[0] if named == OWN_NAMESPACE else named
    api = TriggerApiClient(namespace, token, os.environ.get(URL_VARIABLE, ""))
    try:
        yield api
    finally:
        api.close()


def _without_token(label: str, call: str = "") -> TargetRefused:
    """``call`` has the words after ``invoke`` of the call that a schedule would make."""
    from jupyter_faas.client import TOKEN_VARIABLE

    otherwise = f", or run this in a cron job: jupyter faas invoke {call}" if call else "."
    return TargetRefused(
        f"{label} manages schedules through DigitalOcean's own API, which needs an API token.",
        hint=f"Set the environment variable {TOKEN_VARIABLE} to an API token of your account"
        f"{otherwise}",
    )


def _state(call: ScheduledCall) -> TriggerState:
    function = call.function.rpartition("/")[2]
    return TriggerState(
        name=call.name,
        schedule=Schedule(cron=call.cron),
        feed=None,
        rules=(RuleState(f"{call.name}-{function}", call.name, call.function, call.enabled),),
        last_fired=call.last_run,
        last_activation=None,
        updated=call.updated,
    )
