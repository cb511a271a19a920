from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jupyter_faas.errors import ActionConflict, ActionNotFound, InputError, PlaygroundError
from jupyter_faas.playground.data_dir import DataDirectory, write_private
from jupyter_faas.playground.entities.namespaces import (
    Namespaces,
    add_namespace,
    list_namespaces,
    remove_namespace,
)


@pytest.fixture
def folder(tmp_path: Path) -> DataDirectory:
    made = DataDirectory(tmp_path)
    made.create()
    return made


def key_in(wskprops: Path) -> str:
    lines = wskprops.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)["AUTH"]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_added_namespace_is_known_at_once(folder: DataDirectory, tmp_path: Path) -> None:
    namespaces = Namespaces(folder)
    key = key_in(add_namespace(tmp_path, "other"))
    caller = namespaces.by_auth(key.encode())
    assert caller is not None
    assert (caller.namespace, caller.subject) == ("other", "other")
    assert namespaces.by_namespace("other") == caller
    assert key not in repr(caller)


def test_removed_namespace_is_void_at_once(folder: DataDirectory, tmp_path: Path) -> None:
    path = add_namespace(tmp_path, "other")
    key = key_in(path)
    namespaces = Namespaces(folder)
    remove_namespace(tmp_path, "other")
    assert namespaces.by_auth(key.encode()) is None
    assert namespaces.by_namespace("other") is None
    assert not path.exists()
    assert list_namespaces(tmp_path) == ["guest"]


def test_namespace_that_comes_back_has_another_key(tmp_path: Path) -> None:
    first = key_in(add_namespace(tmp_path, "other"))
    remove_namespace(tmp_path, "other")
    assert key_in(add_namespace(tmp_path, "other")) != first


def test_key_of_one_with_the_id_of_another(folder: DataDirectory, tmp_path: Path) -> None:
    other = key_in(add_namespace(tmp_path, "other"))
    mixed = f"{folder.auth().partition(':')[0]}:{other.partition(':')[2]}"
    assert Namespaces(folder).by_auth(mixed.encode()) is None


def test_no_key_leads_to_the_namespace_of_the_system(folder: DataDirectory) -> None:
    namespaces = Namespaces(folder)
    system = namespaces.by_namespace("whisk.system")
    assert system is not None
    assert system.auth == ""
    assert [namespaces.by_auth(key) for key in (b"", b":", b"whisk.system:")] == [None] * 3


def test_files_are_private(folder: DataDirectory, tmp_path: Path) -> None:
    path = add_namespace(tmp_path, "other")
    assert mode(folder.namespaces) == 0o600
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    # It names no namespace: some clients would switch to another login.
    assert "NAMESPACE" not in path.read_text()


def test_list(tmp_path: Path) -> None:
    assert list_namespaces(tmp_path) == ["guest"]
    for name in ("z", "a"):
        add_namespace(tmp_path, name)
    assert list_namespaces(tmp_path) == ["guest", "a", "z"]


@pytest.mark.parametrize("name", ["guest", "whisk.system", "other"])
def test_namespace_that_exists(tmp_path: Path, name: str) -> None:
    add_namespace(tmp_path, "other")
    with pytest.raises(ActionConflict, match=f"The namespace {name} already exists"):
        add_namespace(tmp_path, name)


@pytest.mark.parametrize("name", ["a/b", "", "..", "$", "_", "x" * 201])
def test_name_that_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        add_namespace(tmp_path, name)
    assert list_namespaces(tmp_path) == ["guest"]


def test_remove_what_is_not_there(tmp_path: Path) -> None:
    add_namespace(tmp_path, "a")
    with pytest.raises(ActionNotFound, match="Unknown namespace 'b'") as error:
        remove_namespace(tmp_path, "b")
    assert error.value.hint == "Namespaces: a."


@pytest.mark.parametrize("name", ["guest", "whisk.system"])
def test_remove_of_the_playgrounds_own(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=f"The namespace {name} belongs to the playground"):
        remove_namespace(tmp_path, name)


def test_several_at_once_are_all_kept(tmp_path: Path) -> None:
    names = [f"n{number}" for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: add_namespace(tmp_path, name), names))
    assert list_namespaces(tmp_path) == ["guest", *names]


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"a": "no key"}), json.dumps({"a": 1})])
def test_file_that_is_damaged(folder: DataDirectory, text: str) -> None:
    folder.namespaces.write_text(text)
    with pytest.raises(PlaygroundError, match="does not contain keys"):
        Namespaces(folder)


def test_file_that_is_damaged_meanwhile_takes_nobodys_key(
    folder: DataDirectory, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = key_in(add_namespace(tmp_path, "other")).encode()
    namespaces = Namespaces(folder)
    whole = folder.namespaces.read_text()
    write_private(folder.namespaces, "{")
    for _ in range(2):
        assert namespaces.by_auth(key) is not None
    assert caplog.text.count("does not contain keys. The previous keys remain valid.") == 1
    write_private(folder.namespaces, whole)
    assert namespaces.by_auth(key) is not None
