"""What each verb does: asks the workspace and puts the answer into an Outcome."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_faas.commands import playground as namespaces
from jupyter_faas.commands.arguments import CLI_ONLY, PROGRAM, Argument, Outcome
from jupyter_faas.commands.history import unchanged
from jupyter_faas.commands.values import parse_object, parse_pairs
from jupyter_faas.errors import InputError
from jupyter_faas.workspace import text
from jupyter_faas.workspace.naming import functions_meant, pick_function
from jupyter_faas.workspace.packaging.dependencies import check_either
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_faas.playground import PlaygroundInfo
    from jupyter_faas.workspace.results import Deployment
    from jupyter_faas.workspace.workspace import Workspace


# -- What is said of a deploy, on every surface.


def deployed_lines(deployment: Deployment, where: str = ".") -> tuple[str, ...]:
    """One line, the web URL and the warnings; ``where`` follows the size. First what was deployed
    along with it."""
    parts = part_lines(deployment)
    if deployment.unchanged:
        return (*parts, *unchanged(deployment))
    line = (
        f"Deployed {deployment.name} {deployment.version} to {deployment.target_label}"
        f" ({text.size(deployment.size)}){where}"
    )
    web = f"Web URL, no key: {deployment.web_url}" if deployment.web_url else ""
    return (*parts, *filter(None, (line, web, deployment.warning)))


def more_lines(deployment: Deployment) -> tuple[str, ...]:
    """What the deployment itself, as a value, does not show: what came along, and the warnings."""
    return (*part_lines(deployment), *filter(None, (deployment.warning,)))


def part_lines(deployment: Deployment) -> tuple[str, ...]:
    """On what a composition brought along, where that was not there already."""
    return tuple(
        line for part in deployment.parts if not part.unchanged for line in deployed_lines(part)
    )


PLAYGROUND = (
    Argument(
        "action",
        "What to do; status when missing.",
        kind="optional",
        default="status",
        choices=("start", "stop", "status", "namespace"),
    ),
    Argument(
        "change",
        "What to do with namespaces (each has its own key); list when missing.",
        kind="optional",
        choices=("add", "list", "remove"),
    ),
    Argument("name", "The namespace to add or remove.", metavar="NAME", kind="optional"),
    Argument("port", "The port to listen on.", "--port", "N", kind="integer"),
    Argument(
        "tls",
        "Speak https on that port too, for clients that insist on it; they are to trust "
        "the ca.pem that then lies beside wskprops.",
        "--tls",
        kind="switch",
    ),
    Argument(
        "rate_limits",
        "Refuse more calls per minute, or at once, than OpenWhisk usually allows.",
        "--rate-limits",
        kind="switch",
    ),
    Argument(
        "foreground",
        "Stay until it ends or Ctrl-C is pressed.",
        "--foreground",
        kind="switch",
        surfaces=CLI_ONLY,
    ),
)


def deploy(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Deploy one function of this kernel, or (CLI) the functions of a notebook.

    The value is a Deployment, or for a notebook the list of them.
    """
    if getattr(arguments, "notebook", None) is None:
        packages = arguments.packages
        package = packages[pick_function(arguments.name, packages)]
        deployment = workspace.deploy(package, force=arguments.force, progress=progress)
        # No URL here: a notebook would make a link of it, and a browser has no key.
        return Outcome(deployment, deployment.to_json(), deployed_lines(deployment))
    from jupyter_faas.workspace.notebook import run_notebook

    path = Path(arguments.notebook)
    # Before the notebook runs, which may take a while.
    check_either(path.name, vendor=arguments.vendor, image=arguments.image)
    found = run_notebook(
        path,
        data_dir=workspace.data_dir,
        functions=arguments.functions or (),
        progress=progress,
    )
    found = tuple(one for one in found if one.asked or not workspace.has(one.name))
    for function in found:
        # Each before the first one is sent: a notebook is deployed whole or not at all.
        workspace.clean_rooms.test(function.package, progress, path.resolve().parent)
    if not arguments.force:
        workspace.deployments.check(function.package for function in found)
    deployments = []
    for function in found:
        package = function.package
        if arguments.vendor or arguments.image:
            package = workspace.adapt(
                package, vendor=arguments.vendor, image=arguments.image, progress=progress
            )
        progress(f"Deploying {function.name}…")
        deployments.append(workspace.deploy(package, force=arguments.force, progress=progress))
    return Outcome(
        deployments,
        {"notebook": path.name, "deployments": [one.to_json() for one in deployments]},
        tuple(line for one in deployments for line in deployed_lines(one, f": {one.url}")),
    )


