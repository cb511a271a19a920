"""The verbs ``replay`` and ``debug``, which use the inputs that the playground kept."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import MAGIC_ONLY, Argument, Outcome
from jupyter_faas.commands.values import parse_pairs
from jupyter_faas.errors import InputError
from jupyter_faas.whisk.inputs import DEFAULT_LAST, MOST, REDACTED
from jupyter_faas.workspace import text
from jupyter_faas.workspace.naming import check_parameter_names, matching_functions
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_faas.client import KeptInput
    from jupyter_faas.workspace.workspace import Workspace

REPLAY = (
    Argument(
        "name",
        "The function, or PACKAGE/NAME if it is in a package.",
        metavar="NAME",
        names_function=True,
    ),
    Argument(
        "pairs",
        "Parameters to add to every input, such as redacted ones.",
        metavar="key=value",
        kind="words",
    ),
    Argument(
        "last",
        "The number of inputs to replay, latest first.",
        "--last",
        "N",
        kind="integer",
        default=DEFAULT_LAST,
    ),
    Argument("run", "Replay only the input of this activation.", "--run", "ID"),
    Argument(
        "deployed",
        "Run the deployed function instead of the cell in this notebook.",
        "--deployed",
        kind="switch",
        surfaces=MAGIC_ONLY,
    ),
)

DEBUG = (
    Argument("id", "The activation.", metavar="ID"),
    Argument(
        "variable",
        "The name of the variable. Default: params.",
        "--as",
        "NAME",
        surfaces=MAGIC_ONLY,
    ),
)


def replay(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Run kept inputs again. The value is a Replay. ``failed`` is set when an answer differs.

    ``arguments.here`` holds the functions of this kernel, by name. Raises InputError if a notebook
    replays a function whose cell has not run in this kernel. Compositions run only on the target.
    """
    if not 1 <= arguments.last <= MOST:
        raise InputError(f"--last must be from 1 to {MOST}.")
    here = arguments.here
    meant = matching_functions(arguments.name, here)
    name = meant[0] if len(meant) == 1 else str(arguments.name)
    given = {}
    if arguments.pairs:
        function = workspace.function(name)
        given = parse_pairs(arguments.pairs, function.schema)
        check_parameter_names(name, function.schema, given, function.signature or "")
    # The CLI does not have ``--deployed``, because only the deployed function exists without a
    # kernel.
    deployed = getattr(arguments, "deployed", True)
    call = None if deployed else here.get(name)
    # Without this error, the deployed function would be compared with itself.
    if call is None and not deployed and not _runs_only_on_a_target(workspace, name):
        raise InputError(
            f"{name} is not defined in this kernel, so there is no cell to run.",
            hint=f"Run the cell of {name}, then replay again. To run the deployed function "
            f"instead: %faas replay {name} --deployed",
        )
    found = workspace.inputs.replay(
        name, last=arguments.last, run=arguments.run, given=given, call=call, progress=progress
    )
    return Outcome(found, found.to_json(), found.lines(), failed=found.differing > 0)


def _runs_only_on_a_target(workspace: Workspace, name: str) -> bool:
    found = workspace.function(name)
    return found.composition or found.kind == "sequence"


def debug(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Show the input of an activation. The value is its KeptInput."""
    progress(f"Loading the input of {arguments.id}…")
    found = workspace.inputs.of(arguments.id)
    shown = json.dumps(found.to_json()["params"], ensure_ascii=False, indent=2)
    lines = (*text.verbatim(shown.splitlines()), f"{about(found)}{missing(found)}")
    return Outcome(found, found.to_json(), lines)


def about(found: KeptInput) -> str:
    """Return a sentence that says where a kept input comes from."""
    return f"The input of {found.name} in activation {found.activation}, {text.moment(found.kept)}."


def missing(found: KeptInput) -> str:
    """Return a sentence that names the redacted keys, or an empty string."""
    hidden = [
        key
        for key, value in found.params.items()
        # The search uses the JSON text, because a value may be redacted at any depth.
        if REDACTED in json.dumps(value, ensure_ascii=False)
    ]
    names = ", ".join(hidden)
    return f" Redacted: {names}." if hidden else ""
