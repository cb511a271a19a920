"""Secrets on each host: an environment variable there, and no trace of the value here."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from jupyter_faas.errors import InputError
from tests.hosts.helpers.provider import Provider
from tests.hosts.test_information import client_of
from tests.hosts.test_providers import using
from tests.workspace.helpers.cells import run_cell
from tests.workspace.helpers.requests import function_request

SIGN = """\
%%function sign --secret SIGNING_KEY
import hashlib
import os

def sign(text: str = "a"):
    return {"digest": hashlib.sha256(os.environ["SIGNING_KEY"].encode()).hexdigest()}
"""
FIRST, SECOND = "the-first-value", "the-second-value"


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


@pytest.mark.parametrize("name", ["openserverless", "digitalocean"])
def test_a_secret_is_an_environment_variable_there_and_can_be_changed(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host: Provider = request.getfixturevalue(name)
    monkeypatch.setenv("SIGNING_KEY", FIRST)
    with using(host, tmp_path, monkeypatch) as workspace:
        cell = function_request(SIGN, "sign", secrets=["SIGNING_KEY"])
        made = workspace.package(cell, run_cell(SIGN))
        workspace.deploy(made.record.id)
        (bound,) = client_of(host).get_action("sign").parameters
        assert (bound.key, bound.value, bound.init) == ("SIGNING_KEY", FIRST, True)
        assert workspace.invoke("sign", {}).result == {"digest": digest(FIRST)}
        # A caller cannot replace it. This program refuses such a parameter, but others send it.
        record = host.invoke("sign", {"SIGNING_KEY": "another"})
        assert record["response"]["result"] == {"digest": digest(FIRST)}
        assert workspace.deploy(made.record.id).unchanged
        monkeypatch.setenv("SIGNING_KEY", SECOND)
        assert not workspace.deploy(made.record.id).unchanged
        assert workspace.invoke("sign", {}).result == {"digest": digest(SECOND)}
        for path in filter(Path.is_file, workspace.data_dir.rglob("*")):
            assert FIRST.encode() not in path.read_bytes(), path
        assert FIRST.encode() not in host.zips["sign"]


def test_a_missing_value_stops_the_deploy_before_anything_is_sent(
    digitalocean: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNING_KEY", FIRST)
    with using(digitalocean, tmp_path, monkeypatch) as workspace:
        cell = function_request(SIGN, "unsigned", secrets=["SIGNING_KEY"])
        made = workspace.package(cell, run_cell(SIGN))
        monkeypatch.delenv("SIGNING_KEY")
        with pytest.raises(
            InputError, match=r"The secret SIGNING_KEY is not set on this machine\."
        ):
            workspace.deploy(made.record.id)
        assert not workspace.has("unsigned")
