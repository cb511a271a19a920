"""ONNX files that a cell names in its own text: nothing of them would travel."""

from __future__ import annotations

import ast
from collections.abc import Collection
from pathlib import Path

from jupyter_faas.errors import CaptureError

_OPENERS = ("InferenceSession", "load", "load_model")


def check_literal_files(
    body: str, included: Collection[str], folder: Path, *, first_line: int
) -> None:
    """Refuse ``InferenceSession("model.onnx")`` in a cell unless that file is included.

    ``folder``: what relative paths are relative to. Raises CaptureError with the line and the
    ways out; files that are not there are left to the function, which may make them.
    """
    for node in ast.walk(ast.parse(body)):
        if not isinstance(node, ast.Call) or _called(node.func) not in _OPENERS or not node.args:
            continue
        given = node.args[0]
        if not isinstance(given, ast.Constant) or not isinstance(given.value, str):
            continue
        path = given.value
        if path.endswith(".onnx") and path not in included and (folder / path).is_file():
            raise CaptureError(
                f"Line {given.lineno + first_line - 1} of the cell opens {path}, which does not "
                "travel: only its name is in the cell.",
                hint=f'Name it in another cell (MODEL = "{path}") and use MODEL here, or take it '
                f"along with --include {path}.",
            )


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
