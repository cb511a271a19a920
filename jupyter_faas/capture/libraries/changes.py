"""The entries of captured.py that repeat what the notebook has changed in its libraries."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Set

from jupyter_faas.capture.analysis.names import Usage
from jupyter_faas.capture.captured_names import CapturedName
from jupyter_faas.capture.context import CaptureContext
from jupyter_faas.capture.data import DataTooLarge
from jupyter_faas.capture.libraries.extensions import Extension, find_extensions, is_of_tqdm
from jupyter_faas.capture.libraries.process_settings import process_settings
from jupyter_faas.capture.libraries.settings import changed_settings
from jupyter_faas.capture.source.cells import ExecutedCells
from jupyter_faas.capture.values.expressions import ExpressionWriter
from jupyter_faas.capture.values.literals import NotLiteral, TooLong


class LibraryChanges:
    """A finder of changed settings and of methods that were added to library classes."""

    def __init__(
        self, context: CaptureContext, values: ExpressionWriter, cells: ExecutedCells
    ) -> None:
        self._context = context
        self._values = values
        self._cells = cells

    def settings(self, needed: Set[str], read: Collection[str]) -> Iterator[CapturedName]:
        """Yield an entry for the changed settings of each of the ``needed`` modules.

        ``read`` contains the names and attributes that the code reads. Settings of the process that
        this code depends on are added.
        """
        library, write = self._context.library, self._write
        cells = [cell.text for cell in self._cells.newest_first()]
        for one in (
            *changed_settings(needed, library, write),
            *process_settings(read, cells, library, write),
        ):
            entry = CapturedName(
                one.name,
                "constant",
                Usage(((one.module, ()),)),
                text=one.text,
                size=len(one.text.encode()),
                libraries=frozenset({one.module, *one.libraries}),
            )
            shown = [f"{key} = {value}" for key, value in one.values.items()]
            entry.part = ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if shown[3:] else "")
            yield entry

    def extensions(
        self, members: Collection[str], known: Collection[str]
    ) -> Iterator[CapturedName]:
        """Yield an entry for each extension that the attribute names ``members`` read.

        Entries in ``known`` are left out.
        """
        for one in find_extensions(members):
            entry = self._extension(one)
            if entry.name not in known:
                yield entry

    def _extension(self, one: Extension) -> CapturedName:
        usage = Usage((("", ()),))
        if one.module == "__main__":
            return self._own(one, usage)
        if is_of_tqdm(one):
            text = f"{self._context.library('tqdm')}.tqdm.pandas()"
            libraries = frozenset({"tqdm", one.library})
            return CapturedName("tqdm.pandas()", "constant", usage, text=text, libraries=libraries)
        modules = tuple(self._imported(one.module))
        text = "\n".join(map(self._context.library_import, modules))
        name = f"{one.name} of {modules[0]}"
        return CapturedName(name, "import", usage, text=text, modules=modules)

    def _own(self, one: Extension, usage: Usage) -> CapturedName:
        """Return the entry for a function or class of the notebook."""
        name = self._values.reference(one.name, one.code, one.member)
        owner = self._aliased(one.owner)
        if one.register:
            register = f'{self._aliased(one.register)}("{one.member}")({name})'
            # The decorator of the class registers it as well, and a second time would warn.
            text = f'hasattr({owner}, "{one.member}") or {register}'
        else:
            text = f"{owner}.{one.member} = {f'property({name})' if one.is_property else name}"
        return CapturedName(
            one.name,
            "object",
            usage,
            one,
            text,
            len(text.encode()),
            needs_now=frozenset({name}),
            libraries=frozenset({one.library}),
        )

    def _aliased(self, path: str) -> str:
        library, _, rest = path.partition(".")
        return f"{self._context.library(library)}.{rest}"

    def _imported(self, module: str) -> list[str]:
        """Return the modules of a library that the notebook imports, or its top-level module.

        The import of one of them has added the extension.
        """
        top = module.partition(".")[0]
        found: dict[str, None] = {}
        for cell in self._cells.newest_first():
            for node in cell.statements():
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names = [node.module]
                found.update((name, None) for name in names if name.partition(".")[0] == top)
        return sorted(found) or [top]

    def _write(self, value: object) -> str | None:
        try:
            written = self._values.write("settings", value)
        except (NotLiteral, TooLong, DataTooLarge):
            return None
        # A setting that needs an object of the notebook is left out.
        return None if written.names or written.libraries else written.text
