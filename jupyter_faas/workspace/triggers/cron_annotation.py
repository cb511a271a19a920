"""Schedules on a host that calls each action by the action's annotation ``cron``.

Apache OpenServerless has no alarms package. Once a minute, its operator's job calls the actions
whose annotation ``cron`` is due, without parameters and without a trigger. Here such an action is
shown as a trigger with one rule, so that the same verbs work on all hosts. A second annotation has
the name and the schedule that the user gave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ActionConflict, InputError
from jupyter_faas.workspace.triggers.results import RuleState, TriggerState
from jupyter_faas.workspace.triggers.schedules import SCHEDULE, Schedule, read_schedule

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action

CRON, TRIGGER = "cron", "faas-trigger"


def cron_pattern(schedule: Schedule, label: str) -> str:
    """Return the pattern of five fields for a schedule. ``label`` is the target's name.

    Raises InputError if the host's clock does not support the schedule.
    """
    if schedule.finer_than_minutes:
        raise InputError(
            f"{label} checks its schedules once a minute.",
            hint="Use --every 1m, or a pattern of five fields.",
        )
    if schedule.timezone not in (None, "UTC"):
        raise InputError(
            f"{label} does not support time zones for schedules.",
            hint="Leave --timezone out: schedules are in UTC.",
        )
    if schedule.cron is not None:
        return schedule.cron
    minutes = (schedule.every_s or 0) // 60
    if minutes < 60 and 60 % minutes == 0:
        return "* * * * *" if minutes == 1 else f"*/{minutes} * * * *"
    hours, rest = divmod(minutes, 60)
    if rest == 0 and hours <= 24 and 24 % hours == 0:
        return {1: "0 * * * *", 24: "0 0 * * *"}.get(hours, f"0 */{hours} * * *")
    raise InputError(
        f"{label} stores schedules as cron patterns, which cannot express --every {minutes}m.",
        hint=f"Use --every {_even(minutes)}, which divides an hour or a day evenly, or --cron.",
    )


def _even(minutes: int) -> str:
    """Return the interval closest to ``minutes`` that a pattern can express, such as ``5m``."""
    each = [*(one for one in range(1, 60) if 60 % one == 0)]
    each += [60 * one for one in range(1, 25) if 24 % one == 0]
    best = min(each, key=lambda one: abs(one - minutes))
    return f"{best}m" if best < 60 else f"{best // 60}h"


def set_cron(
    client: Client,
    name: str,
    schedule: Schedule,
    run: str | None,
    params: Mapping[str, Any],
) -> tuple[TriggerState, Action, Action]:
    """Let the host call the action ``run`` by the clock.

    Returns the schedule as a trigger ``name``, and the action before and after the change. Raises
    InputError for what the host does not support, ActionNotFound, and ActionConflict if the action
    has a schedule already.
    """
    label = client.target.label
    pattern = cron_pattern(schedule, label)
    if run is None:
        raise InputError(
            f"On {label}, a schedule belongs to a function.",
            hint="Name the function: --run FUNCTION",
        )
    if params:
        raise InputError(
            f"On a schedule, {label} calls functions without parameters.",
            hint="Leave the parameters out, and set them in the first line of the function's cell: "
            + " ".join(f"--param {name}=…" for name in params),
        )
    before = client.get_action(run)
    if before.annotation(CRON) is not None:
        taken = before.annotation(TRIGGER)
        raise ActionConflict(
            f"{run} already has a schedule on {label}: {before.annotation(CRON)}.",
            hint=f"Remove it first: %faas trigger remove {taken}" if taken else "",
        )
    if any(each.name == name for each in scheduled(client)):
        raise ActionConflict(
            f"A trigger {name!r} already exists on {label}.",
            hint=f"Choose another name, such as {name}-2, or remove it first: "
            f"%faas trigger remove {name}",
        )
    notes = {CRON: pattern, TRIGGER: name, SCHEDULE: schedule.to_json()}
    body = {"annotations": [{"key": key, "value": value} for key, value in notes.items()]}
    action = client.put_action(run, body)
    return _state(action, name), before, action


def scheduled(client: Client) -> list[TriggerState]:
    """Return the actions with the annotation ``cron``, as triggers."""
    return [_state(each, _name(each)) for each in _actions(client)]


def drop_cron(client: Client, name: str) -> tuple[Action, Action] | None:
    """Remove the schedule ``name`` from its action.

    Returns the action before and after the change, or None if no action has that schedule.
    """
    found = next((each for each in _actions(client) if _name(each) == name), None)
    if found is None:
        return None
    body = {"delAnnotations": [CRON, TRIGGER, SCHEDULE]}
    return found, client.put_action(found.full_name.local, body)


def _actions(client: Client) -> Iterator[Action]:
    return (
        each
        for each in client.list_actions(client.profile.max_listed)
        if each.annotation(CRON) is not None
    )


def _name(action: Action) -> str:
    """Return the name that the user gave the schedule, or one for a schedule of another tool."""
    found = action.annotation(TRIGGER)
    return found if isinstance(found, str) and found else f"cron-{action.full_name.name}"


def _state(action: Action, name: str) -> TriggerState:
    local = action.full_name.local
    own = read_schedule(action.annotation(SCHEDULE))
    return TriggerState(
        name=name,
        schedule=own or Schedule(cron=str(action.annotation(CRON))),
        feed=None,
        rules=(RuleState(f"{name}-{action.full_name.name}", name, local, True),),
        last_fired=None,
        last_activation=None,
        updated=action.updated,
    )
