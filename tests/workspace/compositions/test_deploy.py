"""Compositions on a real playground: put there again, compared, taken back."""

from __future__ import annotations

import pytest

from jupyter_faas.client import Client
from jupyter_faas.errors import ChangedElsewhere
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.deployment.diff import diff
from tests.workspace.compositions.helpers.flows import BRANCH, DOUBLE, annotated, run
from tests.workspace.helpers.composing import ComposingNotebook


def test_the_same_composition_is_not_sent_again(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    first = workspace.deploy(notebook.compose(name, BRANCH).record.id)
    again = workspace.deploy(notebook.compose(name, BRANCH).record.id)
    assert (again.unchanged, again.version, again.bundle) == (True, "0.0.1", first.bundle)


def test_history_diff_and_rollback_work_as_for_functions(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    first = workspace.deploy(notebook.compose(name, 'sequence("double")').record.id)
    second = notebook.compose(name, 'sequence("double", "double")')
    found = diff(workspace.deployments, name, package=second.record.id)
    assert [part.title for part in found.parts] == ["composition.py", "composition.json"]
    workspace.deploy(second.record.id)
    assert run(workspace, name, n=1) == {"n": 4}
    back = workspace.deployments.rollback(name, to=None, force=False, progress=lambda _: None)
    assert (back.version, back.bundle, back.rollback_to) == ("0.0.3", first.bundle, "0.0.1")
    assert run(workspace, name, n=1) == {"n": 2}
    versions = [each.record.version for each in workspace.deployments.history(name).deploys]
    assert versions == ["0.0.3", "0.0.2", "0.0.1"]


def test_show_and_explain_look_into_it(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    made = notebook.compose(name, BRANCH)
    shown = workspace.package_contents.show(name, package=made.record.id)
    assert list(shown.texts) == ["composition.py", "captured.py"]
    assert shown.texts["composition.py"].startswith(f"# %%composition {name}\nimport math\n")
    explained = workspace.package_contents.explain(name, package=made.record.id)
    assert [one["name"] for one in explained.names] == ["more", "math", "ADD"]
    assert explained.names[0]["ways"] == [["root[1].consequent"]]


def test_it_is_listed_as_a_composition(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    workspace.deploy(notebook.compose(name, 'sequence("double")').record.id)
    listed = {one.name: one.to_json() for one in workspace.functions()}
    assert listed[name]["composition"] is True
    assert "composition" not in listed["double"]


def test_a_function_in_its_place_conducts_nothing(
    workspace: Workspace, notebook: ComposingNotebook, name: str, client: Client
) -> None:
    composition = notebook.compose(name, 'sequence("double")').record.id
    function = notebook.function(name, DOUBLE.format(name=name)).record.id
    workspace.deploy(composition)
    with pytest.raises(ChangedElsewhere, match=f"{name} .* was deployed as a composition"):
        workspace.deploy(function)
    workspace.deploy(function, force=True)
    with pytest.raises(ChangedElsewhere, match=f"{name} .* was deployed as a function"):
        workspace.deploy(composition)
    found = annotated(client, name)
    assert ("conductor" in found, found["provide-api-key"]) == (False, False)
    assert run(workspace, name, n=4) == {"n": 8}
