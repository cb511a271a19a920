"""The verbs ``history``, ``diff`` and ``rollback``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import Argument, Outcome
from jupyter_faas.workspace import text
from jupyter_faas.workspace.naming import matching_functions
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_faas.workspace.results import Deployment
    from jupyter_faas.workspace.workspace import Workspace

_NAME = Argument("name", "The function, or PACKAGE/NAME if it is in a package.", metavar="NAME")

FORCE = Argument(
    "force",
    "Overwrite changes made elsewhere, and deploy even if nothing has changed.",
    "--force",
    kind="switch",
)

HISTORY = (_NAME,)

DIFF = (
    _NAME,
    Argument(
        "old",
        "The old version (7, or the beginning of a sha256). Default: the deployed version.",
        "--from",
        "N",
    ),
    Argument("new", "The new version. Default: the cell.", "--to", "N"),
)

ROLLBACK = (
    _NAME,
    Argument(
        "to",
        "The version, or the beginning of its package's sha256. Default: the previous version.",
        "--to",
        "N|SHA",
    ),
    FORCE,
)


def history(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """List the deploys of a function from this machine. The value is its History."""
    name = _path(arguments)
    progress(f"Checking the deployed version of {name}…")
    found = workspace.deployments.history(name)
    return Outcome(found, found.to_json(), found.lines())


def diff(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Show what a deploy would change, or what changed between versions.

    The value is a Difference.
    """
    from jupyter_faas.workspace.deployment.diff import diff as compare

    name = _path(arguments)
    progress(f"Comparing {name}…")
    found = compare(
        workspace.deployments,
        name,
        # If this kernel does not have the function, None selects the latest stored package.
        package=arguments.packages.get(name),
        old=arguments.old,
        new=arguments.new,
    )
    return Outcome(found, found.to_json(), found.lines())


def rollback(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Deploy an earlier version again. The value is its Deployment."""
    deployment = workspace.deployments.rollback(
        _path(arguments), to=arguments.to, force=arguments.force, progress=progress
    )
    return Outcome(deployment, deployment.to_json(), rolled_back(deployment))


def rolled_back(deployment: Deployment) -> tuple[str, ...]:
    """Return lines about a rollback."""
    one = deployment
    if one.unchanged:
        return unchanged(one)
    line = (
        f"Rolled {one.name} back to the package of {one.rollback_to}; it is {one.version} on "
        f"{one.target_label} ({text.size(one.size)}, sha256 {one.bundle[:12]})."
    )
    return tuple(filter(None, (line, one.warning)))


def unchanged(deployment: Deployment) -> tuple[str, ...]:
    """Return lines about a deploy that did not change the action."""
    return (
        f"Nothing to deploy: {deployment.name} {deployment.version} on {deployment.target_label} "
        f"already has this package (sha256 {deployment.bundle[:12]}).",
    )


def _path(arguments: argparse.Namespace) -> str:
    """Return the function's name on the target.

    The name of a function of this notebook may be given without its OpenWhisk package.
    """
    meant = matching_functions(arguments.name, arguments.packages)
    return meant[0] if len(meant) == 1 else str(arguments.name)
