"""The modules that a cell needs, as requirements or as local files to include."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_faas.capture.analysis.imports import find_imports
from jupyter_faas.capture.dependencies import imports as provided
from jupyter_faas.capture.dependencies.includes import Includes, same_file
from jupyter_faas.capture.dependencies.requirements import (
    ModuleIndex,
    ModuleLocation,
    Requirement,
    distribution_of,
    read_required,
)
from jupyter_faas.capture.source.cells import parse
from jupyter_faas.capture.source.module_edits import difference, is_edited
from jupyter_faas.errors import CaptureError


class NeededModules:
    """A collector of requirements that also adds the user's own modules to the package."""

    def __init__(self, includes: Includes, index: ModuleIndex) -> None:
        self._includes = includes
        self._index = index
        self._requirements: dict[str, Requirement] = {}
        self._seen: set[Path] = set()
        # The top-level modules that the package imports, including those of Python.
        self.imported: set[str] = set()
        # This is true if the action reads or writes images. Its package then needs our image code.
        self.images = False

    def requirements(self) -> tuple[Requirement, ...]:
        """Return one requirement per distribution, sorted case-insensitively by name."""
        return tuple(sorted(self._requirements.values(), key=lambda r: r.distribution.lower()))

    def require(self, texts: Sequence[str]) -> None:
        """Add the distributions named by ``--require``.

        Raises CaptureError when a distribution cannot be pinned.
        """
        # setdefault keeps an earlier requirement, whose ``why`` names the import in the code.
        for one in read_required(texts):
            self._requirements.setdefault(one.distribution, one)

    def is_local(self, module: str) -> bool:
        """Return whether a module is the user's own, such as a file next to the notebook.

        Modules from editable installs are local too.
        """
        return self._index.find(module).kind == "local"

    def is_available(self, module: str) -> bool:
        """Return whether a package can require a module: it is installed, or part of Python."""
        return self._index.find(module).kind not in ("missing", "local")

    def lost_path(self, path: Path, place: str = "") -> str | None:
        """Return a hint for a path that does not exist in an action, or None if none is needed.

        ``place`` is the variable that holds the path.
        """
        return self._includes.lost_path(path, place)

    def inside(self, path: Path) -> Path | None:
        """Return an existing absolute path in the notebook's folder relative to it, or None."""
        return self._includes.inside(path)

    def need(self, module: str, where: str, why: str, *, guarded: bool = False) -> None:
        """Add ``module``, which the code at ``where`` (``line 3 imports``) needs.

        ``where`` is the start of the error message, and ``why`` is the reason that the card shows.
        ``guarded`` is true if the code catches the ImportError. Raises CaptureError for a module
        that is not installed, unless ``guarded`` is true.
        """
        if module.partition(".")[0] == provided.MODULE:
            self._need_provided(module, where)
            return
        self.imported.add(module.partition(".")[0])
        home = self._index.find(module)
        if home.requirement is not None:
            told = replace(home.requirement, why=why)
            self._requirements.setdefault(told.distribution, told)
        elif home.kind == "missing" and not guarded:
            raise CaptureError(
                f"{where} {module}, which is not installed here.",
                hint=f"Install it in a cell: %pip install {distribution_of(module)}\nIf the "
                "module is optional, catch the ImportError instead.",
            )
        elif home.kind == "local":
            self._need_local(home, why)

    def keras_backend(self) -> str:
        """Return the name of the backend that Keras uses in the notebook, and require it.

        Return "" if the package does not require Keras.
        """
        keras: Any = sys.modules.get("keras")
        if keras is None or "keras" not in self._requirements:
            return ""
        backend = str(keras.backend.backend())
        self.need(backend, "Keras imports", "the backend of Keras")
        return backend

    def need_images(self, who: str) -> None:
        """Add the libraries for images, which ``who`` (such as ``The parameter photo``) needs.

        Raises CaptureError if Pillow is not installed.
        """
        self.images = True
        # ``need`` would also report that the module is missing, but as PIL, which is not the name
        # of the distribution to install.
        if self._index.find("PIL").kind == "missing":
            raise CaptureError(
                f"{who} needs Pillow, which is not installed here.",
                hint="Install it in a cell: %pip install pillow",
            )
        for module in ("PIL", "numpy"):
            self.need(module, "The package imports", "needed to read and create images")

    def _need_provided(self, module: str, where: str) -> None:
        # The package contains a small jupyter_faas module that has only the image functions.
        if module != provided.MODULE:
            raise CaptureError(
                f"{where} {module}, which works only in a notebook.",
                hint="Move that line to a separate cell, before this one. In an action, "
                f"jupyter_faas provides only {' and '.join(provided.NAMES)}.",
            )
        self.need_images(f"The image support of jupyter_faas ({' and '.join(provided.NAMES)})")

    def need_imports(self, tree: ast.Module, owner: str) -> None:
        """Add the modules that ``tree`` imports. ``owner`` names the cell in messages.

        Raises CaptureError for relative imports and modules that cannot be provided.
        """
        for imported in find_imports(tree):
            if imported.module.startswith("."):
                raise CaptureError(
                    f"Line {imported.line} of {owner} contains a relative import (from "
                    f"{imported.module} import …), which does not work in a cell.",
                    hint=f"Write from {module} instead of from {imported.module}."
                    if (module := imported.module.lstrip("."))
                    else f"Write import NAME instead of from {imported.module} import NAME.",
                )
            where = f"Line {imported.line} of {owner} imports"
            why = f"imported on line {imported.line} of {owner}"
            self.need(imported.module, where, why, guarded=imported.guarded)

    def _need_local(self, home: ModuleLocation, why: str) -> None:
        path = same_file(home.path or Path(home.top))
        if not self._includes.covers(path):
            self._includes.add_module(path, why)
        files = self._includes.place_module(path)
        # Modules can import each other, so each module is marked as seen before its imports are
        # followed.
        if path not in self._seen:
            self._seen.add(path)
            for file in files:
                # Tests import modules such as pytest, which the action does not need.
                if file.suffix == ".py" and "tests" not in file.relative_to(path.parent).parts:
                    self._need_imports_of(file, path.parent)

    def _need_imports_of(self, file: Path, folder: Path) -> None:
        name = file.relative_to(folder).as_posix()
        try:
            tree = parse(file.read_bytes())
        except SyntaxError as error:
            raise CaptureError(
                f"{name}, line {error.lineno}, is not valid Python: {error.msg}."
            ) from None
        except ValueError as error:
            raise CaptureError(f"{name} is not valid Python: {error}.") from None
        # The package would contain the edited file, but the notebook used the imported module.
        changed = difference(tree, file)
        if changed is not None and is_edited(file):
            raise CaptureError(
                f"{name} was edited after the notebook imported it: {changed} has changed.",
                hint="Restart the kernel and run the notebook again.",
            )
        if changed is not None:
            raise CaptureError(
                f"The notebook imported {name} and then changed {changed}, so its value differs "
                "from the one in the file.",
                hint=f"Move the line that sets {_dotted(name)}.{changed} into the function, "
                "restart the kernel and run the notebook again.",
            )
        for imported in find_imports(tree):
            if not imported.module.startswith("."):
                # The action might not use this file, so a missing module is not an error here.
                why = f"imported by {name}"
                self.need(imported.module, f"{name} imports", why, guarded=True)


def _dotted(path: str) -> str:
    """Return the name of the module in a file, such as ``pkg.units`` for ``pkg/units.py``."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
