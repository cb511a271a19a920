"""The verbs that look into a package: show, explain."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from jupyter_faas.workspace.arguments import Argument
from jupyter_faas.workspace.naming import functions_meant
from jupyter_faas.workspace.outcome import Outcome, Progress

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace

_NAME = Argument("name", "A function that was packaged here.", metavar="NAME")

SHOW = (
    _NAME,
    Argument("file", "One file of the package instead.", metavar="FILE", kind="optional"),
)

EXPLAIN = (_NAME,)


def show(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """The generated files; the value is a ShownFiles."""
    name, package = _meant(arguments)
    found = workspace.insides.show(name, package=package, path=arguments.file)
    return Outcome(found, found.to_json(), found.lines())


def explain(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Why each thing travels; the value is an Explanation."""
    name, package = _meant(arguments)
    found = workspace.insides.explain(name, package=package)
    return Outcome(found, found.to_json(), found.lines())


def _meant(arguments: argparse.Namespace) -> tuple[str, str | None]:
    """The function and its package in this kernel; without one there, the latest that is stored."""
    meant = functions_meant(arguments.name, arguments.packages)
    if len(meant) == 1:
        return meant[0], arguments.packages[meant[0]]
    return arguments.name, None
