"""From a ``%%composition`` cell to a card: what the cell composed, packaged, with its handle."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError
from jupyter_faas.magics.cards import new_card
from jupyter_faas.magics.cells.cell_body import LastValue, evaluate_body
from jupyter_faas.magics.cells.composition_namespace import NAMES, check_called, combinators_in
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

_END = 'End the cell with one, such as: sequence("first", "second")'
_CALLED_WRONGLY = re.compile(r"(\w+)\(\) ")


def compose_cell(
    session: NotebookSession,
    verbs: Verbs,
    cell: ExecutedCell[CompositionOptions],
    magic_line: str,
    body: str,
) -> PackagedComposition:
    """Run the cell, package what it composes, show its card, bind its handle.

    Raises InputError when it composes nothing, CompositionError for what cannot be composed, and
    what ``Workspace.package_composition`` raises.
    """
    shell, options = session.shell, cell.options
    check_called(body, shell.user_ns)
    with combinators_in(shell.user_ns, body), _combinators_called_rightly():
        last = evaluate_body(shell, magic_line, body)
    if options.source is not None:
        from jupyter_faas.workspace.compositions.files import read_json

        composition, last = read_json(Path(options.source)), None
    else:
        composition = composed(last, options.path)
    with new_card(session) as new:
        packaged = _package(session, cell, composition, new.say)
    known = PackagedComposition(
        cell=cell,
        executed_at=session.clock_ms(),
        packaged=packaged,
        output=new.output(packaged, verbs),
        composition=composition,
        last=last,
        reads=_values_read(last, composition, shell.user_ns),
    )
    new.show(known, CompositionHandle(composition, known.name, verbs=verbs))
    return known


def compose_again(session: NotebookSession, known: PackagedComposition, say: Progress) -> None:
    """Package it as the notebook is now: the cell's last expression is evaluated anew."""
    shell, options = session.shell, known.cell.options
    if known.last is not None:
        with combinators_in(shell.user_ns), _combinators_called_rightly():
            value = known.last.again()
        known.composition = composed(replace(known.last, value=value), options.path)
        _check_current(known, shell.user_ns)
    elif options.source is not None:
        from jupyter_faas.workspace.compositions.files import read_json

        known.composition = read_json(Path(options.source))
    known.packaged = _package(session, known.cell, known.composition, say)
    handle = shell.user_ns.get(known.base_name)
    if isinstance(handle, CompositionHandle):
        handle.composition = known.composition


def composed(last: LastValue | None, path: str) -> Composition:
    """What a cell for ``path`` ends with, as a composition. Raises InputError when it is none."""
    from jupyter_faas.composer import Composition, NamedComposition
    from jupyter_faas.workspace.compositions.files import root_of

    if last is None:
        raise InputError("The cell does not end with a composition.", hint=_END)
    value = last.value
    if isinstance(value, NamedComposition) and value.name != path:
        package, _, base = value.name.rpartition("/")
        line = f"%%composition {base} --package {package}" if package else f"%%composition {base}"
        raise InputError(
            f"The cell is for {path}, and the composition that it ends with is called "
            f"{value.name}.",
            hint=f"Write {line}, or end the cell with sequence(…).",
        )
    # A handle is callable as well: it stands for a call of its action.
    if isinstance(value, (Composition, str)) or callable(value):
        return root_of(value)
    found = "None" if value is None else f"a value of type {type(value).__name__}"
    raise InputError(f"The cell ends with {found}, which is no composition.", hint=_END)


def _package(
    session: NotebookSession,
    cell: ExecutedCell[CompositionOptions],
    composition: Composition,
    say: Progress,
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
    say(f"Packaging {options.path}…")
    return session.workspace.package_composition(request, composition, shell.user_ns, progress=say)


def _values_read(
    last: LastValue | None, composition: Composition, namespace: dict[str, Any]
) -> tuple[str, ...]:
    """The names whose values shape it: those in the expression, and its inline functions' own.

    Of a packaged function only the name counts; a composition with a name travels along.
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
    inline = (name for name, function in _named(composition) if namespace.get(name) is function)
    return tuple(dict.fromkeys([*read, *inline]))


def _check_current(known: PackagedComposition, namespace: dict[str, Any]) -> None:
    """Raise InputError where the expression, evaluated anew, still holds an earlier function."""
    for name, function in _named(known.composition):
        if name in known.reads and namespace.get(name, function) is not function:
            raise InputError(
                f"{name} was defined anew after {known.name} was composed of it.",
                hint=f"Run the %%composition {known.base_name} cell again.",
            )


def _named(composition: Composition) -> list[tuple[str, Any]]:
    from jupyter_faas.composer import inline_functions

    return [(getattr(one, "__name__", ""), one) for _, one in inline_functions(composition)]


@contextmanager
def _combinators_called_rightly() -> Iterator[None]:
    """Say in one sentence what Python says with a traceback into our files."""
    from jupyter_faas import composer

    try:
        yield
    except TypeError as error:
        called = _CALLED_WRONGLY.match(str(error))
        combinator = getattr(composer, called[1], None) if called and called[1] in NAMES else None
        if called is None or combinator is None:
            raise
        raise InputError(
            f"{error}.", hint=f"It is {called[1]}{_parameters(combinator)}."
        ) from error


def _parameters(combinator: Any) -> inspect.Signature:
    """``(test, consequent, alternate=None)``: without types, which say little here."""
    signature = inspect.signature(combinator)
    bare = [one.replace(annotation=one.empty) for one in signature.parameters.values()]
    return inspect.Signature(bare)
