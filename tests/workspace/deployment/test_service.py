"""Deploys that leave a record, and are taken back, on a real playground."""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.client import Client, playground_target
from jupyter_faas.errors import ActionNotFound, BundleNotFound, ChangedElsewhere, InputError
from jupyter_faas.playground import stop
from jupyter_faas.workspace import Deployment, Workspace
from jupyter_faas.workspace.deployment.diff import diff
from jupyter_faas.workspace.packaging.provenance import user_name
from tests.workspace.helpers.cells import package_body
from tests.workspace.helpers.samples import assert_same_shape, sample

NAMES = (f"greet{number}" for number in itertools.count())


@pytest.fixture
def name() -> str:
    """A function that no other test deploys."""
    return next(NAMES)


def package(workspace: Workspace, name: str, word: str = "hello", **options: Any) -> str:
    return package_body(workspace, f"{name}()", f"return {{'word': {word!r}}}", **options)


def put(workspace: Workspace, name: str, word: str = "hello", **options: Any) -> Deployment:
    return workspace.deploy(package(workspace, name, word, **options))


def deployed_sha256(client: Client, name: str) -> str:
    code = client.get_action(name, code=True).exec.code
    assert code is not None
    return hashlib.sha256(base64.b64decode(code)).hexdigest()


def update(client: Client, name: str, **body: Any) -> None:
    """As ``wsk action update`` does, which keeps the annotations."""
    client.put_action(name, body)


def back(workspace: Workspace, name: str, to: str | None = None, force: bool = False) -> Deployment:
    return workspace.deployments.rollback(name, to=to, force=force, progress=lambda _: None)


def test_a_rollback_returns_the_first_bytes(
    workspace: Workspace, client: Client, name: str
) -> None:
    first = put(workspace, name, "one", memory_mb=128, parameters={"a": 1}, annotations={"t": "x"})
    before = client.get_action(name)
    put(workspace, name, "two", parameters={"b": [2]}, annotations={"u": "y"}, web=True)
    assert deployed_sha256(client, name) != first.bundle
    done = back(workspace, name)
    after = client.get_action(name)
    assert deployed_sha256(client, name) == first.bundle == done.bundle
    assert (done.version, done.rollback_to) == ("0.0.3", "0.0.1")
    assert after.limits == before.limits
    assert after.parameters == before.parameters
    assert after.exec.kind == before.exec.kind
    assert {each.key: each.value for each in after.annotations} == {
        each.key: each.value for each in before.annotations
    }
    assert workspace.invoke(name, {}).result == {"word": "one"}


def test_a_second_rollback_goes_further_back(workspace: Workspace, name: str) -> None:
    one = put(workspace, name, "one")
    put(workspace, name, "two")
    put(workspace, name, "three")
    assert back(workspace, name).rollback_to == "0.0.2"
    assert workspace.deployments.history(name).back_to == "0.0.1"
    assert [one.back_to for one in workspace.functions() if one.name == name] == ["0.0.1"]
    assert back(workspace, name).bundle == one.bundle
    assert [one.back_to for one in workspace.functions() if one.name == name] == [None]
    with pytest.raises(InputError, match=rf"No version of {name} before 0\.0\.1") as caught:
        back(workspace, name)
    assert caught.value.hint == f"To return to version 0.0.3: %faas rollback {name} --to 0.0.3"
    assert back(workspace, name, "3").rollback_to == "0.0.3"
    # The rollback to version 3 is followed to version 3, before which there was version 2.
    assert back(workspace, name).rollback_to == "0.0.2"


@pytest.mark.parametrize("asked", ["1", "v1", "0.0.1", "sha256"])
def test_a_version_is_named_by_number_or_sha256(
    workspace: Workspace, name: str, asked: str
) -> None:
    one = put(workspace, name, "one")
    put(workspace, name, "two")
    put(workspace, name, "three")
    assert (
        back(workspace, name, one.bundle[:9] if asked == "sha256" else asked).bundle == one.bundle
    )


