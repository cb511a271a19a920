"""The verb ``target``, which lists, chooses, adds, tests and removes targets."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import MAGIC_ONLY, Argument, Outcome
from jupyter_faas.errors import InputError
from jupyter_faas.whisk.profiles import PROFILES
from jupyter_faas.workspace import text
from jupyter_faas.workspace.results import Progress
from jupyter_faas.workspace.targets.new_target import settings_from_options

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import TargetState, Workspace

ARGUMENTS = (
    Argument(
        "action",
        "The operation. Default: list.",
        kind="optional",
        default="list",
        choices=("list", "use", "add", "test", "remove"),
    ),
    Argument("name", "The target to use, add, test or remove.", metavar="NAME", kind="optional"),
    Argument(
        "default",
        "use: make this notebook use the default target again.",
        "--default",
        kind="switch",
        surfaces=MAGIC_ONLY,
    ),
    Argument("apihost", "add: the API host.", "--apihost", "HOST"),
    Argument(
        "auth_file",
        "add: a file that contains only the key (uuid:key), with mode 600.",
        "--auth-file",
        "FILE",
    ),
    Argument(
        "auth_variable",
        "add: the environment variable that contains the key.",
        "--auth-env",
        "NAME",
    ),
    Argument(
        "wskprops", "add: a file written by wsk, with the host and the key.", "--wskprops", "FILE"
    ),
    Argument(
        "doctl",
        "add: the path of doctl's credentials.json, if it is not in the default location.",
        "--doctl",
        "FILE",
    ),
    Argument(
        "namespace", "add: the namespace. Default: the namespace of the key.", "--namespace", "NAME"
    ),
    Argument(
        "ca",
        "add: the PEM file of the authority that signed the host's certificate.",
        "--ca",
        "FILE",
    ),
    Argument(
        "model_store",
        "add: the store for models that are too large for a package (s3://…, gs://…, file:///…).",
        "--model-store",
        "URL",
    ),
    Argument(
        "model_store_url",
        "add: the HTTPS address at which actions read the model store. Without it, actions "
        "get signed URLs, if the store supports them.",
        "--model-store-url",
        "URL",
    ),
    Argument(
        "profile",
        "add: the type of host: openwhisk, openserverless (Apache OpenServerless), digitalocean "
        "(DigitalOcean Functions) or adobe (Adobe I/O Runtime).",
        "--profile",
        choices=tuple(PROFILES),
    ),
    Argument(
        "extra_logging",
        "add: ask Adobe I/O Runtime to record every run. With this option, Adobe allows 30 runs "
        "a minute.",
        "--extra-logging",
        kind="switch",
    ),
    Argument("insecure", "add: do not check the host's certificate.", "--insecure", kind="switch"),
)

_WITH_ADD = [each for each in ARGUMENTS if each.flag and each.name != "default"]


def run(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """List, change or test the targets.

    The value is the list of TargetStates, or for ``test`` the TargetCheck. Targets that are added
    or chosen are tested too. One that does not answer stays, and the lines say why.
    """
    action, name = arguments.action, arguments.name
    if getattr(arguments, "default", False):
        if action != "use" or name is not None:
            raise InputError(
                "--default can be used only with target use, without a name.",
                hint="Write: %faas target use --default",
            )
        workspace.target_registry.notebook = None
        name = workspace.target_name
    if action != "test" and (action == "list") != (name is None):
        raise InputError(
            "target list does not take a name."
            if action == "list"
            else f"target {action} needs the name of a target.",
            hint="To list the targets: %faas target list\nTo use one: %faas target use NAME"
            if action == "list"
            else f"Write: %faas target {action} NAME\nTo list the names: %faas target list",
        )
    if action != "add":
        for each in _WITH_ADD:
            if getattr(arguments, each.name):
                raise InputError(f"{each.flag} can be used only with target add.")
    if action == "test":
        return _test(workspace, name or workspace.target_name, progress)
    first: tuple[str, ...] = ()
    if action == "use":
        if not getattr(arguments, "default", False):
            workspace.use_target(name)
    elif action == "add":
        registry = workspace.target_registry
        workspace.target_registry.add(settings_from_options(registry, name, vars(arguments)))
        first = (f"Added target {name}. To use it: %faas target use {name}",)
    elif action == "remove":
        workspace.target_registry.remove(name)
        first = (f"Removed target {name}.",)
    progress("Checking the targets…")
    checks = {each.state.name: each for each in workspace.target_registry.check_all()}
    if action in ("use", "add"):
        first = (*first, *checks[name].lines)
    targets = [each.state for each in checks.values()]
    used = workspace.target.name
    return Outcome(
        targets,
        {"target": used, "targets": [one.to_json() for one in targets]},
        (*first, *_table(targets, used)),
    )


def _test(workspace: Workspace, name: str, progress: Progress) -> Outcome:
    progress(f"Checking {name}…")
    found = workspace.target_registry.check(name)
    return Outcome(found, found.to_json(), found.lines, absent=not found.ok)


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
