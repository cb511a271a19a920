"""``%faas VERB``: the verbs' table, and what a notebook shows of each outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_faas.commands.table import Call, Help, Outcome, parse
from jupyter_faas.commands.values import parse_object, parse_pairs
from jupyter_faas.magics.cards import tell_drift
from jupyter_faas.magics.cells.line_parser import split_words, unquote
from jupyter_faas.magics.kept_inputs import callables, put_into_notebook
from jupyter_faas.magics.packaged_cells import PackagedFunction
from jupyter_faas.magics.progress import progress_in
from jupyter_faas.magics.verbs import NotebookVerbs, failed
from jupyter_faas.widgets import (
    ActivationsView,
    ActivationView,
    DiffView,
    DisplayValue,
    HistoryView,
    LocalRun,
    ReplayView,
    SessionsView,
)

if TYPE_CHECKING:
    from jupyter_faas.client import KeptInput
    from jupyter_faas.magics.progress import Place
    from jupyter_faas.magics.session import NotebookSession

# These reach no target, so that they work where a notebook runs only for its packages.
_ONLY_READING = ("show", "explain")


def run_line(session: NotebookSession, verbs: NotebookVerbs, line: str) -> DisplayValue | None:
    """Do what the line after ``%faas`` says; what was shown is also the magic's value.

    Raises InputError for a line that is not understood, ActivationFailed below the view of a run
    that failed, and what the verb raises.
    """
    call = parse("magic", [unquote(word) for word in split_words(line)])
    if isinstance(call, Help):
        print(call.text)  # noqa: T201 a notebook's own output
        return None
    if session.inert and call.verb.name not in _ONLY_READING:
        return _inert(session, verbs, call, line)
    workspace = session.workspace_at(call.arguments.target)
    place = session.new_place()
    first: list[str] = []
    with progress_in(place) as say:
        if call.verb.name == "deploy":
            meant = verbs.meant(call.arguments.name)
            verbs.freshen(meant, say)
            first = verbs.deploy_called(meant, say, workspace)
        if call.verb.name == "diff" and call.arguments.new is None:
            verbs.freshen_any(call.arguments.name, say)
        outcome = call.run(workspace, say, session.packages(), callables(session))
    verb = call.verb.name
    if verb == "invoke":
        view = _show_run(session, call, outcome, place)
        tell_drift(session, view, workspace)
        if outcome.failed:
            raise failed(view)
        return view
    if verb == "activations":
        place.clear()
        table = ActivationsView(outcome.value)  # type: ignore[arg-type]  # the verb's own promise
        table.show_now()
        return table
    if verb == "sessions":
        place.clear()
        sessions = SessionsView(outcome.value)  # type: ignore[arg-type]  # likewise
        sessions.show_now()
        return sessions
    if verb == "replay":
        place.clear()
        replayed = ReplayView(outcome.value)  # type: ignore[arg-type]  # likewise
        replayed.show_now()
        return replayed
    if verb == "debug":
        kept: KeptInput = outcome.value  # type: ignore[assignment]  # likewise
        place.finish(put_into_notebook(session, kept, call.arguments.variable))
        return None
    if verb in ("history", "diff"):
        place.clear()
        shown = (HistoryView if verb == "history" else DiffView)(outcome.value)  # type: ignore[arg-type]
        shown.show_now()
        return shown
    if verb in ("deploy", "rollback") or (verb == "compose" and call.arguments.deploy):
        verbs.after_deploy(outcome.value)  # type: ignore[arg-type]  # likewise
    if verb == "remove":
        verbs.after_remove(call.arguments.name, workspace.target_name)
    place.finish((*first, *outcome.lines))
    return None


def _show_run(
    session: NotebookSession, call: Call, outcome: Outcome, place: Place
) -> ActivationView:
    view = ActivationView.of(outcome.value.to_json())  # type: ignore[attr-defined]  # likewise
    session.front_ends.send({"event": "activation", "id": view.id})
    if call.arguments.result:
        place.finish(outcome.lines)
    else:
        view.show(
            display_id=place.display_id,
            replace=place.take_over(),
            with_widget=session.with_widgets,
        )
    view.mark_shown()
    return view


def _inert(
    session: NotebookSession, verbs: NotebookVerbs, call: Call, line: str
) -> LocalRun | None:
    arguments = call.arguments
    if call.verb.name == "deploy":
        verbs.deploy_function(verbs.meant(arguments.name).name)
        return None
    known = session.functions.get(getattr(arguments, "name", ""))
    if call.verb.name != "invoke" or not isinstance(known, PackagedFunction):
        verbs.skip(line.strip())
        return None
    params: dict[str, object] = {}
    if arguments.params_json is not None:
        params = parse_object(arguments.params_json, "--params-json")
    schema = known.packaged.card["schema"]
    run = verbs.run_here(arguments.name, params | parse_pairs(arguments.pairs, schema))
    run.show_now()
    return run
