"""Contract §2.1, §6: actions that name an image."""

from __future__ import annotations

import json
import platform
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from jupyter_faas.playground import PlaygroundInfo
from jupyter_faas.playground.runtimes.python import OWN_VERSION
from tests.contract.helpers.api import HELLO, TIMEOUT_S, Api, annotated, zipped
from tests.contract.helpers.private import with_options

IMAGE = "docker.io/me/python-v311:1.2"


def blackbox(image: str = IMAGE, **more: Any) -> dict[str, Any]:
    return {"exec": {"kind": "blackbox", "image": image, **more}}


@pytest.fixture
def kinds(playground: PlaygroundInfo) -> Iterator[Path]:
    """The file with the user's mapping; it is removed."""
    path = playground.wskprops.parent / "kinds.json"
    yield path
    path.unlink(missing_ok=True)


def test_image_with_code_is_echoed(api: Api, name: str) -> None:
    code = zipped({"__main__.py": HELLO})
    response = api.put(name, blackbox(code=code, main="go"))
    assert response.status_code == 200, response.text
    expected = {"kind": "blackbox", "image": IMAGE, "binary": True, "code": code, "main": "go"}
    assert response.json()["exec"] == expected
    assert annotated(response.json())["exec"] == "blackbox"
    assert api.get(name).json()["exec"] == expected
    without = {key: value for key, value in expected.items() if key != "code"}
    assert api.get(name, code=False).json()["exec"] == without
    (entry,) = (each for each in api.request("GET", "actions").json() if each["name"] == name)
    assert entry["exec"] == {"binary": True}
    assert api.delete(name).json()["exec"] == expected


@pytest.mark.parametrize("more", [{}, {"code": ""}, {"code": " \n"}])
def test_image_alone_is_echoed(api: Api, name: str, more: dict[str, str]) -> None:
    expected = {"kind": "blackbox", "image": IMAGE, "binary": False}
    assert api.put(name, blackbox(**more)).json()["exec"] == expected
    assert api.get(name).json()["exec"] == expected


def test_image_in_the_place_of_code_takes_the_code_away(api: Api, name: str) -> None:
    api.put(name, {"exec": {"kind": "python:default", "code": HELLO}})
    api.put(name, blackbox(), overwrite=True)
    assert "code" not in api.get(name).json()["exec"]


def test_update_of_something_else_keeps_the_image(api: Api, name: str) -> None:
    api.put(name, blackbox(code=HELLO))
    updated = api.put(name, {"limits": {"memory": 512}}, overwrite=True).json()
    assert updated["exec"] == {
        "kind": "blackbox",
        "image": IMAGE,
        "binary": False,
        "code": HELLO,
    }


def test_blackbox_without_an_image(api: Api, name: str) -> None:
    response = api.put(name, {"exec": {"kind": "blackbox", "code": HELLO}})
    assert (response.status_code, response.json()["error"]) == (
        400,
        "The request content was malformed:\n"
        "'image' must be a string defined in 'exec' for 'blackbox' actions",
    )


def test_image_that_is_not_mapped_makes_a_record_with_a_note(
    api: Api, name: str, ours: None
) -> None:
    api.put(name, blackbox(code=HELLO))
    for blocking, status in ((True, 502), (False, 202)):
        response = api.invoke(name, blocking=blocking)
        assert response.status_code == status
        record = api.record(response.json()["activationId"])
        assert record["response"] == {
            "status": "action developer error",
            "success": False,
            "result": {"error": f"Failed to pull container image '{IMAGE}'."},
        }
        assert record["logs"] == []
        assert annotated(record)["faas-note"] == (
            f"The image '{IMAGE}' cannot run here, because this playground does not run "
            "containers. To run "
            f'its actions as Python (for Node.js: nodejs:default), write {{"{IMAGE}": '
            '"python:default"} to '
            "kinds.json in the playground's folder."
        )


