"""Compositions with names of their own in another: they travel with it."""

from __future__ import annotations

import pytest

from jupyter_faas.commands.functions import deployed_lines
from jupyter_faas.errors import ActionNotFound, CompositionError
from jupyter_faas.workspace import Workspace
from tests.workspace.compositions.helpers.flows import DOUBLE, run
from tests.workspace.helpers.composing import ComposingNotebook


def inner(name: str, more: int = 1) -> str:
    return f'composition("{name}_in", "double", lambda p: {{"n": p["n"] + {more}}})'


def test_it_is_deployed_before_what_holds_it(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    made = notebook.compose(name, f'sequence({inner(name)}, "{name}_in")', cell_id=name)
    (action,) = made.card["composition"]["actions"]
    assert action == {
        "name": f"{name}_in",
        "paths": ["[0]", "[1]"],
        "state": "notebook",
        "brought": True,
    }
    deployed = workspace.deploy(made.record.id)
    assert deployed.warning == ""
    assert [each.name for each in deployed.parts] == [f"{name}_in"]
    assert [line.split()[1] for line in deployed_lines(deployed)] == [f"{name}_in", name]
    assert run(workspace, name, n=1) == {"n": 7}


def test_it_is_not_sent_again_where_it_is(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    cell = f"sequence({inner(name)})"
    workspace.deploy(notebook.compose(name, cell).record.id)
    again = workspace.deploy(notebook.compose(name, cell).record.id)
    assert [each.unchanged for each in (again, *again.parts)] == [True, True]
    assert len(deployed_lines(again)) == 1


def test_another_content_goes_there_with_the_next_deploy(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    workspace.deploy(notebook.compose(name, f"sequence({inner(name)})").record.id)
    changed = notebook.compose(name, f"sequence({inner(name, more=100)})")
    assert [each.version for each in workspace.deploy(changed.record.id).parts] == ["0.0.2"]
    assert run(workspace, name, n=1) == {"n": 102}


def test_one_within_another_goes_first(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    cell = f'sequence(composition("pack/{name}_mid", {inner(name)}, "double"))'
    deployed = workspace.deploy(notebook.compose(name, cell).record.id)
    lines = [line.split()[1] for line in deployed_lines(deployed)]
    assert lines == [f"{name}_in", f"pack/{name}_mid", name]
    assert run(workspace, name, n=1) == {"n": 6}


def test_what_only_it_calls_is_told_of(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    step = notebook.function(f"{name}_step", DOUBLE.format(name=f"{name}_step"))
    made = notebook.compose(name, f'sequence(composition("{name}_in", "{name}_step"))')
    assert made.card["composition"]["parts_call"] == [f"{name}_step"]
    (lacking,) = workspace.compositions.missing_actions(made.record.id, notebook.packages)
    assert (lacking.name, lacking.package) == (f"{name}_step", step.record.id)


def test_a_cell_of_that_name_stands_before_it(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    notebook.compose(f"{name}_in", 'sequence("double")')
    made = notebook.compose(name, f"sequence({inner(name)})")
    assert made.parts == {}
    assert made.record.parts == ()


def test_one_whose_package_is_on_another_disk_is_missing(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    made = notebook.compose(name, f"sequence({inner(name)})")
    (part,) = made.record.parts
    (workspace.data_dir / "packages" / f"{part}.json").unlink()
    assert f"{name}_in (at root[0]) is not on" in workspace.deploy(made.record.id).warning
    with pytest.raises(ActionNotFound):
        workspace.function(f"{name}_in")


def test_one_name_for_two_is_refused(notebook: ComposingNotebook, name: str) -> None:
    with pytest.raises(
        CompositionError, match=r"^root\[1\]: two different compositions are named .*_in"
    ):
        notebook.compose(name, f"sequence({inner(name)}, {inner(name, more=2)})")
