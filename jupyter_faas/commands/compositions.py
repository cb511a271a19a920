"""The verb ``compose``, which previews a composition in a file or deploys it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import Argument, Outcome
from jupyter_faas.commands.functions import deployed_lines
from jupyter_faas.commands.history import FORCE
from jupyter_faas.commands.values import parse_duration
from jupyter_faas.workspace import text
from jupyter_faas.workspace.compositions.files import ComposedFile, read_file
from jupyter_faas.workspace.options import CompositionOptions
from jupyter_faas.workspace.request import CompositionRequest
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace

ARGUMENTS = (
    Argument(
        "file",
        "A JSON file written by npm's compose command; a Python file that ends with a "
        "composition or assigns one to a variable; or a JavaScript file, if npm's "
        "Composer is installed.",
        metavar="FILE.json|FILE.py|FILE.js",
    ),
    Argument(
        "deploy",
        "Deploy the composition under this name, or as PACKAGE/NAME to deploy it into a package.",
        "--deploy",
        "NAME",
        names_function=True,
    ),
    Argument("memory", "Memory in MB.", "--memory", "MB", kind="integer", default=256),
    Argument(
        "timeout", "The timeout of a call, such as 30, 30s, 500ms or 2m.", "--timeout", "TIME"
    ),
    FORCE,
)


def run(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Preview a composition in a file, or deploy it if a name is given.

    The value is the Composition for a preview, and the Deployment for a deploy.
    """
    path = Path(arguments.file)
    found = read_file(path)
    if arguments.deploy is None:
        return _preview(path, found)
    options = CompositionOptions.at(arguments.deploy, memory_mb=arguments.memory)
    if arguments.timeout is not None:
        options = replace(options, timeout_ms=parse_duration(arguments.timeout, "a timeout"))
    request = CompositionRequest(found.text, options, root=path.resolve().parent)
    progress(f"Packaging {arguments.deploy}…")
    packaged = workspace.package_composition(
        request, found.composition, found.namespace, progress=progress
    )
    deployment = workspace.deploy(packaged.record.id, force=arguments.force, progress=progress)
    lines = deployed_lines(deployment, f": {deployment.url}")
    return Outcome(deployment, deployment.to_json(), lines)


def _preview(path: Path, found: ComposedFile) -> Outcome:
    from jupyter_faas.composer import called_actions, inline_functions, least_calls
    from jupyter_faas.composer.outline import outline

    node = found.composition
    # ``_`` stands for the user's own namespace, which need not be shown.
    names = [name.removeprefix("/_/") for name in called_actions(node)]
    calls = f"Calls {', '.join(names)}." if names else "Calls no actions."
    lines = (*text.verbatim(outline(node).split("\n")), "", calls)
    preview = {
        "file": path.name,
        "graph": node.to_json(),
        "actions": names,
        "functions": len(inline_functions(node)),
        "least_calls": least_calls(node),
    }
    return Outcome(node, preview, lines)
