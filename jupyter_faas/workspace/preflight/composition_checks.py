"""The rows of a preflight that only compositions have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from jupyter_faas.bundle import can_run, composition_of
from jupyter_faas.workspace import text
from jupyter_faas.workspace.compositions.npm_composer import INSTALL
from jupyter_faas.workspace.preflight.report import Check

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle
    from jupyter_faas.workspace.preflight.preflight import Place

_MB = 1024 * 1024
_IN_PARTS = "Deploy parts of it under names of their own, and call those."


def composition_checks(bundle: Bundle, place: Place) -> Iterator[Check]:
    """Whether it has a conductor, how many actions it calls at least, and how large its graph is.

    None for a function.
    """
    from jupyter_faas.composer import javascript_functions, least_calls, parse

    document = composition_of(bundle)
    if document is None:
        return
    node = parse(document["ast"])
    if not can_run(bundle):
        yield _no_conductor([f"root{path}" for path in javascript_functions(node)])
    least, most = least_calls(node), place.limits.max_sequence_length
    fits = least <= most
    yield Check(
        "Components",
        f"at least {least}",
        f"of {most} in one session",
        ok=fits,
        says="" if fits else f"it calls at least {least} actions, and {most} are allowed",
        hint=""
        if fits
        else "Let some of them run in compositions of their own, with asynchronous or parallel.",
    )
    count, most = len(json.dumps(document["ast"]).encode()), place.limits.max_annotation_bytes
    if count > most:
        yield Check(
            "Graph",
            text.size(count),
            f"of {most // _MB} MB of annotations",
            ok=False,
            says=f"its graph takes {text.size(count)}, and {most // _MB} MB are allowed",
            hint=_IN_PARTS,
        )


def _no_conductor(places: list[str]) -> Check:
    are, them = ("are JavaScript functions", "them")
    if len(places) == 1:
        are, them = ("is a JavaScript function", "it")
    return Check(
        "Conductor",
        "none",
        "npm Composer makes those for JavaScript",
        ok=False,
        says=f"{', '.join(places)} {are}, and npm Composer is not here to run {them}",
        hint=f"Install it beside the notebook ({INSTALL}) and run the cell again, or write {them} "
        "in Python.",
    )
