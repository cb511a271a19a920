"""The verbs that look at sessions: sessions, session."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.arguments import Argument
from jupyter_faas.workspace.outcome import Outcome, Progress
from jupyter_faas.workspace.session_text import session_lines, sessions_table

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace

NONE_YET = "No sessions yet."

SESSIONS = (
    Argument("limit", "At most this many.", "--limit", "N", kind="integer", default=30),
    Argument(
        "name",
        "Only sessions of this composition or sequence (PACKAGE/NAME in one).",
        "--name",
        "NAME",
    ),
)

SESSION = (
    Argument(
        "id",
        "The session: the id of the run that was invoked. Without it, the latest.",
        metavar="ID",
        kind="optional",
    ),
    Argument(
        "every",
        "Give each run a line of its own; without it runs of a kind are one line with their sums.",
        "--all",
        kind="switch",
    ),
)


def sessions(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """List the latest sessions, newest first; the value is the list of SessionSummary."""
    if arguments.limit < 1:
        raise InputError("--limit must be at least 1.")
    workspace.wake_playground(progress)
    progress("Asking for the latest sessions…")
    found = workspace.sessions.latest(limit=arguments.limit, name=arguments.name)
    entries = [one.to_json() for one in found]
    lines = sessions_table(entries) if entries else (NONE_YET,)
    return Outcome(found, {"sessions": entries}, lines)


def session(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """One session; the value is a Session."""
    workspace.wake_playground(progress)
    wanted = arguments.id or _latest(workspace)
    progress(f"Asking for the session {wanted}…")
    found = workspace.sessions.session(wanted)
    shown = found.to_json()
    return Outcome(found, shown, session_lines(shown, every=arguments.every))


def _latest(workspace: Workspace) -> str:
    """The id of the session that began last. InputError when there is none yet."""
    found = workspace.sessions.latest(limit=1)
    if not found:
        raise InputError(NONE_YET, hint="Deploy a composition and invoke it.")
    return found[0].summary.id
