"""Targets of one's own, and https between our client and a real playground."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import certifi
import pytest

from jupyter_faas.playground import PlaygroundInfo, start
from tests.cli.conftest import Program, program, stop_playground
from tests.contract.helpers.api import HELLO, Api, Target, python


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the program of these tests has its data; the playground there ends with them."""
    found = tmp_path_factory.mktemp("targets")
    yield found
    stop_playground(program(found).data_dir)


@pytest.fixture(scope="module")
def secure(folder: Path) -> PlaygroundInfo:
    """A playground with TLS that has the action ``hello``."""
    info = start(program(folder).data_dir, port=0, tls=True, wait_s=30)
    api = Api(Target(info.apihost, _auth(info), True))
    assert api.put("hello", python(HELLO)).status_code == 200
    api.session.close()
    return info


@pytest.fixture
def faas(folder: Path, secure: PlaygroundInfo, tmp_path: Path) -> Program:
    """The program beside that playground, whose user has a wskprops file for its https face.

    What the environment names to trust knows nothing of the playground.
    """
    found = program(folder)
    props = tmp_path / "wskprops"
    props.write_text(f"APIHOST={secure.https}\nAUTH={_auth(secure)}\n")
    environ = {"WSK_CONFIG_FILE": str(props), "REQUESTS_CA_BUNDLE": certifi.where()}
    return replace(found, environ={**found.environ, **environ})


def _auth(info: PlaygroundInfo) -> str:
    return info.wskprops.read_text().splitlines()[1].removeprefix("AUTH=")


def test_wskprops_with_a_certificate_that_is_not_trusted(faas: Program) -> None:
    done = faas("invoke", "hello", "--target", "wskprops")
    assert done.code == 3
    assert "is not accepted: unable to get local issuer certificate.\n" in done.err
    assert "JUPYTER_FAAS_CA" in done.err
    assert "JUPYTER_FAAS_INSECURE=1" in done.err


def test_wskprops_with_the_ca_of_the_environment(faas: Program, secure: PlaygroundInfo) -> None:
    trusting = replace(faas, environ={**faas.environ, "JUPYTER_FAAS_CA": str(secure.ca)})
    done = trusting("invoke", "hello", "name=TLS", "--target", "wskprops", "--result")
    assert (done.code, done.json) == (0, {"greeting": "Hello TLS"})


def test_insecure_wskprops_says_so(faas: Program) -> None:
    careless = replace(faas, environ={**faas.environ, "JUPYTER_FAAS_INSECURE": "1"})
    done = careless("invoke", "hello", "--target", "wskprops", "--result")
    assert (done.code, done.error) == (0, "")
    (row,) = (line for line in careless("target").out.splitlines() if "wskprops" in line)
    assert row.endswith("reachable, insecure")


def test_a_target_that_was_added_with_its_ca(
    faas: Program, secure: PlaygroundInfo, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.touch(0o600)
    key.write_text(_auth(secure))
    host = ("--apihost", str(secure.https), "--auth-file", str(key), "--ca", str(secure.ca))
    added = faas("target", "add", "lab", *host)
    assert added.code == 0, added.err
    done = faas("invoke", "hello", "name=lab", "--target", "lab", "--result")
    assert (done.code, done.json) == (0, {"greeting": "Hello lab"})
    listed = faas("activations", "--target", "lab", "--json")
    assert listed.json["activations"][0]["name"] == "hello"
    assert faas("target", "remove", "lab").code == 0
    gone = faas("invoke", "hello", "--target", "lab")
    assert (gone.code, gone.error.splitlines()[0]) == (3, "Error: Unknown target 'lab'.")


def test_a_name_is_taken_once(faas: Program, tmp_path: Path) -> None:
    words = ("target", "add", "twice", "--wskprops", faas.environ["WSK_CONFIG_FILE"])
    assert faas(*words).code == 0
    done = faas(*words)
    assert (done.code, done.error.splitlines()) == (
        2,
        [
            "Error: A target named 'twice' already exists.",
            "Choose another name, such as twice-2, or remove it first: "
            "jupyter faas target remove twice",
        ],
    )
    assert faas("target", "remove", "twice").code == 0


def test_the_playground_as_a_target_trusts_its_own_ca(
    faas: Program, secure: PlaygroundInfo
) -> None:
    before = secure.wskprops.read_text()
    secure.wskprops.write_text(before.replace("http:", "https:"))
    try:
        done = faas("invoke", "hello", "name=me", "--result")
        assert (done.code, done.json) == (0, {"greeting": "Hello me"})
        assert f" https://127.0.0.1:{secure.port} " in faas("target").out
    finally:
        secure.wskprops.write_text(before)
