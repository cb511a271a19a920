"""The verbs ``shadow``, ``canary``, ``promote`` and ``discard``, and the options of ``deploy``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import Argument, Outcome, function_path
from jupyter_faas.commands.functions import deployed_lines
from jupyter_faas.errors import FaasError, InputError
from jupyter_faas.workspace import text
from jupyter_faas.workspace.results import Progress
from jupyter_faas.workspace.rollouts.router import read_percent

if TYPE_CHECKING:
    from jupyter_faas.workspace.notebook import WatchedRound
    from jupyter_faas.workspace.results import Deployment
    from jupyter_faas.workspace.workspace import Workspace

NAME = (Argument("name", "The function, or PACKAGE/NAME if it is in a package.", metavar="NAME"),)


CANARY_OPTIONS = (
    Argument(
        "canary",
        "Deploy the new version as NAME-canary, which receives this share of the calls, such as "
        "10%.",
        "--canary",
        "PERCENT",
    ),
    Argument(
        "sticky",
        "With --canary: the parameter that decides which version handles a call, such as the ID "
        "of a user.",
        "--sticky",
        "PARAMETER",
    ),
    Argument(
        "rollback_at",
        "With --canary: the share of failed calls, such as 5%, above which the new version "
        "receives no more calls.",
        "--rollback-at",
        "PERCENT",
    ),
)


def send(
    workspace: Workspace, package: str, arguments: argparse.Namespace, progress: Progress
) -> Deployment:
    """Deploy one package as the function, or beside it if the options of ``deploy`` say so.

    Raises InputError for options that do not go together, and the errors of the deploy.
    """
    if is_beside(arguments):
        rollouts, percent = workspace.rollouts, arguments.canary
        if percent is None:
            return rollouts.deploy_shadow(package, progress=progress)
        limit = arguments.rollback_at
        return rollouts.deploy_canary(
            package,
            read_percent(percent, "--canary"),
            sticky=arguments.sticky,
            rollback_at=None if limit is None else read_percent(limit, "--rollback-at"),
            progress=progress,
        )
    return workspace.deploy(package, force=arguments.force, progress=progress)


def is_beside(arguments: argparse.Namespace) -> bool:
    """Return whether the options of ``deploy`` leave the function itself as it is.

    Raises InputError for options that do not go together.
    """
    if arguments.canary is None and (arguments.sticky or arguments.rollback_at):
        raise InputError(
            "--sticky and --rollback-at can be used only with --canary.",
            hint="Add --canary PERCENT, such as --canary 10%.",
        )
    if arguments.canary is not None and arguments.shadow:
        raise InputError("--shadow and --canary cannot be combined.", hint="Leave one of them out.")
    return arguments.canary is not None or bool(arguments.shadow)


def shadow(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Compare a function with its shadow. The value is a ShadowReport.

    ``failed`` is set when an answer differs.
    """
    name = function_path(arguments)
    progress(f"Comparing {name} with its shadow…")
    found = workspace.rollouts.shadow(name)
    return Outcome(found, found.to_json(), found.lines(), failed=bool(found.differing))


def canary(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Show the figures of both versions of a function. The value is a CanaryReport.

    ``failed`` is set when the canary was rolled back.
    """
    name = function_path(arguments)
    progress(f"Counting the calls to {name}…")
    found = workspace.rollouts.canary(name)
    return Outcome(found, found.to_json(), found.lines(), failed=bool(found.split.rolled_back))


WATCH = (
    Argument("notebook", "The notebook. It runs in a fresh kernel.", metavar="NOTEBOOK.ipynb"),
    Argument(
        "functions",
        "Deploy only this function. Repeatable.",
        "--function",
        "NAME",
        kind="many",
        names_function=True,
    ),
)


def watch(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Deploy the functions of a notebook as NAME-dev, now and each time that it is saved.

    The value is a list of Deployments. ``more`` yields those of each save. Raises the error of a
    cell that fails in the first run.
    """
    from jupyter_faas.workspace.notebook import watch_notebook

    rounds = watch_notebook(
        Path(arguments.notebook),
        data_dir=workspace.data_dir,
        functions=arguments.functions or (),
        progress=progress,
    )
    # The packages that NAME-dev has, so that one that did not change is not sent again.
    deployed: dict[str, str] = {}
    first = next(rounds)
    if first.error is not None:
        rounds.close()
        raise first.error
    outcome = _deploy_round(workspace, first, deployed, progress)
    later = (_deploy_round(workspace, each, deployed, progress) for each in rounds)
    return replace(outcome, more=later)


def _deploy_round(
    workspace: Workspace, found: WatchedRound, deployed: dict[str, str], progress: Progress
) -> Outcome:
    done: list[Deployment] = []
    error = found.error
    for one in found.functions:
        if deployed.get(one.name) == one.package or one.card.get("composition"):
            continue
        try:
            done.append(workspace.rollouts.deploy_dev(one.package, progress=progress))
            deployed[one.name] = one.package
        except FaasError as failure:
            error = failure
    took = text.duration(round((perf_counter() - found.begun) * 1000))
    lines = [line for one in done for line in deployed_lines(one, f" in {took}.")]
    if error is not None:
        lines += [text.Verbatim(f"Error: {error.message}"), *filter(None, [error.hint])]
    return Outcome(done, [one.to_json() for one in done], tuple(lines))


def promote(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Deploy the new version for all callers. The value is its Deployment."""
    done = workspace.rollouts.promote(function_path(arguments), progress=progress)
    return Outcome(done, done.to_json(), deployed_lines(done))


def discard(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Remove the new version. The value is a Removal."""
    name = function_path(arguments)
    progress(f"Removing the new version of {name}…")
    done = workspace.rollouts.discard(name, progress=progress)
    removed = " and ".join(done.removed)
    record = {"removed": removed, **({"warning": done.warning} if done.warning else {})}
    said = f"Removed {removed}." if removed else ""
    return Outcome(done, record, tuple(filter(None, (said, done.warning))))
