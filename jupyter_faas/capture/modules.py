"""The modules that a cell needs: requirements, and local files that must be included."""

from __future__ import annotations

import ast
from pathlib import Path

from jupyter_faas.capture.cells import parse
from jupyter_faas.capture.imported import find_imports
from jupyter_faas.capture.includes import Includes, same_file
from jupyter_faas.capture.requirements import ModuleHome, ModuleIndex, Requirement
from jupyter_faas.errors import CaptureError


class NeededModules:
    """Collects requirements, and puts local modules into their place in the package."""

    def __init__(self, includes: Includes, index: ModuleIndex) -> None:
        self._includes = includes
        self._index = index
        self._requirements: dict[str, Requirement] = {}
        self._seen: set[Path] = set()

    def requirements(self) -> tuple[Requirement, ...]:
        """One per distribution, sorted by name."""
        return tuple(sorted(self._requirements.values(), key=lambda r: r.distribution.lower()))

    def is_local(self, module: str) -> bool:
        """Whether a module is the user's own: beside the notebook, or installed in place."""
        return self._index.find(module).kind == "local"

    def lost_path(self, path: Path) -> str | None:
        """The way out for a path to a file or folder of this machine that does not travel."""
        return self._includes.lost_path(path)

    def need(self, module: str, where: str, *, guarded: bool = False) -> int:
        """Note that ``where`` (``line 3 imports``) needs ``module``; bytes of a local one.

        Raises CaptureError for a module that is not installed, unless ``guarded``, and for a
        local one that no ``--include`` gives.
        """
        home = self._index.find(module)
        if home.requirement is not None:
            self._requirements.setdefault(home.requirement.distribution, home.requirement)
        elif home.kind == "missing" and not guarded:
            raise CaptureError(
                f"{where} {module}, which is not installed here.",
                hint="Install it, or catch the ImportError where it may be absent.",
            )
        elif home.kind == "local":
            return self._need_local(home, where)
        return 0

    def need_imports(self, tree: ast.Module, owner: str) -> None:
        """The import statements inside the cell or a helper; ``owner`` follows the line number."""
        for imported in find_imports(tree):
            if imported.star:
                raise CaptureError(
                    f"Line {imported.line} of {owner} imports *, which hides where names come "
                    "from.",
                    hint="Import the names that you use.",
                )
            if imported.module.startswith("."):
                raise CaptureError(
                    f"Line {imported.line} of {owner} imports {imported.module}, relative to a "
                    "package, and a cell has none.",
                    hint="Import it by its full name.",
                )
            where = f"Line {imported.line} of {owner} imports"
            self.need(imported.module, where, guarded=imported.guarded)

    def _need_local(self, home: ModuleHome, where: str) -> int:
        path = same_file(home.path or Path(home.top))
        spelled = self._includes.spelled(path)
        if not self._includes.covers(path):
            raise CaptureError(
                f"{where} {home.module}, a module of yours that is not installed as a package "
                f"({path.name}).",
                hint=f"Take it along: --include {spelled}",
            )
        files = self._includes.place_module(path)
        if path not in self._seen:
            self._seen.add(path)
            for file in files:
                if file.suffix == ".py" and "tests" not in file.relative_to(path.parent).parts:
                    self._need_imports_of(file)
        return sum(file.stat().st_size for file in files)

    def _need_imports_of(self, file: Path) -> None:
        try:
            tree = parse(file.read_bytes())
        except (SyntaxError, ValueError) as error:
            raise CaptureError(f"{file.name} is not Python: {error}.") from None
        for imported in find_imports(tree):
            if not imported.module.startswith("."):
                # Not every part of an included package runs, so what is absent may be unneeded.
                self.need(imported.module, f"{file.name} imports", guarded=True)
