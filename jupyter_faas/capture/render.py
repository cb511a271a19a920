"""The text of captured.py: readable, and the same for the same pieces."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_faas.capture.context import Surroundings
from jupyter_faas.capture.pieces import Piece, definition_order, is_array
from jupyter_faas.capture.values.instances import RESTORED, RESTORED_TEXT


def render(
    name: str,
    pieces: Mapping[str, Piece],
    surroundings: Surroundings,
    *,
    future_annotations: bool,
    cell_file: str = "function.py",
) -> str:
    """captured.py: models and arrays, imports, constants, then definitions in the right order.

    What it needs itself (numpy, ``load_model``) comes first, so that a name of the notebook that
    is spelled alike replaces it and not the other way round.
    """
    blocks = [f"# What {name} uses from its notebook. Generated; the cell is in {cell_file}."]
    if future_annotations:
        blocks.append("from __future__ import annotations")
    blocks += _loaded(pieces, surroundings)
    imports = dict.fromkeys(
        line for piece in _of(pieces, "import") for line in piece.text.splitlines()
    )
    blocks.append("\n".join(imports))
    # What needs a class or a function to exist first stands among them.
    plain = [piece for piece in _of(pieces, "constant") if not piece.needs_now]
    blocks.append("\n".join(piece.text for piece in plain))
    definitions = {
        piece.name: piece
        for piece in _of(pieces, "function", "class", "constant", "object")
        if piece not in plain
    }
    text = "\n\n".join(block for block in blocks if block) + "\n"
    if any(f"{RESTORED}(" in piece.text for piece in definitions.values()):
        text += f"\n\n{RESTORED_TEXT}\n"
    return text + "".join(f"\n\n{definitions[key].text}\n" for key in _order(definitions))


def _order(definitions: Mapping[str, Piece]) -> list[str]:
    # A text that leaves a name behind must stand before the one that gives that name for good.
    left = {piece.leaves: name for name, piece in definitions.items() if piece.leaves}
    return definition_order(
        {
            key: {*piece.needs_now, *([left[key]] if left.get(key, key) != key else [])}
            for key, piece in definitions.items()
        },
        {key: piece.needs_later for key, piece in definitions.items()},
    )


def _of(pieces: Mapping[str, Piece], *kinds: str) -> list[Piece]:
    return [piece for piece in pieces.values() if piece.kind in kinds]


def _loaded(pieces: Mapping[str, Piece], surroundings: Surroundings) -> list[str]:
    models, arrays = _of(pieces, "model"), _of(pieces, "array")
    helpers = []
    if arrays:
        path = "Path" if "Path" not in pieces or pieces["Path"].kind == "import" else "Path_"
        helpers.append("from pathlib import Path" + ("" if path == "Path" else f" as {path}"))
        folder = f'{path}(__file__).parent / "data"'
    libraries = {library for piece in pieces.values() for library in piece.libraries}
    libraries |= {"numpy"} if arrays else set()
    # numpy first, as packages had it before there were others.
    ordered = sorted(libraries, key=lambda one: (one != "numpy", one))
    helpers += map(surroundings.library_import, ordered)
    if models:
        helpers.append("from faas_models import load_model")
    lines = [f'{piece.name} = load_model("{piece.same_as or piece.name}")' for piece in models]
    for piece in arrays:
        file = f'{folder} / "{piece.name}.npy"'
        scalar = "" if _is_whole(piece.value) else "[()]"
        load = f"{surroundings.library('numpy')}.load"
        lines.append(f"{piece.name} = {load}({file}, allow_pickle=False){scalar}")
    return ["\n".join(helpers), "\n".join(lines)]


def _is_whole(value: object) -> bool:
    """Whether it is an array; a numpy scalar is saved as an array of no dimensions."""
    return is_array(value) and type(value).__name__ == "ndarray"
