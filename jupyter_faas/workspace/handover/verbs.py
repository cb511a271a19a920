"""The verbs that hand functions over to others: openapi."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.arguments import Argument
from jupyter_faas.workspace.outcome import Outcome, Progress

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace

OPENAPI = (
    Argument(
        "package",
        "Only this package (default: what is in none); all of the namespace when missing.",
        metavar="PACKAGE",
        kind="optional",
    ),
    Argument("output", "Write it into this file instead of printing it.", "--output", "FILE"),
)


def openapi(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Print or write the document; the value is its JSON."""
    progress("Asking for the web actions…")
    found = workspace.handover.openapi(arguments.package)
    text = json.dumps(found, indent=2, ensure_ascii=False)
    if arguments.output is None:
        return Outcome(found, found, tuple(text.split("\n")))
    path = Path(arguments.output).expanduser()
    write_text(path, f"{text}\n")
    number = len(found["paths"])
    functions = "1 function" if number == 1 else f"{number} functions"
    return Outcome(found, found, (f"Wrote {path}: {functions}.",))


def write_text(path: Path, text: str) -> None:
    """Write a file that the user named. InputError when that cannot be."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror}.") from error
