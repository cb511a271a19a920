"""``NotebookCalls``: the operations behind ``map``, ``spawn`` and ``ainvoke`` in a notebook.

They are apart from NotebookVerbs because ``ainvoke`` runs in threads, which must not display.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_faas.errors import InputError
from jupyter_faas.magics.progress import show_progress
from jupyter_faas.workspace.naming import did_you_mean
from jupyter_faas.workspace.script import run_failed

if TYPE_CHECKING:
    from jupyter_faas.commands.table import Call
    from jupyter_faas.magics.progress import ProgressDisplay
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.widgets import ActivationView, LocalRun
    from jupyter_faas.workspace.batches.results import BatchResults
    from jupyter_faas.workspace.batches.spawned import SpawnedRun


class Runs(Protocol):
    """The methods of NotebookVerbs that run a function."""

    def invoke(self, name: str, params: Mapping[str, Any]) -> ActivationView: ...

    def run_locally(self, name: str, params: Mapping[str, Any]) -> LocalRun: ...

    def skip(self, words: str) -> None: ...


class NotebookCalls:
    """See ``workspace.calls.Calls``. In an inert run, nothing is sent to a target."""

    def __init__(self, session: NotebookSession, verbs: Runs) -> None:
        self._session = session
        self._verbs = verbs

    def run(self, name: str, params: Mapping[str, Any]) -> ActivationView | LocalRun:
        """Run the function once. Raises ActivationFailed, and displays nothing."""
        if self._session.inert:
            return self._verbs.run_locally(name, params)
        view = self._verbs.invoke(name, params)
        if not view.ok:
            raise run_failed(view.record)
        return view

    def map(self, name: str, rows: object, **options: Any) -> BatchResults:
        """Make many calls, with progress in the cell's output."""
        from jupyter_faas.workspace.batches.results import BatchResults

        if self._session.inert:
            self._verbs.skip(f"map {name}")
            return BatchResults(name, (), ())
        display = self._session.new_progress_display()
        with show_progress(display) as progress:
            found = self._session.workspace.batches.map(name, rows, progress=progress, **options)
        show_totals(display, found)
        return found

    def spawn(self, name: str, params: Mapping[str, Any]) -> SpawnedRun | None:
        """Start the function without waiting for it. Returns None in an inert run."""
        if self._session.inert:
            self._verbs.skip(f"spawn {name}")
            return None
        return self._session.workspace.batches.spawn(name, params)


def show_totals(display: ProgressDisplay, found: BatchResults) -> None:
    """Show the totals of a batch in place of its progress, if that was shown.

    A cell that assigns the results would otherwise not say that calls failed.
    """
    if display.used:
        display.show(found.lines()[0])


def with_rows(session: NotebookSession, call: Call) -> Call:
    """Return ``%faas map NAME ROWS`` with the value of the variable that ROWS names.

    Anything that is not a variable's name is the path of a file. Raises InputError if there is no
    such variable.
    """
    rows, variables = call.arguments.rows, session.shell.user_ns
    if not rows.isidentifier():
        return call
    if rows not in variables:
        # IPython's own names, such as ``open`` and ``exit``, are hidden.
        hidden = session.shell.user_ns_hidden
        shown = [each for each in variables if not each.startswith("_") and each not in hidden]
        raise InputError(
            f"Unknown variable {rows!r}.",
            hint=f"{did_you_mean([rows], shown)}Pass a data frame, a list, an iterator, or the "
            "path of a file such as rows.csv.",
        )
    arguments = argparse.Namespace(**{**vars(call.arguments), "rows": variables[rows]})
    return replace(call, arguments=arguments)
