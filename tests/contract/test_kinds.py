"""Contract §1.1, §2.1, §5, §8: which kinds there are, and which version runs them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from jupyter_faas.playground import PlaygroundInfo
from jupyter_faas.playground.runtimes.python import OWN_VERSION, find_interpreter
from jupyter_faas.whisk.kinds import PYTHON_VERSIONS, RUNTIMES
from tests.contract.helpers.api import TIMEOUT_S, Api, Target, annotated, node, python
from tests.contract.helpers.private import private, with_options

PYTHON_CODE = "import sys\ndef main(args):\n    return {'v': '%d.%d' % sys.version_info[:2]}\n"
NODE_CODE = "const main = () => ({ v: process.version })"
OWN_KIND = f"python:{OWN_VERSION}"

RUNNING = ("nodejs", "python")


def kinds(target: Target) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = requests.get(target.apihost, timeout=TIMEOUT_S).json()[
        "runtimes"
    ]
    return found


def put(api: Api, name: str, execution: Mapping[str, Any]) -> requests.Response:
    return api.put(name, {"exec": execution}, overwrite=True)


def absent_python() -> str:
    for version in reversed(PYTHON_VERSIONS):
        if version != OWN_VERSION and find_interpreter(version, os.environ.get("PATH")) is None:
            return version
    pytest.skip("every Python is on this machine")


def node_version() -> str:
    command = shutil.which("node")
    assert command is not None
    return subprocess.run([command, "--version"], capture_output=True, text=True).stdout.strip()


@pytest.fixture
def mapped(playground: PlaygroundInfo) -> Iterator[Path]:
    """The file with the user's mapping of kinds; it is removed."""
    path = playground.wskprops.parent / "kinds.json"
    yield path
    path.unlink(missing_ok=True)


# -- the list ------------------------------------------------------------------------------------


def test_every_kind_of_upstream_is_listed(target: Target) -> None:
    found = {each["kind"] for family in kinds(target).values() for each in family}
    assert {each.kind for family in RUNTIMES.values() for each in family} <= found


def test_each_kind_is_described(target: Target) -> None:
    fields = {"kind", "image", "default", "deprecated", "attached", "requireMain"}
    for family, entries in kinds(target).items():
        assert all(fields <= set(each) for each in entries)
        assert all(each["kind"].startswith(f"{family}:") for each in entries)
        assert [each["default"] for each in entries].count(True) == 1
        needs = family in ("java", "dotnet")
        assert all(each["requireMain"] is needs for each in entries)


@pytest.mark.parametrize("alias", ["python:default", "PYTHON:Default", "python:3", "python:2"])
def test_aliases_of_python(api: Api, name: str, target: Target, alias: str) -> None:
    (default,) = (each["kind"] for each in kinds(target)["python"] if each["default"])
    stored = put(api, name, {"kind": alias, "code": PYTHON_CODE}).json()
    assert stored["exec"]["kind"] == default
    assert annotated(stored)["exec"] == default


@pytest.mark.parametrize("version", ["default", "6", "8", "10", "12", "14", "16"])
def test_aliases_of_node(api: Api, name: str, target: Target, version: str) -> None:
    (default,) = (each["kind"] for each in kinds(target)["nodejs"] if each["default"])
    stored = put(api, name, {"kind": f"nodejs:{version}", "code": NODE_CODE}).json()
    assert stored["exec"]["kind"] == default


@pytest.mark.parametrize("kind", ["java:8", "dotnet:6.0", "java:default"])
def test_kinds_that_need_a_main(api: Api, name: str, kind: str) -> None:
    response = put(api, name, {"kind": kind, "code": "x"})
    assert response.status_code == 400
    assert "'main' must be a string defined in 'exec' for" in response.json()["error"]
    assert put(api, name, {"kind": kind, "code": "x", "main": "M"}).status_code == 200


@pytest.mark.parametrize(
    "kind",
    [
        next(each.kind for each in entries if each.default)
        for family, entries in RUNTIMES.items()
        if family not in RUNNING
    ],
)
def test_kind_without_a_runtime_is_stored_and_refused_at_invoke(
    api: Api, name: str, ours: None, kind: str
) -> None:
    assert put(api, name, {"kind": kind, "code": "x", "main": "M"}).status_code == 200
    response = api.invoke(name)
    assert (response.status_code, response.json()["error"]) == (
        400,
        f"The kind '{kind}' cannot run here: this playground runs nodejs, python actions only.",
    )


# -- versions ------------------------------------------------------------------------------------


def test_own_version_runs_it_and_nothing_is_said(api: Api, name: str, ours: None) -> None:
    put(api, name, {"kind": OWN_KIND, "code": PYTHON_CODE})
    record = api.invoke(name).json()
    assert record["response"]["result"] == {"v": OWN_VERSION}
    assert "faas-runtime" not in annotated(record)


def test_python_that_is_not_there_is_refused_with_the_reason(
    api: Api, name: str, ours: None
) -> None:
    version = absent_python()
    put(api, name, {"kind": f"python:{version}", "code": PYTHON_CODE})
    response = api.invoke(name)
    assert response.status_code == 400
    error = response.json()["error"]
    assert error.startswith(f"The kind 'python:{version}' cannot run here: there is no python")
    assert f'{{"python:{version}": "{OWN_KIND}"}} to kinds.json' in error


