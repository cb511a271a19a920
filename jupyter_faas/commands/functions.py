"""The verbs for functions, such as ``invoke``, ``show`` and ``explain``."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands.arguments import PROGRAM, Argument, Outcome
from jupyter_faas.commands.history import unchanged
from jupyter_faas.commands.values import parse_object, parse_pairs
from jupyter_faas.errors import ActivationInterrupted
from jupyter_faas.whisk.names import shown_name
from jupyter_faas.workspace import text
from jupyter_faas.workspace.functions import ACCESS_WORDS
from jupyter_faas.workspace.naming import matching_functions
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_faas.workspace.results import ActivationRecord, Deployment, Removal
    from jupyter_faas.workspace.workspace import Workspace


# These functions return the lines about a deploy, which deploy.py and others show.


def deployed_lines(deployment: Deployment, where: str = ".") -> tuple[str, ...]:
    """Return lines about a deploy, its included compositions, its web URL and its warnings.

    ``where`` is the text after the size, such as ``": URL"``.
    """
    parts = part_lines(deployment)
    if deployment.unchanged:
        return (*parts, *unchanged(deployment))
    line = (
        f"Deployed {deployment.name} {deployment.version} to {deployment.target_label}"
        f" ({text.size(deployment.size)}){where}"
    )
    removed = text.canary_removal(deployment.name, deployment.removed)
    access = ACCESS_WORDS.get(deployment.web_access, "")  # type: ignore[call-overload]
    web = f"Web URL, {access}: {deployment.web_url}" if deployment.web_url else ""
    return (*parts, *filter(None, (line, removed, web, deployment.warning)))


def more_lines(deployment: Deployment) -> tuple[str, ...]:
    """Return the lines about a deploy that a Deployment's repr omits."""
    removed = text.canary_removal(deployment.name, deployment.removed)
    return (*part_lines(deployment), *filter(None, (removed, deployment.warning)))


def part_lines(deployment: Deployment) -> tuple[str, ...]:
    """Return lines about the included compositions that were deployed too."""
    return tuple(
        line for part in deployment.parts if not part.unchanged for line in deployed_lines(part)
    )


def invoke(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Run a function once. The value is its ActivationRecord.

    A run that failed with an exception shows that in place of its result.

    With ``--result`` the output is the result alone. ``failed`` is set when the run failed.
    """
    params: dict[str, object] = {}
    if arguments.params_json is not None:
        params = parse_object(arguments.params_json, "--params-json")
    if arguments.pairs:
        params |= parse_pairs(arguments.pairs, workspace.function(arguments.name).schema)
    progress(f"Invoking {arguments.name}…")
    activation = invoke_interruptibly(workspace, arguments.name, params)
    record = activation.to_json()
    failed = not record["ok"]
    if arguments.result:
        value = record["result"]
        line = text.Verbatim(json.dumps(value, ensure_ascii=False))
        return Outcome(activation, value, (line,), failed)
    if failed and record["failure"]["type"]:
        lines = (*text.failure_lines(record), text.status_line(record))
    else:
        shown = text.verbatim(text.result(record["result"]).splitlines())
        lines = (*shown, text.status_line(record), *record.get("advice", ()))
    if activation.has_parts:
        lines = (*lines, text.session_line(record, PROGRAM["cli"]))
    return Outcome(activation, record, lines, failed)


def invoke_interruptibly(
    workspace: Workspace, name: str, params: Mapping[str, Any]
) -> ActivationRecord:
    """Run a function once.

    An interrupt ends the run where that is possible, and raises ActivationInterrupted, whose
    message says what became of it.
    """
    begun = round(time.time() * 1000)
    try:
        return workspace.invoke(name, params)
    except KeyboardInterrupt:
        raise ActivationInterrupted(workspace.sessions.cancel_call(name, begun)) from None


def list_functions(
    workspace: Workspace, arguments: argparse.Namespace, progress: Progress
) -> Outcome:
    """List the actions on the target. The value is a list of ``DeployedFunction``."""
    workspace.playground.wake(progress)
    progress("Loading the functions…")
    # A playground that has never been started has no functions.
    found = workspace.functions() if workspace.target.apihost else []
    rows = [
        (
            shown_name(one.name),
            one.version,
            f"{one.memory_mb} MB",
            text.moment(one.updated),
            one.notebook or "–",
            one.signature or "–",
        )
        for one in found
    ]
    head = ("NAME", "VERSION", "MEMORY", "UPDATED", "NOTEBOOK", "SIGNATURE")
    none = (f"No functions are deployed to {workspace.target.label}.",)
    lines = text.table(head, rows, right={"MEMORY"}) if rows else none
    return Outcome(found, {"functions": [one.to_json() for one in found]}, lines)


def remove(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Remove a function from the target. The value is its name."""
    name = arguments.name
    progress(f"Removing {name}…")
    done = workspace.remove(name)
    more = {"versions": list(done.removed), "warning": done.warning}
    record = {"removed": name, **{key: value for key, value in more.items() if value}}
    return Outcome(name, record, (f"Removed {name}.", *removal_lines(name, done)))


def removal_lines(name: str, done: Removal) -> tuple[str, ...]:
    """Return lines about what was removed with a function, and what is left."""
    shadow = [one for one in done.removed if one.endswith("-shadow")]
    versions = text.canary_removal(name, [one for one in done.removed if one not in shadow])
    lines = [f"Removed {one}, the shadow of {name}." for one in shadow]
    return (*filter(None, [versions]), *lines, *done.warning.splitlines())


# The verbs ``show`` and ``explain`` have these arguments.

_NAME = Argument(
    "name", "A function packaged on this machine.", metavar="NAME", names_function=True
)

SHOW = (
    _NAME,
    Argument("file", "Show only this file of the package.", metavar="FILE", kind="optional"),
    Argument(
        "version",
        "Show this deployed version (a number such as 0.0.7 or 7, an alias, or the beginning of a "
        "sha256) instead of the cell.",
        "--version",
        "N",
    ),
)

EXPLAIN = (_NAME,)


def show(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Print the generated files of a package. The value is a ShownFiles."""
    name, package = _meant(arguments)
    if arguments.version is not None:
        package = workspace.deployments.package_of(name, arguments.version)
    found = workspace.package_contents.show(name, package=package, path=arguments.file)
    return Outcome(found, found.to_json(), text.verbatim(found.lines()))


def explain(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Print why each name and requirement is in the package. The value is an Explanation."""
    name, package = _meant(arguments)
    found = workspace.package_contents.explain(name, package=package)
    return Outcome(found, found.to_json(), text.verbatim(found.lines()))


def _meant(arguments: argparse.Namespace) -> tuple[str, str | None]:
    """Return the name and the package id of a function in this kernel.

    For a name that this kernel does not have, the id is None, which means the latest package of
    that name in the store.
    """
    meant = matching_functions(arguments.name, arguments.packages)
    if len(meant) == 1:
        return meant[0], arguments.packages[meant[0]]
    return arguments.name, None
