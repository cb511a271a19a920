from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import certifi
import pytest

from jupyter_faas.errors import InputError, TargetNotConfigured
from jupyter_faas.workspace.targets.target_settings import TargetSettings, check_target_name

AUTH = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "k" * 64
HOST = "https://lab.example"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "lab.key"
    path.write_text(f"{AUTH}\n")
    path.chmod(0o600)
    return path


def test_a_host_and_a_key_file(key_file: Path) -> None:
    named = TargetSettings("lab", apihost="lab.example", auth_file=str(key_file), namespace="team")
    target = named.resolve({})
    assert (target.name, target.label, target.kind) == ("lab", "lab", "openwhisk")
    assert (target.apihost, target.namespace, target.auth) == (HOST, "team", AUTH)
    assert (target.insecure, target.ca) == (False, None)


def test_a_host_and_a_variable() -> None:
    named = TargetSettings("lab", apihost=HOST, auth_variable="LAB_AUTH", insecure=True)
    target = named.resolve({"LAB_AUTH": AUTH})
    assert (target.auth, target.namespace, target.insecure) == (AUTH, "_", True)


def test_a_wskprops_file(tmp_path: Path) -> None:
    path = tmp_path / "props"
    path.write_text(f"APIHOST=lab.example\nAUTH={AUTH}\nNAMESPACE=file\n")
    target = TargetSettings("lab", wskprops=str(path), ca=certifi.where()).resolve({})
    assert (target.label, target.apihost, target.namespace) == ("lab", HOST, "file")
    assert target.ca == Path(certifi.where())
    assert (
        TargetSettings("lab", wskprops=str(path), namespace="mine").resolve({}).namespace == "mine"
    )


def test_the_key_shows_nowhere(key_file: Path) -> None:
    named = TargetSettings("lab", apihost=HOST, auth_file=str(key_file))
    for shown in (repr(named), json.dumps(named.to_json()), repr(named.resolve({}))):
        assert "kkkk" not in shown


def test_what_is_written_is_read_again(key_file: Path) -> None:
    named = TargetSettings("lab", apihost=HOST, auth_file=str(key_file), ca="/ca.pem")
    written = named.to_json()
    assert written == {"apihost": HOST, "auth_file": str(key_file), "ca": "/ca.pem"}
    assert TargetSettings.from_json("lab", written) == named


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "either a wskprops file or an API host"),
        ({"apihost": HOST, "wskprops": "/p"}, "has its host and its key in the wskprops file"),
        ({"apihost": HOST}, "needs a source for its key"),
        ({"apihost": HOST, "auth_file": "/k", "auth_variable": "K"}, "one source for its key"),
        ({"wskprops": "/p", "auth_file": "/k"}, "has its host and its key in the wskprops file"),
        (
            {"wskprops": "/p", "ca": "/ca.pem", "insecure": True},
            "cannot have both --insecure and --ca",
        ),
    ],
)
def test_words_that_do_not_go_together(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        TargetSettings("lab", **fields)
    with pytest.raises(TargetNotConfigured, match=message):
        TargetSettings.from_json("lab", fields)


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ([], "not a JSON object"),
        ({"apihost": HOST, "auth": AUTH}, "'auth' is not a setting of a target"),
        ({"apihost": HOST, "insecure": "yes"}, "'insecure' has a value of the wrong type"),
        ({"apihost": 3}, "'apihost' has a value of the wrong type"),
    ],
)
def test_an_entry_that_a_hand_has_spoiled_is_told_without_its_values(
    entry: object, why: str
) -> None:
    with pytest.raises(TargetNotConfigured, match=why) as error:
        TargetSettings.from_json("lab", entry)
    assert "kkkk" not in str(error.value)


def test_a_variable_that_is_not_set() -> None:
    named = TargetSettings("lab", apihost=HOST, auth_variable="LAB_AUTH")
    with pytest.raises(TargetNotConfigured, match="the variable LAB_AUTH is not set"):
        named.resolve({})


def test_a_variable_that_holds_no_key() -> None:
    named = TargetSettings("lab", apihost=HOST, auth_variable="LAB_AUTH")
    with pytest.raises(TargetNotConfigured, match="LAB_AUTH does not contain a key") as error:
        named.resolve({"LAB_AUTH": "a secret"})
    assert "a secret" not in str(error.value)


def test_a_key_file_that_is_missing(tmp_path: Path) -> None:
    named = TargetSettings("lab", apihost=HOST, auth_file=str(tmp_path / "none"))
    with pytest.raises(TargetNotConfigured, match=r"none cannot be read \(No such file"):
        named.resolve({})


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o622])
def test_a_key_file_that_others_can_reach(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    named = TargetSettings("lab", apihost=HOST, auth_file=str(key_file))
    with pytest.raises(
        TargetNotConfigured, match=r"other users can read .*\n.*chmod 600 .*lab\.key"
    ):
        named.resolve({})


@pytest.mark.parametrize("text", ["", "no key", f"AUTH={AUTH}\nAPIHOST=h"])
def test_a_key_file_that_holds_something_else(key_file: Path, text: str) -> None:
    key_file.write_text(text)
    named = TargetSettings("lab", apihost=HOST, auth_file=str(key_file))
    with pytest.raises(TargetNotConfigured, match=r"lab\.key does not contain a key") as error:
        named.resolve({})
    assert "kkkk" not in str(error.value)


def test_a_ca_that_is_missing(key_file: Path, tmp_path: Path) -> None:
    ca = str(tmp_path / "ca.pem")
    named = TargetSettings("lab", apihost=HOST, auth_file=str(key_file), ca=ca)
    with pytest.raises(TargetNotConfigured, match=r"CA file .*ca\.pem cannot be read"):
        named.resolve({})


@pytest.mark.parametrize("name", ["", "-x", "a b", "a/b", "x" * 65, "ä"])
def test_names_that_cannot_be_one(name: str) -> None:
    with pytest.raises(InputError, match="is not a valid target name"):
        check_target_name(name)


def test_refused_name_says_which_letters_are_allowed() -> None:
    with pytest.raises(InputError, match=r"größe[\s\S]*letters \(A to Z, a to z\)"):
        check_target_name("größe")


@pytest.mark.parametrize("name", ["lab", "adobe-io_1.2", "7"])
def test_names_that_can(name: str) -> None:
    assert check_target_name(name) == name
