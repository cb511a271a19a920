"""Use kept inputs in the notebook: replay them with its functions, or assign one to a variable."""

from __future__ import annotations

import io
import keyword
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from time import perf_counter
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands.replay import about, missing
from jupyter_faas.errors import InputError
from jupyter_faas.magics.packaged_cells import PackagedFunction

if TYPE_CHECKING:
    from jupyter_faas.client import KeptInput
    from jupyter_faas.magics.session import NotebookSession

Answer = tuple[Any, bool, int]


def replay_functions(session: NotebookSession) -> dict[str, Callable[[Mapping[str, Any]], Answer]]:
    """Return the callables that run the notebook's functions in a replay, by function name."""
    return {
        name: _caller(session, entry)
        for name, entry in session.functions.items()
        if isinstance(entry, PackagedFunction)
    }


def _caller(
    session: NotebookSession, function: PackagedFunction
) -> Callable[[Mapping[str, Any]], Answer]:
    def call(params: Mapping[str, Any]) -> Answer:
        token = session.inside_a_function.set(True)
        begun = perf_counter()
        try:
            # The output of many runs would hide the table of results.
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                result = function.local.answer(params)
        finally:
            session.inside_a_function.reset(token)
        # The duration is at least 1 ms, because 0 would look as if the function had not run.
        return *result, max(1, round((perf_counter() - begun) * 1000))

    return call


def put_into_notebook(
    session: NotebookSession, found: KeptInput, variable: str | None
) -> tuple[str, ...]:
    """Set a variable to the input, offer a cell that uses it, and return lines about both.

    Without ``variable`` a free name is chosen. Raises InputError for an invalid variable name.
    """
    if variable is not None and (not variable.isidentifier() or keyword.iskeyword(variable)):
        raise InputError(
            f"{variable!r} is not a valid variable name.",
            hint=f"Choose another name, such as --as {_free_name(session)}",
        )
    name = variable or _free_name(session)
    session.shell.user_ns[name] = dict(found.params)
    session.debug_variables[name] = session.shell.user_ns[name]
    function = session.functions.get(found.name)
    base = found.name.rpartition("/")[2]
    lines = [f"{name} is {about(found)[0].lower()}{about(found)[1:]}{missing(found)}"]
    if not isinstance(function, PackagedFunction):
        again = f"%faas replay {found.name} --run {found.activation} --deployed"
        lines.append(f"To send it to the target again: {again}")
        if function is None:
            lines.append(f"To call {base} with it in this notebook, first run its cell.")
    else:
        style = function.packaged.spec["parameter_style"]
        call = f"{base}({name})" if style == "dictionary" else f"{base}(**{name})"
        if base.isidentifier():
            session.shell.set_next_input(call)
        lines.append(f"Run it in this notebook with: {call}")
    return tuple(lines)


def _free_name(session: NotebookSession) -> str:
    """Return ``params``, or the first of ``params_2``, ``params_3``, … that is not in use."""
    namespace = session.shell.user_ns
    name, number = "params", 1
    # A variable that an earlier ``%faas debug`` set may be overwritten, unless the user changed it.
    while name in namespace and session.debug_variables.get(name) is not namespace[name]:
        number += 1
        name = f"params_{number}"
    return name
