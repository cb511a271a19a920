"""Compositions that cannot be packaged or deployed."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.errors import BundleError, CaptureError, CompositionError, InputError
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.preflight.preflight import composition_checks
from jupyter_faas.workspace.targets.capabilities import TargetCapabilities
from tests.workspace.helpers.composing import ComposingNotebook


def test_a_lambda_with_a_lock_is_refused_by_its_place(
    notebook: ComposingNotebook, name: str
) -> None:
    notebook.run("import threading\n(guard,) = [threading.Lock()]")
    with pytest.raises(
        CaptureError,
        match=r"^guard is a lock: root\[1\] uses guard on line 2\.\nCreate guard inside",
    ):
        notebook.compose(name, 'sequence("double", lambda p: {"a": guard.locked()})')


def test_a_lambda_with_a_model_is_refused_by_its_place(
    notebook: ComposingNotebook, name: str
) -> None:
    notebook.run("from sklearn.linear_model import LinearRegression\nmodel = LinearRegression()")
    with pytest.raises(
        CaptureError,
        match=r"^model is a LinearRegression, but a composition cannot contain models: root\[0\] "
        r"uses model on line 2\.\nMove the code that uses model to a %%function cell, and call ",
    ):
        notebook.compose(name, 'sequence(lambda p: model.predict([[p["n"]]]), "double")')


def test_5000_nodes_are_refused(notebook: ComposingNotebook, name: str) -> None:
    with pytest.raises(CompositionError, match="has 5,001 nodes; the maximum is 1,000"):
        notebook.compose(name, 'sequence(*["double"] * 5000)')


def test_more_components_than_a_session_may_have_are_refused(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    made = notebook.compose(name, 'sequence(*["double"] * 51)')
    (row,) = (one for one in made.card["preflight"] if one["check"] == "Components")
    assert (row["ok"], row["value"]) == (False, "at least 51")
    with pytest.raises(BundleError, match="it calls at least 51 actions, but the limit is 50"):
        workspace.deploy(made.record.id)


def test_components_are_not_ticked_for_a_host_that_does_not_report_their_limit(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    made = notebook.compose(name, 'sequence("double", "double")')
    silent = TargetCapabilities("lab", "Lab", error="Lab does not answer.")
    (row,) = (
        one
        for one in composition_checks(workspace.bundle(made.bundle), silent)
        if one.check == "Components"
    )
    assert (row.ok, row.unknown) == (True, True)
    assert row.note == "could not be checked; most hosts allow 50 in one session"


@pytest.mark.parametrize(
    ("profile", "source", "warned"),
    [
        ("digitalocean", 'sequence("double", retry(1, parallel("double", "double")))', True),
        ("digitalocean", 'asynchronous("double")', True),
        ("digitalocean", 'sequence("double", "double")', False),
        ("openwhisk", 'parallel("double", "double")', False),
    ],
)
def test_a_host_that_may_give_no_api_key_is_warned_of_where_branches_need_it(
    workspace: Workspace,
    notebook: ComposingNotebook,
    name: str,
    profile: str,
    source: str,
    warned: bool,
) -> None:
    made = notebook.compose(name, source)
    rows = composition_checks(
        workspace.bundle(made.bundle), TargetCapabilities("cloud", "Cloud", profile=profile)
    )
    assert any(row.check == "API key" and row.warn for row in rows) is warned


def test_a_graph_that_is_larger_than_annotations_may_be_is_refused(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    made = notebook.compose(name, 'sequence(value("x" * 1_100_000), "double")')
    with pytest.raises(BundleError, match=r"its graph is 1\.0 MB, but the limit is 1 MB"):
        workspace.deploy(made.record.id)


def test_a_function_known_by_its_text_alone_is_packaged_with_what_it_uses(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    notebook.namespace["step"] = 3
    made = notebook.compose(name, 'sequence(lambda p: {"n": p["n"] + step})')
    notebook.namespace["tree"] = made.card["composition"]["graph"]
    again = notebook.compose(name, "parse(tree)")
    workspace.deploy(again.record.id)
    assert workspace.invoke(name, {"n": 2}).result == {"n": 5}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "nodejs:20"}, "The kind 'nodejs:20' does not run Python"),
        ({"memory_mb": 0}, "The memory of 'flow' must be greater than 0"),
        ({"annotations": {"a": float("nan")}}, "The annotation 'a' of 'flow' is not JSON"),
    ],
    ids=["kind", "memory", "annotation"],
)
def test_bad_options_are_refused(
    options: dict[str, Any], message: str, notebook: ComposingNotebook
) -> None:
    with pytest.raises(InputError, match=message):
        notebook.compose("flow", 'sequence("double")', **options)
