"""The verb ``target``, which lists, chooses, adds and removes targets."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import Argument, Outcome
from jupyter_faas.errors import InputError
from jupyter_faas.whisk.profiles import PROFILES
from jupyter_faas.workspace import text
from jupyter_faas.workspace.results import Progress
from jupyter_faas.workspace.targets.target_settings import TargetSettings

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import TargetState, Workspace

ARGUMENTS = (
    Argument(
        "action",
        "What to do; list when missing.",
        kind="optional",
        default="list",
        choices=("list", "use", "add", "remove"),
    ),
    Argument("name", "The target to use, add or remove.", metavar="NAME", kind="optional"),
    Argument("apihost", "add: the API host.", "--apihost", "HOST"),
    Argument(
        "auth_file",
        "add: the file that holds the key, uuid:key and nothing else, with mode 600.",
        "--auth-file",
        "FILE",
    ),
    Argument(
        "auth_variable",
        "add: the environment variable that holds the key.",
        "--auth-env",
        "NAME",
    ),
    Argument(
        "wskprops", "add: a file as wsk writes it, for host and key at once.", "--wskprops", "FILE"
    ),
    Argument("namespace", "add: the namespace; the key's own when missing.", "--namespace", "NAME"),
    Argument(
        "ca", "add: the PEM file of the authority that signs its certificate.", "--ca", "FILE"
    ),
    Argument(
        "model_store",
        "add: where models go that are too large for a package (s3://…, gs://…, file:///…).",
        "--model-store",
        "URL",
    ),
    Argument(
        "model_store_url",
        "add: the https address by which actions read the model store; without it they get "
        "signed addresses, where the store makes such.",
        "--model-store-url",
        "URL",
    ),
    Argument(
        "profile",
        "add: what its hosts do differently: openwhisk, or adobe for Adobe I/O Runtime "
        "(22 MB of code, 4,096 MB of memory, lists of 50).",
        "--profile",
        choices=tuple(PROFILES),
    ),
    Argument("insecure", "add: do not check its certificate.", "--insecure", kind="switch"),
)

_WITH_ADD = [each for each in ARGUMENTS if each.flag]
_PATHS = ("auth_file", "wskprops", "ca")


def run(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """List the targets or change them. The value is the list of TargetStates."""
    action, name = arguments.action, arguments.name
    if (action == "list") != (name is None):
        raise InputError(
            "target list takes no name."
            if action == "list"
            else f"target {action} needs the name of a target.",
            hint="Write target use NAME; target list shows the names.",
        )
    if action != "add":
        for each in _WITH_ADD:
            if getattr(arguments, each.name):
                raise InputError(f"{each.flag} goes with target add only.")
    first: tuple[str, ...] = ()
    if action == "use":
        workspace.use_target(name)
    elif action == "add":
        workspace.add_target(_described(arguments))
        first = (f"Added target {name}. Use it with: target use {name}",)
    elif action == "remove":
        workspace.remove_target(name)
        first = (f"Removed target {name}.",)
    progress("Looking at the targets…")
    targets = workspace.targets()
    used = workspace.target.name
    return Outcome(
        targets,
        {"target": used, "targets": [one.to_json() for one in targets]},
        (*first, *_table(targets, used)),
    )


def _described(arguments: argparse.Namespace) -> TargetSettings:
    given = {
        each.name: getattr(arguments, each.name)
        for each in fields(TargetSettings)
        if getattr(arguments, each.name)
    }
    for path in _PATHS:
        if path in given:
            # The path must stay valid when a later command runs in another directory.
            given[path] = str(Path(given[path]).expanduser().absolute())
    return TargetSettings(**given)


def _table(targets: list[TargetState], used: str) -> tuple[str, ...]:
    rows = [
        (
            "*" if one.name == used else "",
            one.name,
            one.label,
            one.apihost or "",
            ", ".join(filter(None, (one.state, one.profile, "insecure" if one.insecure else ""))),
        )
        for one in targets
    ]
    return text.table(("", "NAME", "LABEL", "API HOST", "STATE"), rows)
