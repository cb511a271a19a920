"""Run ``%faas VERB``: parse the line with the table of verbs, run the verb, show the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands.table import Call, Help, Outcome, parse
from jupyter_faas.commands.values import parse_object, parse_pairs
from jupyter_faas.magics.calls import show_totals, with_rows
from jupyter_faas.magics.cards import warn_of_drift
from jupyter_faas.magics.cells.line_parser import split_words, unquote
from jupyter_faas.magics.kept_inputs import put_into_notebook, replay_functions
from jupyter_faas.magics.packaged_cells import PackagedFunction
from jupyter_faas.magics.progress import show_progress
from jupyter_faas.magics.verbs import NotebookVerbs, failed
from jupyter_faas.widgets import (
    ActivationsView,
    ActivationView,
    CanaryView,
    CostView,
    DiffView,
    DisplayValue,
    HistoryView,
    LocalRun,
    ReplayView,
    SessionsView,
    SessionView,
    ShadowView,
)
from jupyter_faas.workspace.script import run_failed

if TYPE_CHECKING:
    from jupyter_faas.client import KeptInput
    from jupyter_faas.magics.progress import ProgressDisplay
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.workspace import Workspace
    from jupyter_faas.workspace.batches.results import BatchResults
    from jupyter_faas.workspace.results import Removal

# These verbs do not send requests to a target, so they also work in an inert run
# (JUPYTER_FAAS_INERT).
_ONLY_READING = ("show", "explain")

# The view that a notebook shows for a verb's value, instead of lines of text.
_VIEWS: Mapping[str, Callable[[Any], DisplayValue]] = {
    "activations": ActivationsView,
    "sessions": SessionsView,
    "cost": CostView,
    "replay": ReplayView,
    "shadow": ShadowView,
    "canary": CanaryView,
    "history": HistoryView,
    "diff": DiffView,
}


def _is_empty_report(outcome: Outcome) -> bool:
    """Return whether no run was found. The lines then say if the function is unknown."""
    return isinstance(outcome.json, dict) and outcome.json.get("functions") == []


def run_line(
    session: NotebookSession, verbs: NotebookVerbs, line: str
) -> DisplayValue | BatchResults | None:
    """Run the line after ``%faas``, and return the displayed view, or None if the verb has no view.

    ``map`` returns its results, which IPython shows.

    Raises InputError for an invalid line, ActivationFailed after the view of a failed run, and the
    errors of the verb.
    """
    call = parse("magic", [unquote(word) for word in split_words(line)])
    if isinstance(call, Help):
        print(call.text)  # noqa: T201 a notebook's own output
        return None
    if session.inert and call.verb.name not in _ONLY_READING:
        return _inert(session, verbs, call, line)
    if call.verb.name == "map":
        call = with_rows(session, call)
    verb, arguments = call.verb.name, call.arguments
    workspace = session.workspace_at(arguments.target)
    display = session.new_progress_display()
    first: list[str] = []
    before_deploy: Callable[[Workspace], None] | None = None
    chosen = session.target
    with show_progress(display) as progress:
        if verb == "deploy":
            # The deploy below uses ``session.packages()``, so changed values must be packaged
            # first.
            function = verbs.resolve(arguments.name)
            verbs.repackage_if_stale(function, progress)

            def deploy_called(place: Workspace) -> None:
                first.extend(verbs.deploy_dependencies(function, progress, place))

            before_deploy = deploy_called
        # Changed values are packaged first, so that the view shows what a deploy would change now.
        if verb == "diff" and arguments.new is None:
            verbs.repackage_any_if_stale(arguments.name, progress)
        if verb == "export" and not arguments.functions:
            arguments.functions = session.names_in_cells()
        packages, here = session.packages(), replay_functions(session)
        outcome = call.run(workspace, progress, packages, here, before_deploy)
    if verb == "invoke":
        view = _show_run(session, call, outcome, display)
        warn_of_drift(session, view, workspace)
        # The error comes after the view, so that the logs of a failed run are visible. With
        # --result there is no view.
        if outcome.failed:
            raise run_failed(view.record) if arguments.result else failed(view)
        return view
    if outcome.more is not None:
        display.finish(outcome.lines)
        # An interrupt of the kernel is how the user ends this, so it is not an error.
        with suppress(KeyboardInterrupt):
            for later in outcome.more:
                print("\n".join(later.lines))  # noqa: T201 a notebook's own output
        return None
    if verb == "map":
        results: BatchResults = outcome.value  # type: ignore[assignment]  # by the verb's docstring
        show_totals(display, results)
        return results
    if verb in _VIEWS and not _is_empty_report(outcome):
        display.clear()
        shown = _VIEWS[verb](outcome.value)
        shown.show_now()
        return shown
    if verb == "session":
        display.clear()
        session_view = SessionView(outcome.value, every=arguments.every)  # type: ignore[arg-type]  # by the verb's docstring
        session_view.show_now()
        return session_view
    if verb == "debug":
        kept: KeptInput = outcome.value  # type: ignore[assignment]  # by the verb's docstring
        display.finish(put_into_notebook(session, kept, arguments.variable))
        return None
    if verb in ("deploy", "rollback", "promote") or (verb == "compose" and arguments.deploy):
        # A deploy to several targets has a list of Deployments.
        deployed: Any = outcome.value
        for one in deployed if isinstance(deployed, list) else [deployed]:
            verbs.after_deploy(one)
    if verb in ("show", "explain") and getattr(arguments, "version", None) is None:
        first += verbs.earlier_package(arguments.name)
    if verb == "show" and arguments.file is None:
        first += verbs.card_lines(arguments.name)
    if verb == "discard":
        discarded: Removal = outcome.value  # type: ignore[assignment]  # by the verb's docstring
        for each in discarded.removed:
            verbs.after_remove(each, workspace.target_name)
    if verb == "remove":
        verbs.after_remove(arguments.name, workspace.target_name)
    if verb == "target" and workspace is session.workspace and session.target != chosen:
        first.append(_target_line(session))
    display.finish((*first, *outcome.lines))
    if outcome.error is not None:
        raise outcome.error
    return None


def _target_line(session: NotebookSession) -> str:
    """Let the front ends record the notebook's new target, and return a sentence about it."""
    recorded, name = session.keep_target(), session.target
    if name is None:
        return f"This notebook uses the default target, {session.workspace.target_name}."
    if recorded:
        return f"This notebook uses {name}. The choice is stored in the notebook."
    # This is also the case until JupyterLab has connected, and it then records the target.
    return (
        f"This kernel uses {name} until it stops. The choice is stored in the notebook only if "
        "the notebook is open in JupyterLab or Jupyter Notebook."
    )


