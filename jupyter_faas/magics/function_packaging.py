"""Package a ``%%function`` cell that has run, register the function, and bind its handle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.magics.cards import new_card, refresh_in_background
from jupyter_faas.magics.cells.expressions import sample_of, test_of
from jupyter_faas.magics.composition_packaging import repackage_composition
from jupyter_faas.magics.handles import Function
from jupyter_faas.magics.packaged_cells import PackagedComposition, PackagedFunction

if TYPE_CHECKING:
    from collections.abc import Callable

    from jupyter_faas.magics.handles import Verbs
    from jupyter_faas.magics.packaged_cells import ExecutedCell, PackagedCell
    from jupyter_faas.magics.progress import Progress
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.workspace import Packaged
    from jupyter_faas.workspace.options import FunctionOptions


def package_function_cell(
    session: NotebookSession, verbs: Verbs, cell: ExecutedCell[FunctionOptions]
) -> PackagedFunction:
    """Package the function of the cell that just ran, show its card, and bind its handle.

    Raises InputError for an invalid --sample or --test, and the errors of ``Workspace.package``.
    """
    namespace = session.shell.user_ns
    with new_card(session) as new:
        packaged = _package(session, cell, new.progress)
    function = namespace[packaged.handler]
    entry = PackagedFunction(
        cell=cell,
        executed_at=session.clock_ms(),
        function=function,
        packaged=packaged,
        local=session.workspace.local(function, packaged),
        output=new.output(packaged, verbs),
    )
    handle = Function(
        function, entry.name, local=entry.local, verbs=verbs, inside=session.inside_a_function
    )
    new.show(entry, handle)
    return entry


def repackage(session: NotebookSession, entry: PackagedCell, progress: Progress) -> None:
    """Package the same cell again with the notebook's current values, and update its card."""
    if isinstance(entry, PackagedFunction):
        entry.packaged = _package(session, entry.cell, progress, entry.function)
        entry.local = session.workspace.local(entry.function, entry.packaged)
    elif isinstance(entry, PackagedComposition):
        repackage_composition(session, entry, progress)
    session.drift.begin(entry, entry.watched_names(), session.shell.user_ns)
    deployed = session.deployed_here(entry.name)
    entry.output.update(**{**entry.packaged.card, "deployed": deployed})
    session.send_functions()
    if session.measures:
        refresh_in_background(session, entry)


def _package(
    session: NotebookSession,
    cell: ExecutedCell[FunctionOptions],
    progress: Progress,
    function: Callable[..., Any] | None = None,
) -> Packaged:
    from jupyter_faas.workspace import PackageRequest

    options, shell = cell.options, session.shell
    request = PackageRequest(
        cell.text,
        options,
        notebook=cell.notebook,
        cell_id=cell.id,
        # Jupyter starts a kernel in the directory of its notebook.
        root=Path.cwd(),
        origins=session.cells.origins,
        sample=sample_of(shell, options.sample_expression),
        tests=[test_of(shell, *each) for each in options.test_expressions],
    )
    progress(f"Packaging {options.path}…")
    token = session.inside_a_function.set(True)
    try:
        # A test may run packaged functions that call each other. Inside an action these functions
        # are plain, so their handles must not wrap the calls.
        return session.workspace.package(
            request,
            shell.user_ns,
            helper=session.helper,
            function=function,
            measured=session.measures,
            progress=progress,
        )
    finally:
        session.inside_a_function.reset(token)
