"""The verb ``map``, which calls a function once per row of a table."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import Argument, Outcome
from jupyter_faas.workspace.results import Progress
from jupyter_faas.workspace.text import verbatim

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace

ARGUMENTS = (
    Argument(
        "name",
        "The function, or PACKAGE/NAME if it is in a package.",
        metavar="NAME",
        names_function=True,
    ),
    Argument(
        "rows",
        "A file (.csv, .jsonl, .json, .parquet) whose columns are the parameters. In a notebook, "
        "also a variable with a data frame, a list or an iterator.",
        metavar="ROWS",
    ),
    Argument(
        "output",
        "Write inputs, results and errors to this file (.csv, .jsonl, .parquet).",
        "--output",
        "FILE",
    ),
    Argument(
        "concurrency",
        "The maximum number of concurrent calls. Default: 4 per processor on the "
        "playground, and otherwise the target's limit, but at most 100 (30 if "
        "it is not known).",
        "--concurrency",
        "N",
        kind="integer",
    ),
    Argument(
        "retry",
        "Repeat calls whose response was lost. Use this only if it is safe to run the "
        "function twice.",
        "--retry",
        kind="switch",
    ),
)


def run(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Call a function once per row. The value is a BatchResults.

    Without ``--output``, the lines are the rows as JSON. ``failed`` is set when a call failed.
    """
    found = workspace.batches.map(
        arguments.name,
        arguments.rows,
        concurrency=arguments.concurrency,
        output=arguments.output,
        retry=arguments.retry,
        progress=progress,
    )
    if found.output is not None:
        lines = found.lines()
    else:
        lines = verbatim(json.dumps(row, ensure_ascii=False) for row in found.rows())
    return Outcome(found, found.to_json(), lines, failed=bool(found.failed))
