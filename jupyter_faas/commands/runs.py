"""The verbs ``activations`` and ``logs``, which show runs, also as they happen (``--follow``)."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands.arguments import Argument, Outcome
from jupyter_faas.errors import ActivationNotFound, InputError
from jupyter_faas.whisk.profiles import OPENWHISK, profile_of
from jupyter_faas.workspace import text
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_faas.workspace.results import ActivationSummary
    from jupyter_faas.workspace.workspace import Workspace

# The time between two requests with ``--follow``, in seconds. A host counts its requests.
_POLL_S = 1.0
_PAGE = 30

_WHICH = Argument(
    "which",
    "A function (PACKAGE/NAME if it is in a package), an activation ID, or the beginning of one.",
    metavar="NAME|ID",
    kind="optional",
    names_function=True,
)
_FOLLOW = Argument(
    "follow",
    "Show new entries as they arrive, until you interrupt the command.",
    "--follow",
    kind="switch",
)

ACTIVATIONS = (
    _WHICH,
    Argument(
        "limit", "The maximum number of entries.", "--limit", "N", kind="integer", default=_PAGE
    ),
    Argument(
        "name",
        "Show only runs of this function (PACKAGE/NAME if it is in a package).",
        "--name",
        "NAME",
        names_function=True,
    ),
    Argument("last", "Show only the latest run.", "--last", kind="switch"),
    _FOLLOW,
)

LOGS = (
    _WHICH,
    Argument(
        "last",
        "Show the logs of the latest run. With NAME, show the logs of the function's latest run.",
        "--last",
        kind="switch",
    ),
    _FOLLOW,
    Argument(
        "every",
        "Also show the log lines of the composition's conductor.",
        "--all",
        kind="switch",
    ),
)


def activations(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """List the latest runs, newest first. The value is a list of ActivationRecords.

    For an id, the list has that run alone.
    """
    if arguments.limit < 1:
        raise InputError("--limit must be at least 1.")
    if arguments.which and arguments.name and arguments.which != arguments.name:
        raise InputError("Name the function only once: NAME and --name have the same meaning.")
    workspace.playground.wake(progress)
    progress("Loading the latest activations…")
    name = arguments.which or arguments.name
    if name is not None and (found_id := workspace.sessions.find_id(name)) is not None:
        return _listed([workspace.activation(found_id)], workspace)
    found = workspace.activations(limit=1 if arguments.last else arguments.limit, name=name)
    if not found and name:
        # The name may be misspelled. This raises ActionNotFound, which suggests similar names.
        workspace.handover.check_name(name)
    listed = _listed(found, workspace)
    if not arguments.follow:
        return listed
    return Outcome(
        listed.value, listed.json, listed.lines, more=_new_runs(workspace, name, list(found))
    )


def _listed(found: list[Any], workspace: Workspace) -> Outcome:
    entries = [one.to_json() for one in found]
    lines = text.activations_table(entries) if entries else _no_activations(workspace)
    return Outcome(found, {"activations": entries}, lines)


def _no_activations(workspace: Workspace) -> tuple[str, ...]:
    profile = profile_of(workspace.target.profile or OPENWHISK)
    kept = f"Records are kept for {profile.kept_days} days." if profile.kept_days else ""
    unrecorded = profile.unrecorded(workspace.target.extra_logging)
    return ("No activations yet.", *filter(None, (unrecorded, kept)))


def _new_runs(
    workspace: Workspace, name: str | None, seen: list[ActivationSummary]
) -> Iterator[Outcome]:
    """Yield each new run as it ends, without an end."""
    for new in _ended_since(workspace, name, seen):
        entry = new.to_json()
        # The head of the table was printed before.
        lines = text.activations_table([entry])[1:]
        yield Outcome(new, entry, lines)


def _ended_since(
    workspace: Workspace, name: str | None, seen: list[ActivationSummary]
) -> Iterator[ActivationSummary]:
    known = {each.id for each in seen}
    since = max((each.start for each in seen), default=None)
    while True:
        time.sleep(_POLL_S)
        found = workspace.activations(limit=200, name=name, since=since)
        # A run may have started before another that ended earlier, so starts are not enough.
        for each in reversed([each for each in found if each.id not in known]):
            known.add(each.id)
            yield each


def logs(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Print the logs of a run. The value is the list of log lines.

    A run that failed begins with its cause.
    """
    if arguments.which is None and not (arguments.last or arguments.follow):
        raise InputError(
            "logs needs the name of a function or the beginning of an activation ID.",
            hint="For the latest run of a function: %faas logs NAME\nFor the latest run of any "
            "function: %faas logs --last",
        )
    workspace.playground.wake(progress)
    word = arguments.which
    progress(f"Loading the logs of {word or 'the latest run'}…")
    found_id = None if word is None else workspace.sessions.find_id(word)
    name = word if found_id is None else None
    before = workspace.activations(limit=_PAGE, name=name) if arguments.follow else []
    if found_id is None:
        found_id = _latest(workspace, name, wait=arguments.follow)
    shown = Outcome([], [])
    if found_id is not None:
        shown = _of(workspace, found_id, arguments.every, head=arguments.follow)
    if not arguments.follow or (word is not None and name is None):
        return shown
    return Outcome(
        shown.value,
        shown.json,
        shown.lines,
        more=_new_logs(workspace, name, before, arguments.every),
    )


def _latest(workspace: Workspace, name: str | None, *, wait: bool) -> str | None:
    found = workspace.sessions.top(limit=1, name=name)
    if found:
        return found[0].id
    if name:
        workspace.handover.check_name(name)
    if wait:
        return None
    of = f" of {name}" if name else ""
    raise ActivationNotFound(f"No activations{of} yet.")


def _of(workspace: Workspace, activation_id: str, every: bool, *, head: bool) -> Outcome:
    lines = tuple(workspace.logs(activation_id, every=every))
    record = workspace.activation(activation_id).to_json()
    body: dict[str, Any] = {"id": activation_id, "logs": list(lines)}
    cause: tuple[str, ...] = ()
    if "failure" in record:
        body["failure"] = record["failure"]
        cause = text.failure_lines(record)
        logged = record["failure"]["logged"]
        # The traceback is part of the cause, without frames that are not the user's.
        shown = (*lines[: logged[0]], *lines[logged[1] :]) if logged else lines
    else:
        shown = lines
    title = (f"{record['name']} · {text.status_line(record)}",) if head else ()
    return Outcome(list(lines), body, (*title, *cause, *text.verbatim(shown)))


def _new_logs(
    workspace: Workspace, name: str | None, before: list[ActivationSummary], every: bool
) -> Iterator[Outcome]:
    for each in _ended_since(workspace, name, before):
        if each.cause is None:
            yield _of(workspace, each.id, every, head=True)
