"""Contract §1.3, §1.4, §2.1: what an action's entity holds, and what becomes of what is sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import HELLO, Api, annotated, python

MB = 1024 * 1024
MALFORMED = "The request content was malformed:\n"


def values(**given: Any) -> list[dict[str, Any]]:
    return [{"key": key.replace("_", "-"), "value": value} for key, value in given.items()]


def test_entity_has_every_field(api: Api, name: str) -> None:
    made = api.put(name, python(name="ignored", namespace="_", something=1)).json()
    assert set(made) == {
        *("namespace", "name", "version", "publish", "exec"),
        *("parameters", "limits", "annotations", "updated"),
    }
    assert set(made["exec"]) == {"kind", "code", "binary"}
    assert made["name"] == name


@pytest.mark.parametrize(
    "name",
    [
        *("1.0", "acp-assets-0.5.0", "user@example.com", "two words", "a&b", "x_wskdebug_original"),
        *("docker.io_local_openwhisk-python-v311_256MB_3.8.0", "a_trg_to_fn", "x" * 256),
    ],
)
def test_names_used_in_practice(api: Api, name: str) -> None:
    try:
        assert api.put(name, python(), overwrite=True).json()["name"] == name
        assert api.get(name, code=False).status_code == 200
    finally:
        assert api.delete(name).status_code == 200


# -- exec ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "claimed", "binary"),
    [
        ("main", False, True),
        (HELLO, True, False),
        (" bWFpbg==\n", False, True),
        ("mai", True, False),
    ],
)
def test_binary_is_for_the_server_to_say(
    api: Api, name: str, code: str, claimed: bool, binary: bool
) -> None:
    body = {"exec": {"kind": "python:default", "code": code, "binary": claimed}}
    made = api.put(name, body).json()
    assert (made["exec"]["binary"], made["exec"]["code"]) == (binary, code)


@pytest.mark.parametrize(
    "kind",
    [
        *("python:2", "python:3", "nodejs:6", "nodejs:8", "nodejs:10", "nodejs:12", "nodejs:14"),
        *("nodejs:default", "Python:Default"),
    ],
)
def test_old_kind(api: Api, name: str, kind: str) -> None:
    family = kind.partition(":")[0].lower()
    made = api.put(name, {"exec": {"kind": kind, "code": "x"}}).json()
    default = api.put(
        name, {"exec": {"kind": f"{family}:default", "code": "x"}}, overwrite=True
    ).json()
    assert made["exec"]["kind"] == default["exec"]["kind"]
    assert annotated(made)["exec"] == made["exec"]["kind"]
    assert made["exec"]["kind"] in ("nodejs:20", *(f"python:3.{minor}" for minor in range(10, 20)))


@pytest.mark.parametrize("kind", ["java:8", "java:default", "dotnet:3.1", "dotnet:6.0"])
def test_kind_that_needs_a_main(api: Api, name: str, kind: str) -> None:
    execution = {"kind": kind, "code": "UEsDBA=="}
    response = api.put(name, {"exec": execution})
    assert response.status_code == 400
    assert response.json()["error"].startswith(MALFORMED)
    assert "'main' must be a string defined in 'exec'" in response.json()["error"]
    made = api.put(name, {"exec": {**execution, "main": "Hello"}}).json()
    assert made["exec"]["main"] == "Hello"


# -- parameters and annotations ------------------------------------------------------------------


def test_key_that_comes_twice(api: Api, name: str) -> None:
    twice = [*values(a=1, b=1), *values(a=2)]
    made = api.put(name, python(parameters=twice, annotations=twice)).json()
    found = {each["key"]: each["value"] for each in made["parameters"]}
    assert (found, len(made["parameters"])) == ({"a": 2, "b": 1}, 2)
    assert annotated(made)["a"] == 2
    assert [each["key"] for each in made["annotations"]].count("a") == 1


def test_init_is_shown(api: Api, name: str) -> None:
    parameters = [{"key": "a", "value": 1, "init": True}, {"key": "b", "value": None}]
    assert api.put(name, python(parameters=parameters)).json()["parameters"] == parameters


def test_encryption_of_a_parameter_is_accepted(api: Api, name: str) -> None:
    code = "def main(args):\n    return args\n"
    parameters = [{"key": "a", "value": 1, "encryption": "x"}]
    assert api.put(name, python(code, parameters=parameters)).json()["parameters"] == parameters
    assert api.invoke(name, result=True).json() == {"a": 1}


def test_annotations_that_are_too_large(api: Api, name: str) -> None:
    response = api.put(name, python(annotations=values(a="x" * MB)))
    assert response.status_code == 413
    assert response.json()["error"] == f"annotations larger than allowed: {MB + 3} > {MB} bytes."


def test_annotation_of_any_shape(api: Api, name: str) -> None:
    step = {"type": "action", "name": "/_/a", "path": ".body[0]", "n": [1.5, None, False, "ä"]}
    tree = {"type": "sequence", "components": [step] * 500}
    made = api.put(name, python(annotations=values(ast=tree, composerVersion="0.12.0")))
    assert annotated(made.json())["ast"] == tree
    assert annotated(api.get(name).json())["ast"] == tree


def test_web_action_as_wsk_makes_it(api: Api, name: str) -> None:
    given = values(web_export=True, raw_http=False, final=True)
    found = annotated(api.put(name, python(annotations=given)).json())
    assert (found["web-export"], found["raw-http"], found["final"]) == (True, False, True)


def test_update_replaces_the_parameters(api: Api, name: str) -> None:
    api.put(name, python(parameters=values(a=1, b=1)))
    made = api.put(name, {"parameters": values(b=2)}, overwrite=True).json()
    assert made["parameters"] == values(b=2)
    assert api.put(name, {"parameters": []}, overwrite=True).json()["parameters"] == []


def test_key_without_the_annotation(api: Api, deploy: Deploy) -> None:
    code = "import os\ndef main(args):\n    return {'key': os.environ.get('__OW_API_KEY')}\n"
    name = deploy(code)
    assert api.invoke(name, result=True).json() == {"key": None}
    api.put(name, {"delAnnotations": ["provide-api-key"]}, overwrite=True)
    assert api.invoke(name, result=True).json() == {"key": api.target.auth}


# -- versions and limits -------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["0.0.0", "-1.0.0", "x", "", 1])
def test_version_that_is_none(api: Api, name: str, version: object) -> None:
    response = api.put(name, python(version=version))
    assert response.status_code == 400
    assert response.json()["error"].startswith(MALFORMED)


@pytest.mark.parametrize("field", ["timeout", "memory", "logs", "concurrency"])
@pytest.mark.parametrize("value", [1.5, "256", True, [1]])
def test_limits_that_are_no_whole_numbers(api: Api, name: str, field: str, value: object) -> None:
    response = api.put(name, python(limits={field: value}))
    assert response.status_code == 400
    assert response.json()["error"].startswith(MALFORMED)


def test_instances_are_accepted(api: Api, name: str) -> None:
    made = api.put(name, python(limits={"instances": 1, "memory": 128})).json()
    assert made["limits"]["instances"] == 1
    assert api.invoke(name).status_code == 200
