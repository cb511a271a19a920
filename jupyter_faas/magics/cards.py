"""The card below a cell: how a new one is shown, and what it learns after the cell has ended.

A new card takes the place in which the progress of packaging was shown. Afterwards the kernel asks
in the background what the target holds under the function's name, and measures a cold start.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import FaasError
from jupyter_faas.magics.composition_calls import look_at_calls, tell_state
from jupyter_faas.magics.packaged_cells import PackagedComposition
from jupyter_faas.magics.progress import Place, Progress, progress_in
from jupyter_faas.widgets import Output, prepare_widgets

if TYPE_CHECKING:
    from jupyter_faas.magics.handles import Handle, Verbs
    from jupyter_faas.magics.packaged_cells import PackagedCell
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.widgets import ActivationView
    from jupyter_faas.workspace import Packaged, Workspace


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


def measure(session: NotebookSession, function: PackagedCell) -> None:
    """Bring a card up to date, in the background."""
    package = function.package

    def work() -> None:
        if session.functions.get(function.name) is not function or function.package != package:
            return  # packaged anew meanwhile
        look_at_target(session, function)
        if isinstance(function, PackagedComposition):
            # Alone it does nothing that could be measured.
            if look_at_calls(session, function):
                session.unheard.put(function.output)
            return
        forecast = measure_package(session, package)
        if function.package == package:
            function.output.update(forecast=forecast)
            session.unheard.put(function.output)

    session.background.add(work)


def measure_package(session: NotebookSession, package: str) -> dict[str, Any]:
    """Measure a cold start in a fresh process (about a second) and tell the front ends."""
    forecast = session.workspace.forecast(package).to_json()
    session.front_ends.send({"event": "forecast", "package": package, "forecast": forecast})
    return forecast


def look_at_target(session: NotebookSession, function: PackagedCell) -> str | None:
    """Show on the card what the target holds under the function's name; its bundle's sha256."""
    try:
        found = [one for one in session.workspace.functions() if one.name == function.name]
    except FaasError:
        return None  # not running or not reachable: the card keeps what it knew
    if not found:
        return None
    one = found[0]
    deployed = {
        "version": one.version,
        "bundle": one.bundle,
        "url": one.url,
        "web_url": one.web_url,
        "updated": one.updated,
    }
    session.deployed[session.workspace.target_name, function.name] = deployed
    shown = function.output.payload
    # A card that was deployed elsewhere meanwhile tells of that place.
    if shown["target"]["name"] == session.workspace.target_name and shown["deployed"] != deployed:
        function.output.update(deployed=deployed)
        session.unheard.put(function.output)
    return one.bundle


def tell_drift(
    session: NotebookSession, view: ActivationView, workspace: Workspace | None = None
) -> None:
    """Whoever ran something else than this notebook's function is told so."""
    function = session.functions.get(view.record["name"])
    if function is None or workspace not in (None, session.workspace):
        return
    known = session.deployed_here(function.name)
    if known is not None and known["version"] == view.record["version"]:
        bundle = known["bundle"]
    else:
        bundle = look_at_target(session, function)
    if bundle is not None and bundle != function.packaged.bundle:
        print(  # noqa: T201 a notebook's own output
            f"{function.name} changed since deploy: that run was not of this notebook's "
            f"{function.WORD}. Deploy it with: %faas deploy {function.name}"
        )
