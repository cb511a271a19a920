"""The import statements of captured names, written once all their uses are known."""

from __future__ import annotations

import types
from collections.abc import Mapping, Set

from jupyter_faas.capture import refusals
from jupyter_faas.capture.dependencies.imports import MODULE, NAMES, import_of_module
from jupyter_faas.capture.dependencies.modules import NeededModules
from jupyter_faas.capture.pieces import Piece

Chains = Mapping[str, Set[tuple[str, ...]]]


def write_imports(pieces: Mapping[str, Piece], chains: Chains, modules: NeededModules) -> None:
    """Give each imported piece its statements, and note the modules that all pieces need.

    ``chains`` are the attributes that are read from each name, so that ``import a`` also brings
    the submodules in use. Raises CaptureError, naming the piece.
    """
    for piece in pieces.values():
        for library in sorted(piece.libraries):
            where = f"{piece.usage.sentence(piece.name)}: it is written with"
            modules.need(library, where, f"{piece.name} is made with it")
        if piece.kind != "import":
            continue
        if isinstance(piece.value, types.ModuleType):
            _write_module(piece, piece.value, chains.get(piece.name, set()))
        where = f"{piece.usage.sentence(piece.name)}: it comes from"
        for module in piece.modules:
            modules.need(module, where, f"{piece.name}, {piece.usage.why()}")


def _write_module(piece: Piece, module: types.ModuleType, chains: Set[tuple[str, ...]]) -> None:
    if module.__name__ == MODULE:
        _check_provided(piece, {chain[0] for chain in chains})
    found = import_of_module(piece.name, module, chains)
    if found is None:
        raise refusals.refuse(piece.name, module, piece.usage)
    piece.text, piece.modules = "\n".join(found.lines), found.modules


def _check_provided(piece: Piece, asked: Set[str]) -> None:
    for attribute in sorted(asked - set(NAMES)):
        raise refusals.refuse_because(
            f"{piece.name}.{attribute}",
            "works only in a notebook",
            piece.usage,
            f"In an action, jupyter_faas has {' and '.join(NAMES)}.",
        )
