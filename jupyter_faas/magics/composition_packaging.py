"""Package a ``%%composition`` cell: evaluate the cell, package its value, and show the card."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError
from jupyter_faas.magics.cards import new_card
from jupyter_faas.magics.cells.cell_body import LastValue, evaluate_body
from jupyter_faas.magics.cells.combinator_calls import explain_combinator_errors
from jupyter_faas.magics.cells.composition_namespace import check_called, combinators_in
from jupyter_faas.magics.handles import CompositionHandle
from jupyter_faas.magics.packaged_cells import PackagedComposition

if TYPE_CHECKING:
    from jupyter_faas.composer import Composition
    from jupyter_faas.magics.handles import Verbs
    from jupyter_faas.magics.packaged_cells import ExecutedCell
    from jupyter_faas.magics.progress import Progress
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.workspace import Packaged
    from jupyter_faas.workspace.options import CompositionOptions

_END_HINT = "End the cell with a composition, such as: sequence(lambda p: p)"


def package_composition_cell(
    session: NotebookSession,
    verbs: Verbs,
    cell: ExecutedCell[CompositionOptions],
    magic_line: str,
    body: str,
) -> PackagedComposition:
    """Run the cell, package its composition, show the card, and bind the handle.

    Raises InputError if the cell does not end with a composition, CompositionError if it cannot be
    compiled, and the errors of ``Workspace.package_composition``.
    """
    shell, options = session.shell, cell.options
    check_called(body, shell.user_ns)
    with combinators_in(shell.user_ns, body), explain_combinator_errors():
        last = evaluate_body(shell, magic_line, body)
    if options.source is not None:
        from jupyter_faas.workspace.compositions.files import read_json

        # A composition from a file does not depend on values of the notebook.
        composition, last = read_json(Path(options.source)), None
    elif last is None:
        hint = _end_hint(body, shell.user_ns)
        raise InputError("The cell does not end with a composition.", hint=hint)
    else:
        composition = composition_of(last, options.path)
    with new_card(session) as new:
        packaged = _package(session, cell, composition, new.progress)
    entry = PackagedComposition(
        cell=cell,
        executed_at=session.clock_ms(),
        packaged=packaged,
        output=new.output(packaged, verbs),
        composition=composition,
        last=last,
        reads=_values_read(last, composition, shell.user_ns),
    )
    new.show(entry, CompositionHandle(composition, entry.name, verbs=verbs))
    return entry


def repackage_composition(
    session: NotebookSession, entry: PackagedComposition, progress: Progress
) -> None:
    """Package the composition again.

    Re-evaluates the cell's last expression, or reads the ``--from`` file again.
    """
    shell, options = session.shell, entry.cell.options
    if entry.last is not None:
        with combinators_in(shell.user_ns), explain_combinator_errors():
            value = entry.last.again()
        entry.composition = composition_of(replace(entry.last, value=value), options.path)
        _check_current(entry, shell.user_ns)
    elif options.source is not None:
        from jupyter_faas.workspace.compositions.files import read_json

        entry.composition = read_json(Path(options.source))
    entry.packaged = _package(session, entry.cell, entry.composition, progress)
    handle = shell.user_ns.get(entry.variable)
    # The user may have bound another value to the name.
    if isinstance(handle, CompositionHandle):
        handle.composition = entry.composition


def _end_hint(body: str, namespace: Mapping[str, object]) -> str:
    """Return the hint to end the cell with what its last statement makes, if it makes something."""
    statements: list[ast.stmt] = []
    # A magic in the body is not Python.
    with suppress(SyntaxError):
        statements = ast.parse(body).body
    for last in statements[-1:]:
        made = last.targets[0] if isinstance(last, ast.Assign) else None
        name = made.id if isinstance(made, ast.Name) else getattr(last, "name", "")
        if callable(namespace.get(name)) or hasattr(namespace.get(name), "walk"):
            return f"End the cell with {name}."
    return _END_HINT


def composition_of(last: LastValue, path: str) -> Composition:
    """Return the last value of the cell as a composition.

    ``path`` is the name that the cell declares. Raises InputError if the value is not a composition
    or has another name.
    """
    from jupyter_faas.composer import Composition, NamedComposition
    from jupyter_faas.workspace.compositions.files import root_of

    value = last.value
    if isinstance(value, NamedComposition) and value.name != path:
        package, _, base = value.name.rpartition("/")
        line = f"%%composition {base} --package {package}" if package else f"%%composition {base}"
        raise InputError(
            f"The cell is for {path}, but it ends with a composition named {value.name}.",
            hint=f"Write {line}, or end the cell with sequence(…).",
        )
    # A function becomes an inline step. A handle, which is also callable, becomes a call of its
    # action.
    if isinstance(value, (Composition, str, list, tuple)) or callable(value):
        return root_of(value)
    found = "None" if value is None else f"a value of type {type(value).__name__}"
    raise InputError(f"The cell ends with {found}, which is not a composition.", hint=_END_HINT)


def _package(
    session: NotebookSession,
    cell: ExecutedCell[CompositionOptions],
    composition: Composition,
    progress: Progress,
) -> Packaged:
    from jupyter_faas.workspace import CompositionRequest

    options, shell = cell.options, session.shell
    request = CompositionRequest(
        cell.text,
        options,
        notebook=cell.notebook,
        cell_id=cell.id,
        root=Path.cwd(),
        origins=session.cells.origins,
        notebook_functions=session.packages(),
    )
    progress(f"Packaging {options.path}…")
    return session.workspace.package_composition(
        request, composition, shell.user_ns, progress=progress
    )


def _values_read(
    last: LastValue | None, composition: Composition, namespace: dict[str, Any]
) -> tuple[str, ...]:
    """Return the names whose values determine the composition.

    These are the names in the last expression and the names of inline functions. Packaged functions
    are left out, because only their names are used. Named compositions are included, because the
    package contains them.
    """
    from jupyter_faas.composer import NamedComposition

    if last is None:
        return ()
    found = ((name, namespace[name]) for name in last.names if name in namespace)
    read = [
        name
        for name, value in found
        if isinstance(value, NamedComposition)
        or not (isinstance(value, ModuleType) or hasattr(value, "__faas_action__"))
    ]
    inline = (
        name for name, function in _inline_functions(composition) if namespace.get(name) is function
    )
    return tuple(dict.fromkeys([*read, *inline]))


def _check_current(entry: PackagedComposition, namespace: dict[str, Any]) -> None:
    """Raise InputError if the re-evaluated composition still uses an outdated inline function.

    This happens if an earlier line of the cell read the function, because only the last expression
    is re-evaluated.
    """
    for name, function in _inline_functions(entry.composition):
        if name in entry.reads and namespace.get(name, function) is not function:
            raise InputError(
                f"{name} was redefined after {entry.name} was created from it.",
                hint=f"Run the %%composition {entry.variable} cell again.",
            )


def _inline_functions(composition: Composition) -> list[tuple[str, Any]]:
    from jupyter_faas.composer import inline_functions

    return [(getattr(one, "__name__", ""), one) for _, one in inline_functions(composition)]
