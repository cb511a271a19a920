"""What every cell that packages leaves behind: a card, a name in the notebook, its measurement."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_faas.magics.card_updates import measure
from jupyter_faas.magics.composition_calls import tell_state
from jupyter_faas.magics.progress import Place, Progress, progress_in
from jupyter_faas.widgets import Output, prepare_widgets

if TYPE_CHECKING:
    from jupyter_faas.magics.handles import Handle, Verbs
    from jupyter_faas.magics.packaged_cells import PackagedCell
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.workspace import Packaged


@dataclass(frozen=True)
class NewCard:
    """The card to come, whose place shows meanwhile what is being done."""

    session: NotebookSession
    place: Place
    say: Progress

    def output(self, packaged: Packaged, verbs: Verbs) -> Output:
        """The card of a package, with what this kernel knows of its action."""
        path = packaged.record.name
        return Output(
            {**packaged.card, "deployed": self.session.deployed_here(path)},
            display_id=self.place.display_id,
            with_widget=self.session.with_widgets,
            measuring=self.session.measures,
            actions=verbs.card_actions(path),
        )

    def show(self, known: PackagedCell, handle: Handle) -> None:
        """Show it, know it from now on, and bind the handle to its name where that is one."""
        session, name = self.session, known.base_name
        known.output.show(replace=self.place.take_over())
        session.add(known)
        tell_state(session, known.name, "notebook", instead_of="missing")
        if name.isidentifier() and not keyword.iskeyword(name):
            session.shell.user_ns[name] = handle
        if session.measures:
            measure(session, known)


@contextmanager
def new_card(session: NotebookSession) -> Iterator[NewCard]:
    """Within the block ``say`` tells what is being done; ``output`` and ``show`` come after it."""
    session.begin_playground()
    if session.with_widgets:
        prepare_widgets()
    place = session.new_place()
    with progress_in(place) as say:
        yield NewCard(session, place, say)
