"""Compositions on a real playground: packaged, deployed, run, taken back."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from jupyter_faas.bundle import composition_of
from jupyter_faas.client import Client, playground_target
from jupyter_faas.errors import (
    BundleError,
    CaptureError,
    ChangedElsewhere,
    CompositionError,
    InputError,
)
from jupyter_faas.playground import stop
from jupyter_faas.workspace import ActivationRecord, Workspace
from jupyter_faas.workspace.diffs import diff
from tests.workspace.composing import ComposingNotebook

NAMES = (f"flow{number}" for number in itertools.count())
DOUBLE = "def {name}(n: int):\n    return {{'n': 2 * n}}\n"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace whose playground ends with the tests here; it has an action ``double``."""
    found = Workspace.open(data_dir=tmp_path_factory.mktemp("faas"))
    found.start_playground()
    notebook = ComposingNotebook(found)
    found.deploy(notebook.function("double", DOUBLE.format(name="double")).record.id)
    yield found
    stop(found.data_dir)


@pytest.fixture
def notebook(workspace: Workspace) -> Iterator[ComposingNotebook]:
    notebook = ComposingNotebook(workspace)
    yield notebook
    notebook.forget_sources()


@pytest.fixture
def name() -> str:
    """A composition that no other test deploys."""
    return next(NAMES)


@pytest.fixture
def client(workspace: Workspace) -> Iterator[Client]:
    client = Client(playground_target(workspace.data_dir))
    yield client
    client.close()


def annotated(client: Client, name: str) -> dict[str, Any]:
    return {each.key: each.value for each in client.get_action(name).annotations}


def run(workspace: Workspace, name: str, **params: Any) -> Any:
    record: ActivationRecord = workspace.invoke(name, params)
    return record.result


BRANCH = """\
import math
ADD = 1
def more(p):
    return {"n": p["n"] + ADD}
sequence(
    "double",
    when(lambda p: {"value": p["n"] > 10}, more, lambda p: {"n": math.floor(p["n"] / 2)}),
    let({"seen": 0}, lambda p: {"n": p["n"] + seen}),
)
"""


def test_a_composition_runs_with_its_functions(
    workspace: Workspace, notebook: ComposingNotebook, name: str, client: Client
) -> None:
    made = notebook.compose(name, BRANCH)
    deployment = workspace.deploy(made.record.id)
    assert (deployment.name, deployment.version, deployment.warning) == (name, "0.0.1", "")
    assert run(workspace, name, n=10) == {"n": 21}
    assert run(workspace, name, n=2) == {"n": 2}
    found = annotated(client, name)
    assert found["conductor"] == made.card["composition"]["graph"]
    assert found["provide-api-key"] is True
    assert (found["faas-bundle"], found["faas-notebook"]) == (made.bundle, "flow.ipynb")
    action = client.get_action(name)
    assert (action.exec.kind, action.limits.memory, action.limits.timeout) == (
        made.record.kind,
        256,
        60_000,
    )


VARIABLES = """\
n = 7
def seen(p):
    return {**p, "outside": n}
def count(p):
    global n
    n += 1
    return {**p, "counted": n}
sequence(
    let({"n": 1}, count, "echo_it", count, lambda p: {**p, "inside": n}, mask(seen)),
)
"""


def test_variables_of_let_and_of_the_notebook_are_told_apart(
    workspace: Workspace, notebook: ComposingNotebook, name: str, client: Client
) -> None:
    client.put_action("echo_it", {"exec": {"kind": "python:3", "code": "def main(p): return p"}})
    workspace.deploy(notebook.compose(name, VARIABLES).record.id)
    assert run(workspace, name) == {"counted": 3, "inside": 3, "outside": 7}


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
    found = diff(workspace.deploys, name, package=second.record.id)
    assert [part.title for part in found.parts] == ["composition.py", "composition.json"]
    workspace.deploy(second.record.id)
    assert run(workspace, name, n=1) == {"n": 4}
    back = workspace.deploys.rollback(name, to=None, force=False, progress=lambda _: None)
    assert (back.version, back.bundle, back.rollback_to) == ("0.0.3", first.bundle, "0.0.1")
    assert run(workspace, name, n=1) == {"n": 2}
    versions = [each.record.version for each in workspace.deploys.history(name).deploys]
    assert versions == ["0.0.3", "0.0.2", "0.0.1"]


