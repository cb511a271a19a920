"""Names for versions, on a real playground."""

from __future__ import annotations

import itertools

import pytest

from jupyter_faas.errors import ActionNotFound, InputError
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.deployment.diff import diff
from tests.workspace.deployment.test_service import back, put

NAMES = (f"named{number}" for number in itertools.count())


@pytest.fixture
def name(workspace: Workspace) -> str:
    """A function with two versions, of which the first is the champion."""
    name = next(NAMES)
    put(workspace, name, "one")
    workspace.aliases.set(name, "champion")
    put(workspace, name, "two")
    return name


def test_a_rollback_to_an_alias_restores_the_named_version(workspace: Workspace, name: str) -> None:
    assert back(workspace, name, "champion").rollback_to == "0.0.1"
    assert workspace.invoke(name, {}).result == {"word": "one"}


def test_another_session_reads_the_alias(workspace: Workspace, name: str) -> None:
    other = Workspace.open(data_dir=workspace.data_dir)
    (alias,) = other.aliases.all(name)
    assert (alias.name, alias.version) == ("champion", "0.0.1")


def test_the_history_shows_the_alias_at_its_version(workspace: Workspace, name: str) -> None:
    deploys = workspace.deployments.history(name).deploys
    assert [each.aliases for each in deploys] == [(), ("champion",)]
    assert deploys[1].notes() == "champion"


def test_a_difference_accepts_aliases(workspace: Workspace, name: str) -> None:
    workspace.aliases.set(name, "challenger", "2")
    found = diff(workspace.deployments, name, old="champion", new="challenger")
    assert "+    return {'word': 'two'}" in found.lines()


def test_a_package_is_shown_by_alias(workspace: Workspace, name: str) -> None:
    package = workspace.deployments.package_of(name, "champion")
    assert "'one'" in workspace.package_contents.show(name, package=package).texts["function.py"]


def test_an_alias_that_exists_is_moved(workspace: Workspace, name: str) -> None:
    workspace.aliases.set(name, "champion", "2")
    assert [each.version for each in workspace.aliases.all(name)] == ["0.0.2"]


def test_an_alias_keeps_its_package_when_version_numbers_begin_again(
    workspace: Workspace, name: str
) -> None:
    workspace.remove(name)
    put(workspace, name, "three")
    back(workspace, name, "champion")
    assert workspace.invoke(name, {}).result == {"word": "one"}


def test_a_removed_alias_is_no_version(workspace: Workspace, name: str) -> None:
    workspace.aliases.remove(name, "champion")
    with pytest.raises(
        InputError, match=f"No version 'champion' of {name} was deployed from this machine"
    ):
        back(workspace, name, "champion")


def test_removing_an_unknown_alias_lists_the_known_ones(workspace: Workspace, name: str) -> None:
    with pytest.raises(InputError, match="does not have the alias 'best'") as caught:
        workspace.aliases.remove(name, "best")
    assert caught.value.hint == "Use one of its aliases: champion."


def test_an_unknown_version_lists_versions_and_aliases(workspace: Workspace, name: str) -> None:
    with pytest.raises(InputError, match="'best' of") as caught:
        back(workspace, name, "best")
    assert caught.value.hint == (
        "Use one of its versions: 0.0.2, 0.0.1. Or one of its aliases: champion."
    )


@pytest.mark.parametrize("alias", ["", "1", "v3", "0.0.1", "decade1", "two words", "a" * 65])
def test_a_word_that_cannot_name_a_version(workspace: Workspace, alias: str) -> None:
    with pytest.raises(InputError, match="is not a valid alias"):
        workspace.aliases.set("any", alias)


def test_a_version_that_was_not_deployed_from_here(workspace: Workspace) -> None:
    with pytest.raises(ActionNotFound):
        workspace.aliases.set("unknown", "champion")