@pytest.mark.parametrize("tag", ["nightly", "1.20.0", ""])
def test_image_of_a_kind_that_is_advertised_runs_as_that_kind(
    api: Api, name: str, ours: None, tag: str
) -> None:
    image = f"openwhisk/action-python-v{OWN_VERSION}{tag and ':'}{tag}"
    info = requests.get(api.target.apihost, timeout=TIMEOUT_S).json()
    runtimes = info["runtimes"]["python"]
    assert image.partition(":")[0] in {one["image"].partition(":")[0] for one in runtimes}
    api.put(name, blackbox(image, code=HELLO))
    record = api.invoke(name).json()
    assert record["response"]["result"] == {"greeting": "Hello stranger"}
    assert annotated(record)["kind"] == "blackbox"


@pytest.mark.parametrize("pattern", [IMAGE, "me/python-v311:1.2", "docker.io/me/*", "*"])
def test_image_that_is_mapped_runs(
    api: Api, name: str, ours: None, kinds: Path, pattern: str
) -> None:
    kinds.write_text(json.dumps({"docker.io/you/*": "nodejs:20", pattern: "python:default"}))
    api.put(name, blackbox(code=zipped({"__main__.py": HELLO, "x.txt": "x"})))
    record = api.invoke(name, {"name": "Ada"}).json()
    assert record["response"]["result"] == {"greeting": "Hello Ada"}
    assert annotated(record)["kind"] == "blackbox"
    assert annotated(record)["faas-runtime"] == f"python {OWN_VERSION}"


def test_image_that_is_mapped_runs_its_main(api: Api, name: str, ours: None, kinds: Path) -> None:
    kinds.write_text(json.dumps({"me/*": "nodejs:default"}))
    api.put(name, blackbox("me/node", code="const go = () => ({ ok: 1 })", main="go"))
    record = api.invoke(name).json()
    assert record["response"]["result"] == {"ok": 1}
    assert annotated(record)["faas-runtime"].startswith("node v")


def test_image_runs_under_an_interpreter_of_the_user_s(
    api: Api, name: str, ours: None, kinds: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "venv", symlinks=True)
    kinds.write_text(json.dumps({"me/*": f"{tmp_path}/venv/bin/python"}))
    code = "import sys\ndef main(args):\n    return {'prefix': sys.prefix}\n"
    api.put(name, blackbox(code=code))
    record = api.invoke(name).json()
    assert record["response"]["result"] == {"prefix": f"{tmp_path}/venv"}
    assert annotated(record)["faas-runtime"] == f"python {platform.python_version()}"


def test_interpreter_that_is_none_is_refused_with_its_path(
    api: Api, name: str, ours: None, kinds: Path, tmp_path: Path
) -> None:
    kinds.write_text(json.dumps({"me/*": f"{tmp_path}/python"}))
    api.put(name, blackbox(code=HELLO))
    response = api.invoke(name)
    assert (response.status_code, response.json()["error"]) == (
        400,
        f"The kind is mapped to '{tmp_path}/python', which is not a working Python interpreter.",
    )


def test_image_without_code_is_refused_with_the_reason(
    api: Api, name: str, ours: None, kinds: Path
) -> None:
    kinds.write_text(json.dumps({"*": "python:default"}))
    api.put(name, blackbox())
    response = api.invoke(name)
    assert (response.status_code, response.json()["error"]) == (
        400,
        f"The image '{IMAGE}' contains its own code, which cannot run here, because this "
        "playground does not run containers. Add the code to the action.",
    )


def test_image_that_is_mapped_on_the_command_line(tmp_path: Path) -> None:
    with with_options(tmp_path, "--map", "lithops/*=python:default") as playground:
        playground.api.put("a", blackbox("docker.io/lithops/python-v311:3.8.0", code=HELLO))
        answer = playground.api.invoke("a", result=True)
        assert answer.json() == {"greeting": "Hello stranger"}
