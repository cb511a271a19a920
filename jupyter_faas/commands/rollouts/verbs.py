"""The verbs ``shadow``, ``promote`` and ``discard``, and the options of ``deploy`` that begin."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import Argument, Outcome, function_path
from jupyter_faas.commands.functions import deployed_lines
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace

NAME = (Argument("name", "The function, or PACKAGE/NAME if it is in a package.", metavar="NAME"),)


def shadow(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Compare a function with its shadow. The value is a ShadowReport.

    ``failed`` is set when an answer differs.
    """
    name = function_path(arguments)
    progress(f"Comparing {name} with its shadow…")
    found = workspace.rollouts.shadow(name)
    return Outcome(found, found.to_json(), found.lines(), failed=bool(found.differing))


def promote(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Deploy the new version for all callers. The value is its Deployment."""
    done = workspace.rollouts.promote(function_path(arguments), progress=progress)
    return Outcome(done, done.to_json(), deployed_lines(done))


def discard(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Remove the new version. The value is the name of the removed action."""
    name = function_path(arguments)
    progress(f"Removing the new version of {name}…")
    removed = workspace.rollouts.discard(name)
    return Outcome(removed, {"removed": removed}, (f"Removed {removed}.",))