def test_node_of_another_version_is_named(api: Api, name: str, ours: None) -> None:
    put(api, name, {"kind": "nodejs:18", "code": NODE_CODE})
    for _ in range(2):
        record = api.invoke(name).json()
        assert record["response"]["result"] == {"v": node_version()}
        assert annotated(record)["kind"] == "nodejs:18"
        if not node_version().startswith("v18."):
            assert annotated(record)["faas-runtime"] == f"node {node_version()}"


def test_node_of_another_version_is_named_when_the_start_fails(
    api: Api, name: str, ours: None
) -> None:
    put(api, name, {"kind": "nodejs:18", "code": "function ("})
    record = api.invoke(name).json()
    assert record["response"]["status"] == "action developer error"
    if not node_version().startswith("v18."):
        assert annotated(record)["faas-runtime"] == f"node {node_version()}"


def path_with_node(folder: Path, version: str) -> str:
    """A PATH whose node says that it is of a version."""
    folder.mkdir()
    (folder / "node").write_text(f"#!/bin/sh\necho {version}\n")
    (folder / "node").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_default_is_what_the_node_of_the_machine_can_run(tmp_path: Path) -> None:
    path = path_with_node(tmp_path / "bin", "v18.19.0")
    with private(tmp_path / "data", PATH=path) as old:
        defaults = [each["kind"] for each in kinds(old.api.target)["nodejs"] if each["default"]]
        assert defaults == ["nodejs:18"]
        for alias in ("default", "14"):
            stored = put(old.api, "a", {"kind": f"nodejs:{alias}", "code": NODE_CODE}).json()
            assert stored["exec"]["kind"] == "nodejs:18"


def test_older_node_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = path_with_node(tmp_path / "bin", "v16.20.2")
    with private(tmp_path / "data", PATH=path) as old:
        old.api.put("a", {"exec": {"kind": "nodejs:20", "code": NODE_CODE}})
        response = old.api.invoke("a")
        assert (response.status_code, response.json()["error"]) == (
            400,
            "The kind 'nodejs:20' cannot run here: the node on the PATH of the playground is "
            "v16.20.2, which is older. Install Node.js 20 or newer, or choose an older kind.",
        )


# -- mapped by the user ----------------------------------------------------------------------------


def test_kind_that_was_mapped_runs_and_says_so(
    api: Api, name: str, ours: None, mapped: Path
) -> None:
    kind = f"python:{absent_python()}"
    mapped.write_text(json.dumps({kind: OWN_KIND}))
    put(api, name, {"kind": kind, "code": PYTHON_CODE})
    for _ in range(2):
        record = api.invoke(name).json()
        assert record["response"]["result"] == {"v": OWN_VERSION}
        assert annotated(record)["kind"] == kind
        assert annotated(record)["faas-runtime"] == f"python {OWN_VERSION}"


def test_kind_that_was_mapped_to_what_does_not_run_here(
    api: Api, name: str, ours: None, mapped: Path
) -> None:
    mapped.write_text(json.dumps({"ruby:2.5": "java:8"}))
    put(api, name, {"kind": "ruby:2.5", "code": "x"})
    assert api.invoke(name).json()["error"] == (
        "'ruby:2.5' is mapped to 'java:8', which cannot run here: this playground runs "
        "nodejs, python actions only."
    )


def test_kind_that_is_mapped_on_the_command_line(tmp_path: Path) -> None:
    kind = f"python:{absent_python()}"
    with with_options(tmp_path, "--map", f"{kind}=python:default") as playground:
        put(playground.api, "a", {"kind": kind, "code": PYTHON_CODE})
        assert playground.api.invoke("a", result=True).json() == {"v": OWN_VERSION}


# -- several at once -----------------------------------------------------------------------------


def test_concurrency_is_accepted_and_kept(api: Api, name: str, ours: None) -> None:
    body = python("def main(args):\n    return args\n", limits={"concurrency": 200})
    assert api.put(name, body).json()["limits"]["concurrency"] == 200
    record = api.invoke(name).json()
    assert annotated(record)["limits"]["concurrency"] == 200


@pytest.mark.parametrize(
    ("concurrency", "message"),
    [
        (501, "requirement failed: concurrency 501 exceeds allowed threshold of 500"),
        (0, "requirement failed: concurrency 0 below allowed threshold of 1"),
    ],
)
def test_concurrency_out_of_bounds(
    api: Api, name: str, ours: None, concurrency: int, message: str
) -> None:
    response = api.put(name, python(limits={"concurrency": concurrency}))
    assert (response.status_code, response.json()["error"]) == (400, message)
    limits = api.request("GET", "limits").json()
    assert (limits["minActionConcurrency"], limits["maxActionConcurrency"]) == (1, 500)


def test_runs_of_a_concurrent_action_do_not_wait_for_each_other(api: Api, name: str) -> None:
    """A long poll, as wskdebug's agent keeps one, beside others."""
    code = """
        const fs = require('fs');
        const main = args => new Promise(done => {
          if (args.open) { fs.writeFileSync(args.open, ''); }
          const look = () => fs.existsSync(args.gate) ? done({ n: args.n }) : setTimeout(look, 20);
          look();
        });
    """
    api.put(name, node(code, limits={"concurrency": 3}))
    gate = f"/tmp/{name}"
    try:
        ids = [
            api.invoke(name, {"gate": gate, "n": n}, blocking=False).json()["activationId"]
            for n in range(2)
        ]
        last = api.invoke(name, {"gate": gate, "open": gate, "n": 2}, result=True)
        assert last.json() == {"n": 2}
        assert [api.record(each)["response"]["result"]["n"] for each in ids] == [0, 1]
    finally:
        Path(gate).unlink(missing_ok=True)