def invoke(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Run a function once; the value is its ActivationRecord, ``failed`` when it failed."""
    params: dict[str, object] = {}
    if arguments.params_json is not None:
        params = parse_object(arguments.params_json, "--params-json")
    if arguments.pairs:
        params |= parse_pairs(arguments.pairs, workspace.function(arguments.name).schema)
    progress(f"Invoking {arguments.name}…")
    activation = workspace.invoke(arguments.name, params)
    record = activation.to_json()
    failed = not record["ok"]
    if arguments.result:
        value = record["result"]
        return Outcome(activation, value, (json.dumps(value, ensure_ascii=False),), failed)
    lines = (*text.result(record["result"]).splitlines(), text.status_line(record))
    if activation.has_parts:
        lines = (*lines, text.session_line(record, PROGRAM["cli"]))
    return Outcome(activation, record, lines, failed)


def activations(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """List the latest runs, newest first; the value is the list of them."""
    if arguments.limit < 1:
        raise InputError("--limit must be at least 1.")
    workspace.wake_playground(progress)
    progress("Asking for the latest activations…")
    found = workspace.activations(limit=arguments.limit, name=arguments.name)
    entries = [one.to_json() for one in found]
    lines = text.activations_table(entries) if entries else ("No activations yet.",)
    return Outcome(found, {"activations": entries}, lines)


def logs(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """What a run printed; the value is the list of its log lines."""
    workspace.wake_playground(progress)
    progress(f"Asking for the logs of {arguments.id}…")
    lines = tuple(workspace.logs(arguments.id))
    return Outcome(list(lines), {"id": arguments.id, "logs": list(lines)}, lines)


def remove(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Take a function off the target; the value is its name."""
    name = arguments.name
    progress(f"Removing {name}…")
    warning = workspace.remove(name)
    record = {"removed": name, **({"warning": warning} if warning else {})}
    return Outcome(name, record, (f"Removed {name}.", *([warning] if warning else [])))


def playground(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Start, stop or look at the playground; the value is its PlaygroundInfo, or None.

    ``namespace`` is about its namespaces, whether it runs or not.
    """
    change, name = getattr(arguments, "change", None), getattr(arguments, "name", None)
    if arguments.action != "namespace" and (change or name):
        raise InputError(f"playground {arguments.action} takes no {change or name}.")
    options = (
        ("--port", arguments.port is not None),
        ("--tls", arguments.tls),
        ("--rate-limits", arguments.rate_limits),
    )
    for option, given in options:
        if given and arguments.action != "start":
            raise InputError(f"{option} goes with playground start only.")
    if arguments.action == "namespace":
        return namespaces.run(workspace.data_dir, change or "list", name)
    if arguments.action == "start":
        progress("Starting the playground…")
        info = workspace.start_playground(
            port=arguments.port, tls=arguments.tls, rate_limits=arguments.rate_limits
        )
        words = "was already running" if info.already_running else "is running"
        return _playground(info, f"The playground {words} at {info.apihost}")
    if arguments.action == "stop":
        progress("Stopping the playground…")
        stopped = workspace.stop_playground()
        line = "The playground has stopped." if stopped else "The playground was not running."
        return Outcome(None, {"state": "stopped", "was_running": stopped}, (line,))
    from jupyter_faas.playground import status as find

    status = find(workspace.data_dir)
    if status is None:
        return Outcome(None, {"state": "stopped"}, ("The playground is not running.",), absent=True)
    return _playground(status, f"The playground is running at {status.apihost}")


def _playground(info: PlaygroundInfo, line: str) -> Outcome:
    record = {
        "state": "running",
        "apihost": info.apihost,
        "wskprops": str(info.wskprops),
        "pid": info.pid,
        "port": info.port,
        "started": info.started_ms,
        "already_running": info.already_running,
        "https": info.https,
        "ca": str(info.ca) if info.ca else None,
    }
    lines = [line, f"wskprops: {info.wskprops}"]
    if info.ca:
        lines += [f"https: {info.https}", f"ca: {info.ca}"]
    return Outcome(info, record, tuple(lines))


# -- The verbs that look into a package: show, explain.


_NAME = Argument("name", "A function that was packaged here.", metavar="NAME")

SHOW = (
    _NAME,
    Argument("file", "One file of the package instead.", metavar="FILE", kind="optional"),
)

EXPLAIN = (_NAME,)


def show(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """The generated files; the value is a ShownFiles."""
    name, package = _meant(arguments)
    found = workspace.package_contents.show(name, package=package, path=arguments.file)
    return Outcome(found, found.to_json(), found.lines())


def explain(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Why each thing travels; the value is an Explanation."""
    name, package = _meant(arguments)
    found = workspace.package_contents.explain(name, package=package)
    return Outcome(found, found.to_json(), found.lines())


def _meant(arguments: argparse.Namespace) -> tuple[str, str | None]:
    """The function and its package in this kernel; without one there, the latest that is stored."""
    meant = functions_meant(arguments.name, arguments.packages)
    if len(meant) == 1:
        return meant[0], arguments.packages[meant[0]]
    return arguments.name, None
