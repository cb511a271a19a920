"""The verb ``secret``, which stores, lists and removes the values of secrets."""

from __future__ import annotations

import argparse
import getpass
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import CLI_ONLY, Argument, Outcome
from jupyter_faas.errors import InputError
from jupyter_faas.workspace import text
from jupyter_faas.workspace.naming import check_secret_name
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_faas.workspace.secrets.store import KnownSecret
    from jupyter_faas.workspace.workspace import Workspace

ARGUMENTS = (
    Argument(
        "action",
        "The operation. Default: list.",
        kind="optional",
        default="list",
        choices=("list", "set", "remove"),
    ),
    Argument(
        "name", "The secret: the name of an environment variable.", metavar="NAME", kind="optional"
    ),
    # Without this argument, the parser would print a value that follows the name.
    Argument(
        "more",
        "remove: more names. Not allowed for set, which prompts for the value.",
        metavar="…",
        kind="words",
    ),
    Argument(
        "file",
        "set: instead of storing the value, read it from this file (mode 600) at each deploy.",
        "--file",
        "FILE",
    ),
    Argument(
        "stdin",
        "set: read the value from standard input, for scripts.",
        "--stdin",
        kind="switch",
        surfaces=CLI_ONLY,
    ),
)

_PLACES = {
    "file": "the file",
    "keyring": "the system's keyring",
    "data folder": "a private file in the data folder",
}


def run(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """List the secrets or change them. The value is the list of KnownSecrets, without values."""
    action, name = arguments.action, arguments.name
    if arguments.more and action != "remove":
        raise InputError(
            "A command line must not contain the value of a secret, because shells and "
            "notebooks store it in their history.",
            hint=f"To enter the value at a prompt: %faas secret set {name}\nIf you entered a real "
            "value, replace it with a new one.",
        )
    if (action == "list") != (name is None):
        raise InputError(
            "secret list does not take a name."
            if action == "list"
            else f"secret {action} needs the name of a secret.",
            hint="To list the secrets: %faas secret list\nTo store one: %faas secret set NAME"
            if action == "list"
            else f"Write: %faas secret {action} NAME\nTo list the names: %faas secret list",
        )
    from_stdin = getattr(arguments, "stdin", False)
    if action != "set" and (arguments.file or from_stdin):
        raise InputError(
            f"{'--file' if arguments.file else '--stdin'} can be used only with secret set."
        )
    if arguments.file and from_stdin:
        raise InputError("--file and --stdin cannot be combined.")
    first: tuple[str, ...] = ()
    if action == "set":
        check_secret_name(name)
        if arguments.file:
            path = Path(arguments.file).expanduser().absolute()
            kept = workspace.secrets.set_file(name, path)
        else:
            kept = workspace.secrets.set(name, _from_stdin() if from_stdin else _ask(name))
        where = _PLACES[kept.place] + (f" {kept.path}" if kept.path else "")
        first = (
            f"Set {name}. Its value is in {where}. To use it in a function, add --secret {name} to "
            "its cell.",
        )
    elif action == "remove":
        names = list(dict.fromkeys((name, *arguments.more)))
        for each in names:
            workspace.secrets.remove(each)
        values = "the value" if len(names) == 1 else "the values"
        first = (
            f"Removed {', '.join(names)} from this machine. Deployed functions keep {values} "
            "until they are deployed again.",
        )
    found = workspace.secrets.list()
    lines = first or _table(found)
    return Outcome(found, {"secrets": [one.to_json() for one in found]}, lines)


def _ask(name: str) -> str:
    """Ask for a value without showing it. Raises InputError without a terminal or front end."""
    try:
        with warnings.catch_warnings():
            # Without a terminal, getpass warns that it cannot hide the input, and reads stdin.
            warnings.simplefilter("ignore", getpass.GetPassWarning)
            # ipykernel replaces this function by one that asks the front end.
            return getpass.getpass(f"Value of {name}: ")
    except (NotImplementedError, EOFError) as error:
        raise InputError(
            f"The value of {name} cannot be entered here.",
            hint=f"Run in a terminal: jupyter faas secret set {name}",
        ) from error


def _from_stdin() -> str:
    return sys.stdin.read().removesuffix("\n").removesuffix("\r")


def _table(found: list[KnownSecret]) -> tuple[str, ...]:
    if not found:
        return ("No secrets are stored on this machine. To store one: %faas secret set NAME",)
    rows = [(one.name, one.path or one.place, one.problem) for one in found]
    return text.table(("SECRET", "STORED IN", ""), rows)
