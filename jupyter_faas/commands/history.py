"""The verbs ``history``, ``alias``, ``diff`` and ``rollback``."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import Argument, Outcome, function_path
from jupyter_faas.errors import InputError
from jupyter_faas.workspace import text
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_faas.bundle import VersionAlias
    from jupyter_faas.workspace.results import Deployment
    from jupyter_faas.workspace.workspace import Workspace

_NAME = Argument(
    "name",
    "The function, or PACKAGE/NAME if it is in a package.",
    metavar="NAME",
    names_function=True,
)

FORCE = Argument(
    "force",
    "Overwrite changes made elsewhere, and deploy even if nothing has changed.",
    "--force",
    kind="switch",
)

HISTORY = (_NAME,)

ALIAS = (
    _NAME,
    Argument(
        "alias",
        "The alias of the version, such as champion. Default: list the aliases.",
        metavar="ALIAS",
        kind="optional",
    ),
    Argument(
        "version",
        "The version, another alias, or the beginning of a sha256. Default: the deployed version.",
        metavar="VERSION",
        kind="optional",
    ),
    Argument("remove", "Delete the alias. The version is kept.", "--remove", kind="switch"),
)

DIFF = (
    _NAME,
    Argument(
        "old",
        "The old version (a number such as 0.0.7 or 7, an alias, or the beginning of a sha256). "
        "Default: the deployed version.",
        "--from",
        "N",
    ),
    Argument("new", "The new version. Default: the cell.", "--to", "N"),
)

ROLLBACK = (
    _NAME,
    Argument(
        "to",
        "The version, its alias, or the beginning of its package's sha256. Default: the previous "
        "version.",
        "--to",
        "N|SHA",
    ),
    FORCE,
)


def history(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """List the deploys of a function from this machine. The value is its History."""
    name = function_path(arguments)
    progress(f"Checking the deployed version of {name}…")
    found = workspace.deployments.history(name)
    return Outcome(found, found.to_json(), found.lines())


def alias(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Name a version, forget a name, or list the names. The value is a list of VersionAlias."""
    name, aliases = function_path(arguments), workspace.aliases
    if arguments.remove:
        if arguments.alias is None or arguments.version is not None:
            raise InputError(
                "--remove needs one alias, and does not take a version.",
                hint=f"To delete an alias: %faas alias {name} ALIAS --remove",
            )
        aliases.remove(name, arguments.alias)
        line = f"Deleted the alias {arguments.alias} of {name}."
        return Outcome([], {"removed": arguments.alias}, (line,))
    if arguments.alias is None:
        found = aliases.all(name)
        none = f"{name} does not have aliases. To add one: %faas alias {name} champion"
        lines = tuple(alias_line(name, each) for each in found) or (none,)
    else:
        found = (aliases.set(name, arguments.alias, arguments.version),)
        lines = (alias_line(name, found[0]),)
    return Outcome(list(found), {"name": name, "aliases": [*map(asdict, found)]}, lines)


def alias_line(name: str, one: VersionAlias) -> str:
    """Return a sentence about a name of a version."""
    return f"{one.name} is version {one.version} of {name}."


def diff(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Show what a deploy would change, or what changed between versions.

    The value is a Difference.
    """
    from jupyter_faas.workspace.deployment.diff import diff as compare

    name = function_path(arguments)
    progress(f"Comparing {name}…")
    found = compare(
        workspace.deployments,
        name,
        # If this kernel does not have the function, None selects the latest stored package.
        package=arguments.packages.get(name),
        old=arguments.old,
        new=arguments.new,
    )
    return Outcome(found, found.to_json(), text.verbatim(found.lines()))


def rollback(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Deploy an earlier version again. The value is its Deployment."""
    deployment = workspace.deployments.rollback(
        function_path(arguments), to=arguments.to, force=arguments.force, progress=progress
    )
    return Outcome(deployment, deployment.to_json(), rolled_back(deployment))


def rolled_back(deployment: Deployment) -> tuple[str, ...]:
    """Return lines about a rollback."""
    one = deployment
    if one.unchanged:
        return unchanged(one)
    line = (
        f"Rolled {one.name} back to the package of version {one.rollback_to}. It is now "
        f"version {one.version} on {one.target_label} ({text.size(one.size)}, sha256 "
        f"{one.bundle[:12]})."
    )
    return tuple(filter(None, (line, one.warning)))


def unchanged(deployment: Deployment) -> tuple[str, ...]:
    """Return lines about a deploy that did not change the action."""
    return (
        f"Nothing to deploy: {deployment.name} {deployment.version} on {deployment.target_label} "
        f"already has this package (sha256 {deployment.bundle[:12]}).",
    )
