from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.client import find_credentials, read_choice, read_key
from jupyter_faas.errors import TargetNotConfigured

HOST = "https://faas-fra1-afec6ce7.doserverless.co"
KEY = "dof_v1_0123abcd:s3cret"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the folder is that of Linux")


def write(home: Path, account: str = "00112233", **changes: Any) -> Path:
    path = home / ".config" / "doctl" / "sandbox" / "creds" / account / "credentials.json"
    path.parent.mkdir(parents=True)
    entry = {
        "currentHost": HOST,
        "currentNamespace": "fn-1",
        "label": "models",
        "credentials": {HOST: {"fn-1": {"api_key": KEY}}},
    }
    path.write_text(json.dumps({**entry, **changes}))
    return path


def test_the_only_account_is_found(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert find_credentials({}, tmp_path) == path


def test_the_folder_of_settings_may_be_elsewhere(tmp_path: Path) -> None:
    path = write(tmp_path)
    found = find_credentials({"XDG_CONFIG_HOME": str(tmp_path / ".config")}, tmp_path / "other")
    assert found == path


def test_the_token_chooses_between_accounts(tmp_path: Path) -> None:
    token = "dop_v1_abc"
    write(tmp_path)
    path = write(tmp_path, hashlib.sha1(token.encode()).hexdigest()[:8])
    assert find_credentials({"DIGITALOCEAN_ACCESS_TOKEN": token}, tmp_path) == path
    with pytest.raises(TargetNotConfigured, match="Keys for 2 accounts") as caught:
        find_credentials({}, tmp_path)
    assert "--doctl FILE" in caught.value.hint


def test_without_a_login_the_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(TargetNotConfigured, match="No key for DigitalOcean Functions") as caught:
        find_credentials({}, tmp_path)
    assert "doctl serverless connect" in caught.value.hint


def test_the_current_namespace_and_its_key_are_read(tmp_path: Path) -> None:
    path = write(tmp_path)
    chosen = read_choice(path, "do")
    assert (chosen.apihost, chosen.namespace) == (HOST, "fn-1")
    assert read_key(path, "do", HOST, "fn-1") == KEY


@pytest.mark.parametrize(("host", "namespace"), [(HOST, "fn-2"), ("https://elsewhere", "fn-1")])
def test_a_key_that_was_removed(tmp_path: Path, host: str, namespace: str) -> None:
    path = write(tmp_path)
    with pytest.raises(
        TargetNotConfigured, match=f"does not contain a key for {namespace}"
    ) as caught:
        read_key(path, "do", host, namespace)
    assert caught.value.hint == f"Create one with: doctl serverless connect {namespace}"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"credentials": 3}', '{"currentHost": 1}'])
def test_a_file_of_another_form(tmp_path: Path, text: str) -> None:
    path = tmp_path / "credentials.json"
    path.write_text(text)
    with pytest.raises(TargetNotConfigured, match="Target 'do' is not configured"):
        read_choice(path, "do")
    with pytest.raises(TargetNotConfigured, match="Target 'do' is not configured"):
        read_key(path, "do", HOST, "fn-1")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(TargetNotConfigured, match=r"cannot be read \(No such file"):
        read_choice(tmp_path / "none", "do")
