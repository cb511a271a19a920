"""What a composition calls: told when it is missing, deployed before it, never itself."""

from __future__ import annotations

import json

import pytest

from jupyter_faas.client import Client
from jupyter_faas.errors import ChangedElsewhere, CompositionError
from jupyter_faas.workspace import Workspace
from tests.workspace.compositions.helpers.flows import DOUBLE, annotated, run
from tests.workspace.helpers.composing import ComposingNotebook


def test_a_missing_action_is_told_and_does_not_stop_the_deploy(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    cell = 'sequence("double", "nobody", retry(2, "nobody"), "pack/nothing")'
    deployment = workspace.deploy(notebook.compose(name, cell).record.id)
    assert deployment.warning == (
        "nobody (at root[1] and root[2][0]) and pack/nothing (at root[3]) are not on Local "
        "playground. Until you deploy them, the composition's calls to them fail."
    )
    assert "nobody" in json.dumps(run(workspace, name, n=1))


def test_the_card_tells_what_it_calls(notebook: ComposingNotebook, name: str) -> None:
    notebook.function(f"{name}_tags", DOUBLE.format(name=f"{name}_tags"))
    cell = (
        f'sequence("double", "{name}_tags", when(lambda: True, "double"), "nobody", '
        '"/whisk.system/utils/echo", action("brought", code="def main(p): return p"))'
    )
    facts = notebook.compose(name, cell).card["composition"]
    assert (facts["functions"], facts["least_calls"]) == (1, 5)
    assert facts["actions"] == [
        {"name": "double", "paths": ["[0]", "[2].consequent"], "state": "deployed"},
        {"name": f"{name}_tags", "paths": ["[1]"], "state": "notebook"},
        {"name": "nobody", "paths": ["[3]"], "state": "missing"},
        {"name": "/whisk.system/utils/echo", "paths": ["[4]"], "state": "deployed"},
        {"name": "brought", "paths": ["[5]"], "state": "notebook", "brought": True},
    ]


def test_the_notebook_s_functions_come_before_it_in_order(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    leaf, middle = f"{name}_leaf", f"{name}_middle"
    notebook.function(leaf, DOUBLE.format(name=leaf))
    notebook.compose(middle, f'sequence("{leaf}", "nobody")')
    made = notebook.compose(name, f'sequence("{middle}", "{leaf}", "double")')
    found = workspace.compositions.missing_actions(made.record.id, notebook.packages)
    assert [(each.name, each.state, each.package) for each in found] == [
        (leaf, "notebook", notebook.packages[leaf]),
        (middle, "notebook", notebook.packages[middle]),
        ("nobody", "missing", ""),
    ]
    for each in found[:2]:
        workspace.deploy(each.package)
    again = workspace.compositions.missing_actions(made.record.id, notebook.packages)
    assert again == []
    calls = workspace.compositions.calls(made.record.id, notebook.packages)
    assert {each.state for each in calls} == {"deployed"}


def test_a_circle_is_refused_with_the_chain(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    a, b, c = (f"{name}_{letter}" for letter in "abc")
    workspace.deploy(notebook.compose(c, f'sequence("{a}")').record.id)
    workspace.deploy(notebook.compose(b, f'sequence("double", "{c}")').record.id)
    made = notebook.compose(a, f'sequence("{b}")')
    with pytest.raises(CompositionError, match=rf"^{a} would call itself: {a} → {b} → {c} → {a}\."):
        workspace.deploy(made.record.id)


def test_a_circle_through_a_sequence_is_refused(
    workspace: Workspace, notebook: ComposingNotebook, name: str, client: Client
) -> None:
    body = {"exec": {"kind": "sequence", "components": ["/_/double", f"/_/{name}"]}}
    workspace.deploy(notebook.compose(name, 'sequence("double")').record.id)
    client.put_action(f"{name}_row", body)
    made = notebook.compose(name, f'sequence("{name}_row")')
    with pytest.raises(CompositionError, match=f"{name} → {name}_row → {name}"):
        workspace.deploy(made.record.id)


def test_a_circle_in_the_notebook_is_refused_before_anything_is_sent(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    a, b = f"{name}_a", f"{name}_b"
    notebook.compose(b, f'sequence("{a}")')
    made = notebook.compose(a, f'sequence("{b}")')
    with pytest.raises(CompositionError, match=f"{a} → {b} → {a}"):
        workspace.compositions.missing_actions(made.record.id, notebook.packages)


def test_a_composition_cannot_call_itself(notebook: ComposingNotebook, name: str) -> None:
    with pytest.raises(CompositionError, match=rf"^{name} would call itself: {name} → {name}\."):
        notebook.compose(name, f'sequence("double", "{name}")')


CARRIED = "sequence(action(\"{name}_half\", code=\"def main(p): return {{'n': p['n'] / {by}}}\"))"


def test_actions_that_travel_with_it_are_put_first(
    workspace: Workspace, notebook: ComposingNotebook, name: str, client: Client
) -> None:
    made = notebook.compose(name, CARRIED.format(name=name, by=2))
    assert workspace.deploy(made.record.id).warning == ""
    assert run(workspace, name, n=8) == {"n": 4}
    assert annotated(client, f"{name}_half")["faas-carried-by"] == name
    # One that went away comes back, though the composition itself is there already.
    client.delete_action(f"{name}_half")
    assert workspace.deploy(made.record.id).unchanged
    assert run(workspace, name, n=8) == {"n": 4}
    workspace.deploy(notebook.compose(name, CARRIED.format(name=name, by=4)).record.id)
    assert run(workspace, name, n=8) == {"n": 2}


def test_an_action_of_somebody_else_is_not_replaced_by_one_that_travels(
    workspace: Workspace, notebook: ComposingNotebook, name: str, client: Client
) -> None:
    code = "def main(p): return {'n': 0}"
    client.put_action(f"{name}_half", {"exec": {"kind": "python:3", "code": code}})
    made = notebook.compose(name, CARRIED.format(name=name, by=2))
    with pytest.raises(ChangedElsewhere, match=f"{name} contains an action named {name}_half"):
        workspace.deploy(made.record.id)
    workspace.deploy(made.record.id, force=True)
    assert run(workspace, name, n=8) == {"n": 4}


def test_a_sequence_travels_after_what_it_is_made_of(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    cell = (
        f'sequence(action("{name}_both", sequence=["double", "{name}_one"]), '
        f"action(\"{name}_one\", code=\"def main(p): return {{'n': p['n'] + 1}}\"))"
    )
    workspace.deploy(notebook.compose(name, cell).record.id)
    assert run(workspace, name, n=1) == {"n": 4}