def test_show_and_explain_look_into_it(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    made = notebook.compose(name, BRANCH)
    shown = workspace.insides.show(name, package=made.record.id)
    assert list(shown.texts) == ["composition.py", "composition.json", "captured.py"]
    assert shown.texts["composition.py"].startswith(f"# %%composition {name}\nimport math\n")
    explained = workspace.insides.explain(name, package=made.record.id)
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
    workspace.deploy(notebook.compose(name, 'sequence("double")').record.id)
    workspace.deploy(notebook.function(name, DOUBLE.format(name=name)).record.id)
    found = annotated(client, name)
    assert ("conductor" in found, found["provide-api-key"]) == (False, False)
    assert run(workspace, name, n=4) == {"n": 8}


def test_a_missing_action_is_told_and_does_not_stop_the_deploy(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    cell = 'sequence("double", "nobody", retry(2, "nobody"), "pack/nothing")'
    deployment = workspace.deploy(notebook.compose(name, cell).record.id)
    assert deployment.warning == (
        "nobody (at root[1] and root[2][0]) and pack/nothing (at root[3]) are not on Local "
        "playground: the composition fails where it calls them, until you deploy them."
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
        {"name": "brought", "paths": ["[5]"], "state": "notebook"},
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
    with pytest.raises(ChangedElsewhere, match=f"{name} brings its own action {name}_half"):
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


def test_a_lambda_with_a_data_frame_is_refused_by_its_place(
    notebook: ComposingNotebook, name: str
) -> None:
    notebook.run("import pandas\ndf = pandas.DataFrame({'a': [1]})")
    with pytest.raises(
        CaptureError, match=r"^df is a DataFrame of pandas: root\[1\] uses df on line 2\.\nGive it"
    ):
        notebook.compose(name, 'sequence("double", lambda p: {"a": df.a[0]})')


def test_a_lambda_with_a_model_is_refused_by_its_place(
    notebook: ComposingNotebook, name: str
) -> None:
    notebook.run("from sklearn.linear_model import LinearRegression\nmodel = LinearRegression()")
    with pytest.raises(
        CaptureError,
        match=r"^model is a LinearRegression, and no model travels with a composition: root\[0\] "
        r"uses model on line 2\.\nPut it into a %%function and call that by name",
    ):
        notebook.compose(name, 'sequence(lambda p: model.predict([[p["n"]]]), "double")')


def test_5000_nodes_are_refused(notebook: ComposingNotebook, name: str) -> None:
    with pytest.raises(CompositionError, match="has 5,001 nodes, more than 1,000"):
        notebook.compose(name, 'sequence(*["double"] * 5000)')


def test_more_components_than_a_session_may_have_are_refused(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    made = notebook.compose(name, 'sequence(*["double"] * 51)')
    (row,) = (one for one in made.card["preflight"] if one["check"] == "Components")
    assert (row["ok"], row["value"]) == (False, "at least 51")
    with pytest.raises(BundleError, match="it calls at least 51 actions, and 50 are allowed"):
        workspace.deploy(made.record.id)


def test_a_function_known_by_its_text_alone_is_refused(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    made = notebook.compose(name, 'sequence("double", lambda p: p)')
    notebook.namespace["tree"] = made.card["composition"]["graph"]
    with pytest.raises(CompositionError, match=r"^root\[1\] is a Python function of which only"):
        notebook.compose(name, "parse(tree)")


def test_a_library_of_a_function_becomes_a_requirement(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    cell = "import numpy\nWEIGHTS = numpy.array([1.0, 2.0])\n"
    cell += 'sequence(lambda p: {"n": float(WEIGHTS @ numpy.array([p["n"], 1]))})'
    made = notebook.compose(name, cell)
    assert [one["name"] for one in made.card["requirements"]] == ["numpy"]
    workspace.deploy(made.record.id)
    assert run(workspace, name, n=3) == {"n": 5.0}


def test_options_are_those_of_functions(
    workspace: Workspace, notebook: ComposingNotebook, name: str, client: Client
) -> None:
    made = notebook.compose(
        name,
        'sequence(lambda p: {"greeting": p["word"]})',
        memory_mb=512,
        timeout_ms=30_000,
        parameters={"word": "s3cret"},
        annotations={"team": "blue"},
        package="flows",
    )
    text = workspace.insides.show("", package=made.record.id).texts["composition.py"]
    assert text.startswith(f"# %%composition {name} --param word=…\n")
    workspace.deploy(made.record.id)
    path = f"flows/{name}"
    assert run(workspace, path) == {"greeting": "s3cret"}
    action = client.get_action(path)
    assert (action.limits.memory, action.limits.timeout) == (512, 30_000)
    assert annotated(client, path)["team"] == "blue"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "nodejs:20"}, "The kind 'nodejs:20' does not run Python"),
        ({"memory_mb": 0}, "The memory of 'flow' must be more than nothing"),
        ({"annotations": {"a": float("nan")}}, "The annotation 'a' of 'flow' is not JSON"),
    ],
    ids=["kind", "memory", "annotation"],
)
def test_bad_options_are_refused(
    options: dict[str, Any], message: str, notebook: ComposingNotebook
) -> None:
    with pytest.raises(InputError, match=message):
        notebook.compose("flow", 'sequence("double")', **options)


def test_packaging_is_deterministic(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    made, again = notebook.compose(name, BRANCH), notebook.compose(name, BRANCH)
    assert (made.bundle, made.record.id) == (again.bundle, again.record.id)
    document = composition_of(workspace.bundle(made.bundle))
    assert document is not None
    assert list(document) == ["composition", "ast", "version", "fsm"]


def test_nothing_is_measured_or_tried_on_its_own(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    made = notebook.compose(name, BRANCH)
    assert made.card["forecast"] == workspace.forecast(made.record.id).to_json()
    assert made.card["forecast"]["state"] == "unmeasured"
    assert not made.record.clean_room