def test_a_version_that_was_never_deployed(workspace: Workspace, name: str) -> None:
    put(workspace, name, "one")
    with pytest.raises(
        InputError, match=rf"No version '7' of {name} was deployed from this machine"
    ) as caught:
        back(workspace, name, "7")
    assert caught.value.hint == "Use one of its versions: 0.0.1."


def test_nothing_to_go_back_to(workspace: Workspace, name: str) -> None:
    put(workspace, name, "one")
    with pytest.raises(InputError, match=rf"No version of {name} before 0\.0\.1"):
        back(workspace, name)


def test_a_function_that_was_never_deployed(workspace: Workspace, name: str) -> None:
    with pytest.raises(
        InputError, match="never been deployed to Local playground from this machine"
    ):
        back(workspace, name)
    with pytest.raises(ActionNotFound, match=f"no function '{name}'"):
        workspace.deployments.history(name)


def test_a_function_in_a_package_is_named(workspace: Workspace, name: str) -> None:
    put(workspace, name, package=f"in_{name}")
    with pytest.raises(ActionNotFound, match=f"no function '{name}'") as caught:
        workspace.deployments.history(name)
    assert caught.value.hint == f"Did you mean in_{name}/{name}?"


def test_what_was_removed_can_be_brought_back(workspace: Workspace, name: str) -> None:
    one = put(workspace, name, "one")
    workspace.remove(name)
    history = workspace.deployments.history(name)
    assert (history.deployed, history.back_to) == (None, "0.0.1")
    assert back(workspace, name).bundle == one.bundle
    assert workspace.invoke(name, {}).result == {"word": "one"}


def test_a_version_that_two_packages_had_needs_a_sha256(workspace: Workspace, name: str) -> None:
    one = put(workspace, name, "one")
    workspace.remove(name)
    two = put(workspace, name, "two")
    with pytest.raises(InputError, match="'1' matches several packages") as caught:
        back(workspace, name, "1")
    assert one.bundle[:12] in caught.value.hint
    assert two.bundle[:12] in caught.value.hint
    assert back(workspace, name, one.bundle[:12]).bundle == one.bundle


def test_a_package_that_is_gone(workspace: Workspace, name: str) -> None:
    one = put(workspace, name, "one")
    put(workspace, name, "two")
    (workspace.data_dir / "bundles" / f"{one.bundle}.zip").unlink()
    assert [each.available for each in workspace.deployments.history(name).deploys] == [True, False]
    with pytest.raises(BundleNotFound):
        back(workspace, name)


def test_unchanged_content_is_not_sent_again(workspace: Workspace, name: str) -> None:
    first = put(workspace, name, parameters={"a": 1.5}, annotations={"team": "blue"})
    again = put(workspace, name, parameters={"a": 1.5}, annotations={"team": "blue"})
    assert again.unchanged
    assert (again.version, again.updated) == (first.version, first.updated)
    assert len(workspace.deployments.history(name).deploys) == 1


def test_another_commit_notebook_or_cell_is_no_change(workspace: Workspace, name: str) -> None:
    put(workspace, name)
    record = workspace.package_record(package(workspace, name))
    moved = {
        **record.to_json(),
        "notebook": "other.ipynb",
        "cell_id": "9f",
        "commit": "c" * 40,
        "id": "",
    }
    from jupyter_faas.bundle import PackageRecord

    made = PackageRecord(**moved)
    workspace.packages.put_record(made.id, made.to_json())
    assert workspace.deploy(made.id).unchanged


@pytest.mark.parametrize(
    "change",
    [
        {"word": "other"},
        {"memory_mb": 512},
        {"timeout_ms": 5000},
        {"parameters": {"a": 2}},
        {"parameters": {}},
        {"parameters": {"a": True}},
        {"annotations": {"team": "red"}},
        {"annotations": {}},
        {"web": True},
    ],
    ids=str,
)
def test_a_change_is_deployed(workspace: Workspace, name: str, change: dict[str, Any]) -> None:
    base: dict[str, Any] = {"parameters": {"a": 1}, "annotations": {"team": "blue"}}
    put(workspace, name, **base)
    assert not put(workspace, name, **{**base, **change}).unchanged
    assert not put(workspace, name, **base).unchanged


