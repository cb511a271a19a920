"""The verbs ``trigger`` and ``rule``, which list and change triggers and rules."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import Argument, Outcome
from jupyter_faas.commands.values import parse_pairs
from jupyter_faas.errors import InputError
from jupyter_faas.whisk.names import shown_name
from jupyter_faas.workspace import text
from jupyter_faas.workspace.naming import check_parameter_names
from jupyter_faas.workspace.results import Progress
from jupyter_faas.workspace.triggers.results import Fired, RuleState, TriggerState
from jupyter_faas.workspace.triggers.schedules import parse_schedule

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace

TRIGGER = (
    Argument(
        "action",
        "The operation. Default: list.",
        kind="optional",
        default="list",
        choices=("list", "create", "fire", "remove"),
    ),
    Argument("name", "The trigger to create, fire or remove.", metavar="NAME", kind="optional"),
    Argument(
        "pairs",
        "create: parameters of every run. fire: parameters of this run. With --run, values get "
        "the types in the function's signature. All other values are parsed as JSON if possible, "
        "and otherwise used as strings.",
        metavar="key=value",
        kind="words",
    ),
    Argument(
        "every",
        "create: the interval between firings, such as 5m, 2h or 1d, or 30s if the host allows "
        "less than a minute.",
        "--every",
        "TIME",
    ),
    Argument(
        "cron",
        'create: a cron expression for the schedule. "0 9 * * 1-5" means 09:00 on weekdays.',
        "--cron",
        "PATTERN",
    ),
    Argument("timezone", "create: the time zone of --cron. Default: UTC.", "--timezone", "ZONE"),
    Argument(
        "run",
        "create: also create the rule NAME-FUNCTION, which runs this function or composition.",
        "--run",
        "FUNCTION",
        names_function=True,
    ),
)
RULE = (
    Argument(
        "action",
        "The operation. Default: list.",
        kind="optional",
        default="list",
        choices=("list", "create", "enable", "disable", "remove"),
    ),
    Argument(
        "name", "The rule to create, enable, disable or remove.", metavar="NAME", kind="optional"
    ),
    Argument("trigger", "create: the trigger of the rule.", metavar="TRIGGER", kind="optional"),
    Argument(
        "function",
        "create: the function or composition to run, or PACKAGE/NAME if it is in a package.",
        metavar="FUNCTION",
        kind="optional",
        names_function=True,
    ),
)

_WITH_CREATE = tuple(each for each in TRIGGER if each.flag)
# OpenWhisk calls a paused rule "inactive".
_ACTIVE = {True: "active", False: "paused"}


def trigger(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """List the triggers or change them.

    The value is a list of TriggerStates for ``list``, a TriggerState for ``create``, a Fired for
    ``fire``, and the name for ``remove``. ``failed`` is set if a fired action did not start.
    """
    action, name = arguments.action, arguments.name
    _check_name("trigger", action, name)
    if action != "create":
        for each in _WITH_CREATE:
            if getattr(arguments, each.name) is not None:
                raise InputError(f"{each.flag} can be used only with trigger create.")
    if action in ("list", "remove") and arguments.pairs:
        raise InputError(f"trigger {action} does not take the argument {arguments.pairs[0]}.")
    events = workspace.triggers
    if action == "create":
        return _create_trigger(workspace, arguments, progress)
    if action == "fire":
        progress(f"Firing {name}…")
        fired = events.fire(name, parse_pairs(arguments.pairs))
        return Outcome(fired, fired.to_json(), _fired_lines(fired), failed=fired.failed)
    if action == "remove":
        progress(f"Removing {name}…")
        rules, trouble = events.remove_trigger(name)
        record = {
            "removed": name,
            "rules": list(rules),
            **({"warning": trouble} if trouble else {}),
        }
        return Outcome(name, record, tuple(filter(None, (_removed(name, rules), trouble))))
    progress("Loading the triggers…")
    found = events.triggers()
    record = {"triggers": [each.to_json() for each in found]}
    empty = ("No triggers yet. To create one: %faas trigger create NAME --every 5m --run FUNCTION",)
    return Outcome(found, record, _trigger_table(found) if found else empty)


def rule(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """List the rules or change them.

    The value is a list of RuleStates for ``list``, the name for ``remove``, and the changed
    RuleState otherwise.
    """
    action, name = arguments.action, arguments.name
    _check_name("rule", action, name)
    if action != "create" and arguments.trigger is not None:
        raise InputError(f"rule {action} does not take the argument {arguments.trigger}.")
    if action == "create" and arguments.function is None:
        raise InputError(
            "rule create needs a name, a trigger and a function.",
            hint="Write: %faas rule create NAME TRIGGER FUNCTION\nTo create the trigger and its "
            "rule at once: %faas trigger create TRIGGER --every 5m --run FUNCTION",
        )
    events = workspace.triggers
    if action == "create":
        progress(f"Creating {name}…")
        made = events.create_rule(name, arguments.trigger, arguments.function)
        return Outcome(made, made.to_json(), (f"{made.trigger} now runs {made.action}.",))
    if action in ("enable", "disable"):
        progress(f"Changing {name}…")
        changed = events.set_rule(name, action == "enable")
        runs = "runs" if changed.active else "no longer runs"
        line = f"{changed.trigger} {runs} {changed.action} ({_ACTIVE[changed.active]})."
        return Outcome(changed, changed.to_json(), (line,))
    if action == "remove":
        progress(f"Removing {name}…")
        events.remove_rule(name)
        return Outcome(name, {"removed": name}, (f"Removed rule {name}.",))
    progress("Loading the rules…")
    found = events.rules()
    record = {"rules": [each.to_json() for each in found]}
    empty = ("No rules yet. To create one: %faas rule create NAME TRIGGER FUNCTION",)
    return Outcome(found, record, _rule_table(found) if found else empty)


def _create_trigger(
    workspace: Workspace, arguments: argparse.Namespace, progress: Progress
) -> Outcome:
    name, run = arguments.name, arguments.run
    schedule = parse_schedule(arguments.every, arguments.cron, arguments.timezone)
    # The schema is read before anything is created, so that a wrong function name does not change
    # the target.
    function = workspace.function(run) if run is not None and arguments.pairs else None
    schema = None if function is None else function.schema
    params = parse_pairs(arguments.pairs, schema)
    if function is not None:
        check_parameter_names(function.name, schema, params, function.signature or "")
    progress(f"Creating {name}…")
    made = workspace.triggers.create_trigger(name, schedule=schedule, run=run, params=params)
    if run is not None:
        when = made.when or f"whenever {name} is fired"
        line = f"{run} runs {when} (trigger {name}, rule {made.rules[0].name})."
    elif made.when:
        line = (
            f"{name} fires {made.when}. To run a function with it: %faas rule create NAME {name} "
            "FUNCTION"
        )
    else:
        line = f"Created {name}. To fire it: %faas trigger fire {name}"
    return Outcome(made, made.to_json(), (line,))


def _check_name(verb: str, action: str, name: str | None) -> None:
    if action == "list" and name is not None:
        raise InputError(f"{verb} list does not take a name.")
    if action != "list" and name is None:
        raise InputError(
            f"{verb} {action} needs the name of a {verb}.",
            hint=f"To list the {verb}s: %faas {verb} list",
        )


def _fired_lines(fired: Fired) -> tuple[str, ...]:
    if fired.activation is None:
        # OpenWhisk responds with 204 and does not record an activation if the trigger has no active
        # rule.
        first = f"{fired.trigger} has no active rule, so nothing ran."
        if fired.paused:
            enable = (f"To enable the rule {one}: %faas rule enable {one}" for one in fired.paused)
            return (first, *enable)
        return (first, f"To create a rule: %faas rule create NAME {fired.trigger} FUNCTION")
    lines = [f"Fired {fired.trigger}: activation {fired.activation}"]
    for each in fired.runs:
        what = f"activation {each.activation}" if each.activation else f"not run: {each.error}"
        lines.append(f"  {each.action}: {what}")
    return tuple(lines)


def _removed(name: str, rules: Sequence[str]) -> str:
    if not rules:
        return f"Removed trigger {name}."
    return f"Removed trigger {name} and its rule{'s' if len(rules) > 1 else ''} {', '.join(rules)}."


def _trigger_table(triggers: Sequence[TriggerState]) -> tuple[str, ...]:
    """Return a table with one line per rule.

    The trigger's columns are filled only in its first line.
    """
    rows: list[tuple[str, ...]] = []
    for one in triggers:
        last = text.moment(one.last_fired)
        first = (one.name, one.when or text.MISSING)
        if not one.rules:
            rows.append((*first, text.MISSING, text.MISSING, "no rule", last))
        for number, each in enumerate(one.rules):
            words = first if number == 0 else ("", "")
            rows.append((*words, shown_name(each.action), each.name, _ACTIVE[each.active], last))
            last = ""
    return text.table(("TRIGGER", "SCHEDULE", "RUNS", "RULE", "STATE", "LAST FIRED"), rows)


def _rule_table(rules: Sequence[RuleState]) -> tuple[str, ...]:
    rows = [
        (
            each.name,
            each.trigger,
            shown_name(each.action),
            "trigger deleted" if each.orphaned else _ACTIVE[each.active],
        )
        for each in rules
    ]
    return text.table(("RULE", "TRIGGER", "RUNS", "STATE"), rows)
