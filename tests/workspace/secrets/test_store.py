from __future__ import annotations

import stat
from pathlib import Path

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.secrets.store import SecretStore


class MemoryKeyring:
    """A keyring in memory, with the functions of the library ``keyring``."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str] = {}

    def get_password(self, service_name: str, username: str) -> str | None:
        return self.values.get((service_name, username))

    def set_password(self, service_name: str, username: str, password: str) -> None:
        self.values[service_name, username] = password

    def delete_password(self, service_name: str, username: str) -> None:
        del self.values[service_name, username]


class LockedKeyring(MemoryKeyring):
    def get_password(self, service_name: str, username: str) -> str | None:
        raise RuntimeError("locked")

    def set_password(self, service_name: str, username: str, password: str) -> None:
        raise RuntimeError("locked")


@pytest.fixture
def environ() -> dict[str, str]:
    return {}


@pytest.fixture
def store(tmp_path: Path, environ: dict[str, str]) -> SecretStore:
    """A store without a keyring."""
    return SecretStore(tmp_path / "faas", environ)


def private(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_a_stored_value_is_in_a_file_of_its_owner_alone(store: SecretStore) -> None:
    assert store.set("DB_PASSWORD", "hunter2").place == "data folder"
    assert store.values(["DB_PASSWORD"]) == {"DB_PASSWORD": "hunter2"}
    (file,) = store.folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


def test_with_a_keyring_no_file_has_the_value(tmp_path: Path) -> None:
    store = SecretStore(tmp_path, {}, MemoryKeyring())
    assert store.set("DB_PASSWORD", "hunter2").place == "keyring"
    assert store.value("DB_PASSWORD") == "hunter2"
    assert not any(b"hunter2" in path.read_bytes() for path in store.folder.iterdir())


def test_two_data_folders_share_a_keyring_and_no_value(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    for folder in ("a", "b"):
        SecretStore(tmp_path / folder, {}, keyring).set("TOKEN", folder)
    assert SecretStore(tmp_path / "a", {}, keyring).value("TOKEN") == "a"


def test_a_removed_secret_is_in_no_keyring_and_no_file(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    store = SecretStore(tmp_path, {}, keyring)
    store.set("TOKEN", "t0ken")
    store.remove("TOKEN")
    assert (keyring.values, store.list(), store.value("TOKEN")) == ({}, [], None)


def test_a_file_takes_the_value_out_of_the_keyring(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    store = SecretStore(tmp_path, {}, keyring)
    store.set("TOKEN", "t0ken")
    store.set_file("TOKEN", private(tmp_path / "token", "other"))
    assert (keyring.values, store.value("TOKEN")) == ({}, "other")


def test_a_keyring_that_keeps_the_value_is_told(tmp_path: Path) -> None:
    class Keeping(MemoryKeyring):
        def delete_password(self, service_name: str, username: str) -> None:
            raise RuntimeError("locked")

    store = SecretStore(tmp_path, {}, Keeping())
    store.set("TOKEN", "t0ken")
    with pytest.raises(InputError, match=r"The system's keyring could not remove TOKEN\."):
        store.remove("TOKEN")
    assert [one.name for one in store.list()] == ["TOKEN"]


def test_a_locked_keyring_is_told_without_the_value(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"could not store TOKEN \(RuntimeError\)") as refused:
        SecretStore(tmp_path, {}, LockedKeyring()).set("TOKEN", "t0ken-value")
    assert "t0ken-value" not in str(refused.value)


def test_a_value_in_a_keyring_that_is_gone_is_told_with_the_cure(tmp_path: Path) -> None:
    SecretStore(tmp_path, {}, MemoryKeyring()).set("TOKEN", "t0ken")
    with pytest.raises(InputError, match=r"in the system's keyring, which this process cannot"):
        SecretStore(tmp_path, {}).values(["TOKEN"])


def test_a_file_is_read_at_each_use_and_its_path_alone_is_kept(
    store: SecretStore, tmp_path: Path
) -> None:
    file = private(tmp_path / "token", "first\n")
    assert store.set_file("TOKEN", file).path == str(file)
    assert store.value("TOKEN") == "first"
    private(file, "second\n")
    assert store.value("TOKEN") == "second"
    (kept,) = store.folder.iterdir()
    assert "first" not in kept.read_text()


def test_a_file_that_others_can_read_is_refused(store: SecretStore, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("t0ken")
    file.chmod(0o644)
    with pytest.raises(InputError, match=r"Other users can read the file with the secret TOKEN"):
        store.set_file("TOKEN", file)


def test_a_list_shows_what_is_wrong_and_no_value(store: SecretStore, tmp_path: Path) -> None:
    file = private(tmp_path / "token", "t0ken")
    store.set_file("TOKEN", file)
    store.set("DB_PASSWORD", "hunter2")
    file.unlink()
    password, token = store.list()
    assert (password.name, password.problem) == ("DB_PASSWORD", "")
    assert "cannot be read" in token.problem
    assert "hunter2" not in repr(store.list()) + repr(store)


def test_the_environment_comes_before_what_is_stored(
    store: SecretStore, environ: dict[str, str]
) -> None:
    store.set("TOKEN", "stored")
    environ["TOKEN"] = "given"
    assert store.value("TOKEN") == "given"


def test_a_notebook_reads_the_stored_value_as_an_environment_variable(
    store: SecretStore, environ: dict[str, str]
) -> None:
    store.set("TOKEN", "stored")
    store.provide(["TOKEN"])
    assert environ == {"TOKEN": "stored"}


def test_a_value_that_was_changed_in_another_process_is_not_hidden_by_the_earlier_one(
    store: SecretStore, tmp_path: Path
) -> None:
    store.set("TOKEN", "first")
    store.provide(["TOKEN"])
    SecretStore(tmp_path / "faas", {}).set("TOKEN", "second")
    assert store.value("TOKEN") == "second"


def test_a_new_value_is_read_by_the_notebook_at_once(
    store: SecretStore, environ: dict[str, str]
) -> None:
    store.set("TOKEN", "first")
    store.provide(["TOKEN"])
    store.set("TOKEN", "second")
    assert environ == {"TOKEN": "second"}


def test_a_removed_secret_leaves_the_environment(
    store: SecretStore, environ: dict[str, str]
) -> None:
    store.set("TOKEN", "first")
    store.provide(["TOKEN"])
    store.remove("TOKEN")
    assert environ == {}


def test_all_missing_secrets_are_told_at_once(store: SecretStore) -> None:
    store.set("TOKEN", "t")
    with pytest.raises(
        InputError, match=r"The secrets A_KEY, B_KEY are not set on this machine\."
    ) as told:
        store.values(["A_KEY", "TOKEN", "B_KEY"])
    assert "%faas secret set A_KEY" in told.value.hint


@pytest.mark.parametrize("value", ["", "a\0b"], ids=["empty", "with a NUL"])
def test_a_value_that_no_environment_variable_can_have_is_refused(
    store: SecretStore, value: str
) -> None:
    with pytest.raises(
        InputError, match=r"The value of TOKEN is empty or contains a null character\."
    ):
        store.set("TOKEN", value)