def test_force_sends_what_is_there_already(workspace: Workspace, name: str) -> None:
    put(workspace, name)
    again = workspace.deploy(package(workspace, name), force=True)
    assert (again.unchanged, again.version) == (False, "0.0.2")


def test_a_rollback_to_what_is_there_sends_nothing(workspace: Workspace, name: str) -> None:
    put(workspace, name, "one")
    assert back(workspace, name, "1").unchanged


def test_another_tools_action_is_not_overwritten(
    workspace: Workspace, client: Client, name: str
) -> None:
    code = {"kind": "python:default", "code": "def main(args):\n    return {}\n"}
    update(client, name, exec=code)
    with pytest.raises(
        ChangedElsewhere, match=rf"{name} on Local playground was deployed with another tool"
    ) as caught:
        put(workspace, name)
    assert caught.value.hint.endswith(
        f"To overwrite the deployed function: %faas deploy {name} --force"
    )
    assert client.get_action(name).version == "0.0.1"
    assert workspace.deploy(package(workspace, name), force=True).version == "0.0.2"
    assert put(workspace, name, "two").version == "0.0.3"


@pytest.mark.parametrize("what", ["code", "memory"])
def test_somebody_elses_update_is_not_overwritten(
    workspace: Workspace, client: Client, name: str, what: str
) -> None:
    put(workspace, name)
    code = {"kind": "python:default", "code": "def main(args):\n    return {}\n"}
    update(client, name, **({"exec": code} if what == "code" else {"limits": {"memory": 512}}))
    with pytest.raises(ChangedElsewhere, match=r"was changed elsewhere: .* version 0\.0\.1 was"):
        put(workspace, name, "two")
    with pytest.raises(ChangedElsewhere, match="was changed elsewhere"):
        put(workspace, name)
    history = workspace.deployments.history(name)
    assert history.deployed is not None
    assert (history.deployed.version, history.deployed.ours) == ("0.0.2", False)
    assert "has version 0.0.2" in history.lines()[-2]
    (listed,) = [one for one in workspace.functions() if one.name == name]
    assert (listed.elsewhere, listed.back_to) == (True, "0.0.1")
    with pytest.raises(ChangedElsewhere, match="was changed elsewhere") as caught:
        back(workspace, name)
    assert caught.value.hint.endswith(f"%faas rollback {name} --to 0.0.1 --force")
    assert back(workspace, name, force=True).version == "0.0.3"


def test_a_colleagues_package_is_kept_when_it_is_overwritten(
    workspace: Workspace, client: Client, name: str, tmp_path: Path
) -> None:
    put(workspace, name, "mine")
    colleague = Workspace.open(data_dir=tmp_path / "elsewhere")
    theirs = package(colleague, name, "theirs", memory_mb=512, parameters={"a": 1})
    record = colleague.package_record(theirs)
    data = base64.b64encode(colleague.bundle(record.bundle).data).decode()
    update(
        client,
        name,
        exec={"kind": record.kind, "code": data},
        limits={"memory": 512, "timeout": 60_000},
        parameters=[{"key": "a", "value": 1}],
        annotations=[{"key": "faas-bundle", "value": record.bundle}],
    )
    with pytest.raises(ChangedElsewhere, match="was changed elsewhere"):
        put(workspace, name, "mine too")
    workspace.deploy(package(workspace, name, "mine too"), force=True)
    rows = [each.record for each in workspace.deployments.history(name).deploys]
    assert [each.version for each in rows] == ["0.0.3", "0.0.2", "0.0.1"]
    assert (rows[1].bundle, rows[1].user) == (record.bundle, "")
    assert back(workspace, name).bundle == record.bundle
    after = client.get_action(name)
    assert (after.limits.memory, [each.value for each in after.parameters]) == (512, [1])
    assert workspace.invoke(name, {}).result == {"word": "theirs"}


