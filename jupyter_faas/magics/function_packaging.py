"""From a cell that has run to a card: packages its function and binds the handle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.magics.cards import measure, new_card
from jupyter_faas.magics.cells.expressions import sample_of, test_of
from jupyter_faas.magics.composition_packaging import compose_again
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


def package_cell(
    session: NotebookSession, verbs: Verbs, cell: ExecutedCell[FunctionOptions]
) -> PackagedFunction:
    """Package the function of a cell that ran just now, show its card, bind its handle.

    Raises InputError for a sample or test that is none, and what ``Workspace.package`` raises.
    """
    namespace = session.shell.user_ns
    with new_card(session) as new:
        packaged = _package(session, cell, new.say)
    function = namespace[packaged.handler]
    known = PackagedFunction(
        cell=cell,
        executed_at=session.clock_ms(),
        function=function,
        packaged=packaged,
        local=session.workspace.local(function, packaged),
        output=new.output(packaged, verbs),
    )
    handle = Function(
        function, known.name, local=known.local, verbs=verbs, inside=session.inside_a_function
    )
    new.show(known, handle)
    return known


def package_again(session: NotebookSession, known: PackagedCell, say: Progress) -> None:
    """Package the same cell with the values that the notebook holds now; the card follows."""
    if isinstance(known, PackagedFunction):
        known.packaged = _package(session, known.cell, say, known.function)
        known.local = session.workspace.local(known.function, known.packaged)
    elif isinstance(known, PackagedComposition):
        compose_again(session, known, say)
    session.drift.begin(known, known.watched_names(), session.shell.user_ns)
    deployed = session.deployed_here(known.name)
    known.output.update(**{**known.packaged.card, "deployed": deployed})
    session.tell_functions()
    if session.measures:
        measure(session, known)


def _package(
    session: NotebookSession,
    cell: ExecutedCell[FunctionOptions],
    say: Progress,
    function: Callable[..., Any] | None = None,
) -> Packaged:
    from jupyter_faas.workspace import PackageRequest

    options, shell = cell.options, session.shell
    request = PackageRequest(
        cell.text,
        options,
        notebook=cell.notebook,
        cell_id=cell.id,
        root=Path.cwd(),
        origins=session.cells.origins,
        sample=sample_of(shell, options.sample_expression),
        tests=[test_of(shell, *each) for each in options.test_expressions],
    )
    say(f"Packaging {options.path}…")
    token = session.inside_a_function.set(True)
    try:
        # Tests are called as in an action, where functions call each other plainly.
        return session.workspace.package(
            request,
            shell.user_ns,
            helper=session.helper,
            function=function,
            measured=session.measures,
            progress=say,
        )
    finally:
        session.inside_a_function.reset(token)