def _show_run(
    session: NotebookSession, call: Call, outcome: Outcome, display: ProgressDisplay
) -> ActivationView:
    record = outcome.value.to_json()  # type: ignore[attr-defined]  # by the verb's docstring
    view = ActivationView.of(session.cells.with_failed_line(record))
    session.front_ends.send({"event": "activation", "id": view.id})
    if call.arguments.result:
        display.finish(outcome.lines)
    else:
        view.show(
            display_id=display.display_id,
            replace=display.take_over(),
            with_widget=session.with_widgets,
        )
    # The view is also the magic's return value, which IPython would otherwise show again.
    view.mark_shown()
    return view


def _inert(
    session: NotebookSession, verbs: NotebookVerbs, call: Call, line: str
) -> LocalRun | None:
    arguments = call.arguments
    if call.verb.name == "deploy":
        verbs.deploy_function(verbs.resolve(arguments.name).name)
        return None
    entry = session.functions.get(getattr(arguments, "name", ""))
    if call.verb.name != "invoke" or not isinstance(entry, PackagedFunction):
        verbs.skip(line.strip())
        return None
    params: dict[str, object] = {}
    if arguments.params_json is not None:
        params = parse_object(arguments.params_json, "--params-json")
    schema = entry.packaged.card["schema"]
    run = verbs.run_locally(arguments.name, params | parse_pairs(arguments.pairs, schema))
    run.show_now()
    return run
