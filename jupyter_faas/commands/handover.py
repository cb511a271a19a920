"""The verbs ``openapi`` and ``export``, which hand functions over to other developers."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import CLI_ONLY, Argument, Outcome
from jupyter_faas.errors import InputError
from jupyter_faas.workspace import text
from jupyter_faas.workspace.naming import pick_function
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace

OPENAPI = (
    Argument(
        "package",
        "Describe only this package. The name “default” selects the functions without a package. "
        "Without this argument, the document describes the whole namespace.",
        metavar="PACKAGE",
        kind="optional",
    ),
    Argument("output", "Write to this file instead of printing.", "--output", "FILE"),
)

EXPORT = (
    Argument(
        "notebook",
        "The notebook. It runs in a fresh kernel, and its functions are exported.",
        metavar="NOTEBOOK.ipynb",
        surfaces=CLI_ONLY,
    ),
    Argument(
        "folder", "The folder of the project. It is created if it does not exist.", metavar="DIR"
    ),
    Argument(
        "functions",
        "Export only this function. Repeatable.",
        "--function",
        "NAME",
        kind="many",
        names_function=True,
    ),
)


def openapi(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Print or write the OpenAPI document. The value is its JSON."""
    progress("Loading the web actions…")
    found = workspace.handover.openapi(arguments.package)
    document = json.dumps(found, indent=2, ensure_ascii=False)
    if arguments.output is None:
        return Outcome(found, found, text.verbatim(document.split("\n")))
    path = Path(arguments.output).expanduser()
    write_text(path, f"{document}\n")
    number = len(found["paths"])
    functions = "1 function" if number == 1 else f"{number} functions"
    return Outcome(found, found, (f"Wrote {path}: {functions}.",))


def export(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Write a project that can be deployed without Jupyter. The value is the list of its files."""
    from jupyter_faas.workspace.handover.project import check_folder, write_project
    from jupyter_faas.workspace.handover.project_function import functions_of

    folder = Path(arguments.folder).expanduser()
    # The directory is checked before the notebook runs, because the run may take a while.
    check_folder(folder)
    packages, notebook = _packages(workspace, arguments, progress)
    found = functions_of(packages, workspace.data_dir)
    files = write_project(folder, found, notebook)
    names = [one.name for one in found]
    return Outcome(
        files,
        {"folder": str(folder), "functions": names, "files": files},
        (
            f"Wrote {folder}: {', '.join(names)}.",
            "README.md in this folder says how to deploy the functions without Jupyter.",
        ),
    )


def _packages(
    workspace: Workspace, arguments: argparse.Namespace, progress: Progress
) -> tuple[list[str], str]:
    """Return the ids of the packages and the notebook's name.

    Every package has passed its clean-room test. Raises InputError if there is nothing to export.
    """
    asked = arguments.functions or ()
    if getattr(arguments, "notebook", None) is None:
        here = arguments.packages
        if not here:
            raise InputError(
                "No function of this notebook has been packaged.",
                hint="Run a %%function cell first.",
            )
        names = [pick_function(name, here) for name in asked] or list(here)
        ids, folder = [here[name] for name in names], None
        notebook = next(filter(None, (workspace.package_record(one).notebook for one in ids)), "")
    else:
        from jupyter_faas.workspace.notebook import run_notebook

        path = Path(arguments.notebook)
        found = run_notebook(path, data_dir=workspace.data_dir, functions=asked, progress=progress)
        ids, folder, notebook = [one.package for one in found], path.resolve().parent, path.name
    for one in ids:
        workspace.clean_rooms.test(one, progress, folder)
    return ids, notebook or "notebook.ipynb"


def write_text(path: Path, words: str) -> None:
    """Write ``words`` to a file that the user chose. Raises InputError if writing fails."""
    try:
        path.write_text(words, "utf-8")
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror}.") from error
