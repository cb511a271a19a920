"""``capture_functions``: from the functions that stand in a composition to what travels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_faas.capture.function import given_files
from jupyter_faas.capture.includes import read_includes
from jupyter_faas.capture.inline import InlineClosure, InlineFunction
from jupyter_faas.capture.modules import NeededModules
from jupyter_faas.capture.pieces import CapturedItem, array_bytes
from jupyter_faas.capture.render import render
from jupyter_faas.capture.requirements import ModuleIndex, Requirement
from jupyter_faas.capture.surroundings import Surroundings


@dataclass(frozen=True)
class CapturedFunctions:
    """Functions and what they need, ready to be packaged; fields as of a CapturedFunction.

    ``captured_source`` binds each function to its name.
    """

    items: tuple[CapturedItem, ...]
    captured_source: str
    requirements: tuple[Requirement, ...]
    arrays: Mapping[str, Any]
    includes: Mapping[str, bytes]
    images: bool = False
    ways: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    def array_files(self) -> dict[str, bytes]:
        """Array name to the bytes of its .npy file."""
        return {name: array_bytes(array) for name, array in self.arrays.items()}


def capture_functions(
    functions: Sequence[InlineFunction],
    namespace: Mapping[str, object],
    *,
    name: str,
    is_model: Callable[[object], bool],
    cell_file: str = "composition.py",
    includes: Sequence[Path] = (),
    requires: Sequence[str] = (),
    root: Path | None = None,
) -> CapturedFunctions:
    """What ``functions`` need from ``namespace``, in which the composition's cell has just run.

    Found as for a cell's function; only a model does not travel. ``includes``, ``requires`` and
    ``root`` as for ``capture``. Raises CaptureError, which names the variable, the place in the
    composition that uses it (``root[1] uses df on line 3``) and the way out.
    """
    files = read_includes(includes, root)
    modules = NeededModules(files, ModuleIndex())
    names = {**namespace, **{one.name: one.function for one in functions}}
    surroundings = Surroundings(names, is_model, modules)
    closure = InlineClosure(surroundings, functions)
    modules.require(requires)
    closure.collect_functions()
    arrays = {piece.name: piece.value for piece in closure.pieces.values() if piece.kind == "array"}
    if arrays:
        modules.need("numpy", "The package imports", "arrays are loaded with it")
    items = tuple(closure.items())
    return CapturedFunctions(
        items=(*items, *given_files(files)),
        captured_source=render(
            name,
            closure.pieces,
            surroundings,
            future_annotations=closure.future_annotations,
            cell_file=cell_file,
        ),
        requirements=modules.requirements(),
        arrays=arrays,
        includes=files.contents(),
        images=modules.images,
        ways={
            item.name: tuple(tuple(usage.steps()) for usage in closure.usages[item.name])
            for item in items
        },
    )
