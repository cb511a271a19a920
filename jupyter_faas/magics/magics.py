"""The IPython magics ``%%function``, ``%%composition`` and ``%faas``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand

from jupyter_faas.garbage import skip_old_objects
from jupyter_faas.magics.cells.cell_body import run_body
from jupyter_faas.magics.cells.cell_log import cell_id, cell_text, notebook_file
from jupyter_faas.magics.cells.expansion import (
    check_references,
    expand,
    expand_words,
    names_of,
)
from jupyter_faas.magics.cells.expressions import check_expressions
from jupyter_faas.magics.cells.line_parser import split_words
from jupyter_faas.magics.cells.options import (
    EXPRESSIONS,
    composition_parser,
    function_parser,
    parse_composition_line,
    parse_function_line,
)
from jupyter_faas.magics.packaged_cells import ExecutedCell

if TYPE_CHECKING:
    from jupyter_faas.composer import NamedComposition
    from jupyter_faas.composer.named_composition import Verbs
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.widgets import DisplayValue
    from jupyter_faas.workspace.batches.results import BatchResults
    from jupyter_faas.workspace.handover.remote_function import RemoteFunction
    from jupyter_faas.workspace.options import Options


# All magics here have ``no_var_expand``, because IPython would also expand JSON. Their lines are
# expanded by ``cells/expansion.py`` instead.
@magics_class
class FaasMagics(Magics):
    """The registered magics.

    This object holds the session, so that ``%unload_ext`` can find and close it.
    """

    def __init__(self, session: NotebookSession) -> None:
        from jupyter_faas.magics.verbs import NotebookVerbs

        super().__init__(session.shell)
        self.session = session
        self._verbs = NotebookVerbs(session)

    @no_var_expand
    @cell_magic
    def function(self, line: str, body: str) -> None:
        with self._line_of_cell():
            words, names = split_words(line), names_of(self.session.shell)
            check_references(words, names)
            expanded = expand_words(words, names, EXPRESSIONS)
            options = parse_function_line(expanded)
            if isinstance(options, str):
                print(options)  # noqa: T201 a notebook's own output
                return
            # The expressions are checked before the body runs, because the body may take minutes.
            check_expressions(options)
            if options.secrets:
                # The body and the function read the same environment variables as the action.
                self.session.workspace.secrets.provide(options.secrets)
        magic_line = f"%%function {line}".rstrip()
        with self._executed(options, magic_line, body) as cell:
            run_body(self.session.shell, magic_line, body)
            # The warm-up has often imported this module by the time the body has run.
            from jupyter_faas.magics.function_packaging import package_function_cell

            with skip_old_objects():
                package_function_cell(self.session, self._verbs, cell)
        if options.watch:
            self._verbs.deploy_dev(options.path)

    @no_var_expand
    @cell_magic
    def composition(self, line: str, body: str) -> None:
        with self._line_of_cell():
            names = names_of(self.session.shell)
            check_references(split_words(line), names)
            options = parse_composition_line(expand(line, names))
        if isinstance(options, str):
            print(options)  # noqa: T201 a notebook's own output
            return
        magic_line = f"%%composition {line}".rstrip()
        with self._executed(options, magic_line, body) as cell:
            from jupyter_faas.magics.composition_packaging import package_composition_cell

            package_composition_cell(self.session, self._verbs, cell, magic_line, body)

    @contextmanager
    def _line_of_cell(self) -> Iterator[None]:
        """Note that the cell failed if the block, which reads its line, does."""
        try:
            yield
        except BaseException:
            self.session.note_failed_cell(cell_id(self.session.shell))
            raise

    @contextmanager
    def _executed(
        self, options: Options, magic_line: str, body: str
    ) -> Iterator[ExecutedCell[Options]]:
        """Yield the cell to be packaged. Deploy it after the block if ``--deploy`` was given."""
        session, id_ = self.session, cell_id(self.session.shell)
        # The source of the cell may have changed, so its earlier package may no longer match.
        session.forget_cell(options, id_)
        try:
            yield ExecutedCell(
                text=cell_text(session.shell, magic_line, body),
                options=options,
                id=id_,
                notebook=notebook_file(session.shell, session.environment),
            )
        # This includes KeyboardInterrupt, because the front ends must learn that the earlier
        # package is gone.
        except BaseException:
            session.note_failed_cell(id_, options.path)
            raise
        if options.deploy:
            self._verbs.deploy_function(options.path)

    def verbs_of(self, named: NamedComposition) -> Verbs:
        """Return the verbs of a named composition: deploy, invoke, activations."""
        from jupyter_faas.magics.remote_handles import NotebookNamed

        return NotebookNamed(self.session, self._verbs, named)

    def remote(self, name: str) -> RemoteFunction:
        """Return a handle of a deployed function, even if another notebook deployed it."""
        from jupyter_faas.magics.remote_handles import remote_function

        return remote_function(self.session, self._verbs, name)

    @no_var_expand
    @line_magic
    def faas(self, line: str) -> DisplayValue | BatchResults | None:
        """Deploy and run functions. ``%faas`` lists the verbs, ``%faas VERB -h`` shows help."""
        from jupyter_faas.magics.faas_magic import run_line

        return run_line(self.session, self._verbs, expand(line, names_of(self.session.shell)))


# IPython shows the docstring for ``%%function?``.
FaasMagics.function.__doc__ = function_parser().format_help()
FaasMagics.composition.__doc__ = composition_parser().format_help()
