"""Which of a notebook's functions a person means, who may leave a package out."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_faas.errors import InputError


def functions_meant(asked: str, names: Iterable[str]) -> list[str]:
    """Those of ``names`` that ``asked`` may mean: itself, else those of that name in a package.

    >>> functions_meant("iris", ["models/iris", "hello"])
    ['models/iris']

    For functions of a notebook only: on a target, ``iris`` is never ``models/iris``.
    """
    known = list(names)
    if asked in known:
        return [asked]
    return [name for name in known if name.rpartition("/")[2] == asked]


def pick_function(asked: str, names: Iterable[str]) -> str:
    """The one of ``names`` that is meant. Raises InputError when there is none, or several."""
    known = sorted(names)
    meant = functions_meant(asked, known)
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise InputError(
            f"This notebook has {len(meant)} functions {asked!r}.",
            hint=f"Say which: {', '.join(meant)}.",
        )
    here = f" Here: {', '.join(known)}." if known else ""
    raise InputError(
        f"This notebook has no packaged function {asked!r}.",
        hint=f"Run its %%function or %%composition cell first.{here}",
    )