def test_another_notebooks_function_is_not_overwritten(workspace: Workspace, name: str) -> None:
    put(workspace, name, "one", cell_id="c1")
    theirs = package(workspace, name, "two", notebook="other.ipynb", cell_id="c9")
    by = f"from n.ipynb by {user_name(os.environ)}: version 0.0.1"
    with pytest.raises(ChangedElsewhere, match=rf"{name} on .* was deployed {by}") as refused:
        workspace.deploy(theirs)
    assert f"--package {name}-new" in refused.value.hint
    assert f"%faas deploy {name} --force" in refused.value.hint
    with pytest.raises(ChangedElsewhere, match=r"from n\.ipynb"):
        workspace.deployments.check([theirs])
    assert workspace.deploy(theirs, force=True).version == "0.0.2"
    # Now it is theirs, and this notebook asks.
    with pytest.raises(ChangedElsewhere, match=r"from other\.ipynb"):
        put(workspace, name, "three", cell_id="c1")
    # A rollback says which version it restores.
    assert back(workspace, name).rollback_to == "0.0.1"


def test_a_renamed_notebook_deploys_its_own_function_again(
    workspace: Workspace, name: str, tmp_path: Path
) -> None:
    old, new = tmp_path / "old.ipynb", tmp_path / "new.ipynb"
    old.touch()
    put(workspace, name, "one", notebook=str(old), cell_id="c1")
    # While the original exists, a notebook with the same cells is a copy.
    with pytest.raises(ChangedElsewhere, match=r"from old\.ipynb"):
        put(workspace, name, "two", notebook=str(new), cell_id="c1")
    old.rename(new)
    assert put(workspace, name, "two", notebook=str(new), cell_id="c1").version == "0.0.2"
    # The command line does not send the ids that JupyterLab gives to cells of old notebooks.
    assert put(workspace, name, "three", notebook=str(new)).version == "0.0.3"


def test_a_notebook_of_the_same_name_in_another_folder(
    workspace: Workspace, name: str, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "n.ipynb").touch()
    put(workspace, name, "one", notebook=str(tmp_path / "a/n.ipynb"), cell_id="c1")
    with pytest.raises(ChangedElsewhere, match=rf"from n\.ipynb in {tmp_path / 'a'}"):
        put(workspace, name, "two", notebook=str(tmp_path / "b/n.ipynb"), cell_id="c2")
    there = workspace.function(name)
    assert (there.notebook, there.cell_id) == ("n.ipynb", "c1")
    with closing(Client(playground_target(workspace.data_dir))) as client:
        assert str(tmp_path) not in str(client.get_action(name).annotations)


def test_a_function_whose_notebook_is_not_known_is_not_asked_about(
    workspace: Workspace, name: str
) -> None:
    put(workspace, name, "one", notebook=None)
    assert put(workspace, name, "two").version == "0.0.2"
    assert put(workspace, name, "three", notebook=None).version == "0.0.3"


def test_a_package_deployed_without_a_record_is_ours(workspace: Workspace, name: str) -> None:
    one = put(workspace, name, "one")
    for path in (workspace.data_dir / "deploys").glob("*/*.json"):
        if f'"{name}"' in path.read_text():
            path.unlink()
    assert put(workspace, name, "one").unchanged
    put(workspace, name, "two")
    assert back(workspace, name).bundle == one.bundle


def test_deploys_at_once_leave_a_record_each(workspace: Workspace, name: str) -> None:
    packages = [package(workspace, name, word) for word in ("one", "two", "three", "four")]

    def deploy(package_id: str) -> str:
        # Each as a process of its own would: with its own connection and look at the disk.
        return Workspace.open(data_dir=workspace.data_dir).deploy(package_id).version

    with ThreadPoolExecutor(4) as threads:
        versions = list(threads.map(deploy, packages))
    rows = [each.record for each in workspace.deployments.history(name).deploys]
    assert sorted(versions) == ["0.0.1", "0.0.2", "0.0.3", "0.0.4"]
    assert [each.version for each in rows] == ["0.0.4", "0.0.3", "0.0.2", "0.0.1"]
    assert {each.package for each in rows} == set(packages)


def test_who_when_and_from_where(workspace: Workspace, name: str, tmp_path: Path) -> None:
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "first"]):
        git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.example"]
        subprocess.run([*git, *words], check=True)
    before = time.time()
    put(workspace, name, root=tmp_path, cell_id="7a1d")
    (row,) = (each.record for each in workspace.deployments.history(name).deploys)
    assert (row.notebook, row.cell_id) == ("n.ipynb", "7a1d")
    assert re.fullmatch("[0-9a-f]{40}", row.commit or "")
    assert row.user == user_name(os.environ)
    assert before <= row.deployed / 1000 + 0.001 <= time.time() + 0.001


def test_history_has_the_agreed_shape(workspace: Workspace, name: str) -> None:
    put(workspace, name, "one")
    put(workspace, name, "two")
    history = workspace.deployments.history(name)
    assert_same_shape(history.to_json(), sample("history"))
    assert [(each.record.version, each.current) for each in history.deploys] == [
        ("0.0.2", True),
        ("0.0.1", False),
    ]
    assert history.back_to == "0.0.1"
    assert history.lines()[1].startswith("*  0.0.2")
    assert history.lines()[-1] == f"To restore version 0.0.1: %faas rollback {name}"
    (listed,) = [one for one in workspace.functions() if one.name == name]
    assert (listed.back_to, listed.elsewhere) == ("0.0.1", False)


def test_history_is_known_while_the_target_is_not(tmp_path: Path) -> None:
    workspace = Workspace.open(data_dir=tmp_path)
    try:
        put(workspace, "greet")
    finally:
        stop(tmp_path)
    history = workspace.deployments.history("greet")
    assert (history.known, history.namespace, len(history.deploys)) == (False, "guest", 1)
    assert history.lines()[-1].startswith("Local playground is not responding")


def test_diff_from_what_is_deployed_to_the_cell(workspace: Workspace, name: str) -> None:
    put(workspace, name, "one", parameters={"token": "s3cret", "b": 1})
    new = package(workspace, name, "two", parameters={"token": "0ther"}, memory_mb=512)
    found = diff(workspace.deployments, name, package=new)
    assert_same_shape(found.to_json(), sample("diff"))
    lines = found.lines()
    assert "-    return {'word': 'one'}" in lines
    assert "+    return {'word': 'two'}" in lines
    assert "-memory: 256 MB" in lines
    assert "+token = (hidden, a different value)" in lines
    assert "-b = (hidden)" in lines
    assert "s3cret" not in str(found)
    assert "0ther" not in str(found)


def test_diff_of_what_is_the_same(workspace: Workspace, name: str) -> None:
    put(workspace, name)
    found = diff(workspace.deployments, name, package=package(workspace, name))
    assert found.same
    assert str(found) == (
        f"{name}: the cell in this notebook is the same as the deployed version 0.0.1."
    )


def test_diff_of_the_cell_that_was_packaged_last(workspace: Workspace, name: str) -> None:
    put(workspace, name)
    package(workspace, name)
    said = str(diff(workspace.deployments, name))
    assert re.fullmatch(
        rf"{name}: the cell packaged 20[-0-9]+ [:0-9]+( from \S+)? is the same as the deployed "
        r"version 0\.0\.1\.",
        said,
    )


def test_diff_between_versions(workspace: Workspace, name: str) -> None:
    put(workspace, name, "one")
    put(workspace, name, "two")
    put(workspace, name, "three")
    found = diff(workspace.deployments, name, old="1", new="2")
    assert (found.old.label, found.new.label) == ("version 0.0.1", "version 0.0.2")
    assert "+    return {'word': 'two'}" in found.lines()


def test_diff_with_another_tools_action(workspace: Workspace, client: Client, name: str) -> None:
    update(client, name, exec={"kind": "python:default", "code": "def main(args):\n    pass\n"})
    found = diff(workspace.deployments, name, package=package(workspace, name))
    assert "-def main(args):" in found.lines()
    assert f"+def {name}():" in found.lines()
