"""Contract §1.3, §2.1: actions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import HELLO, Api, annotated, python, zipped

MB = 1024 * 1024


def test_create(api: Api, name: str) -> None:
    response = api.put(name, python(parameters=[{"key": "name", "value": "you"}]))
    assert response.status_code == 200
    action = response.json()
    assert action["name"] == name
    assert action["version"] == "0.0.1"
    assert action["publish"] is False
    assert action["exec"]["code"] == HELLO
    assert action["exec"]["binary"] is False
    assert action["exec"]["kind"].startswith("python:3.")
    assert action["parameters"] == [{"key": "name", "value": "you"}]
    assert action["limits"] == {"timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1}
    assert annotated(action) == {"provide-api-key": False, "exec": action["exec"]["kind"]}
    assert action["updated"] > 1_700_000_000_000
    assert api.get(name).json() == action


def test_create_when_it_exists(api: Api, name: str) -> None:
    api.put(name, python())
    response = api.put(name, python())
    assert response.status_code == 409
    assert response.json()["error"] == "resource already exists"


def test_create_without_code(api: Api, name: str) -> None:
    response = api.put(name, {})
    assert response.status_code == 400
    assert response.json()["error"] == "exec undefined"


def test_create_by_two_at_once(api: Api, name: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(lambda _: api.put(name, python()).status_code, range(8)))
    assert codes == [200] + [409] * 7


def test_update_by_several_at_once(api: Api, name: str) -> None:
    """Each is taken, or told that it came too late."""
    api.put(name, python())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.put(name, python(), overwrite=True), range(8)))
    taken = [each for each in answers if each.status_code == 200]
    assert {each.json()["version"] for each in taken} == {
        f"0.0.{number + 2}" for number in range(len(taken))
    }
    for each in answers:
        assert each in taken or (each.status_code, each.json()["error"]) == (
            409,
            "Concurrent modification to resource detected.",
        )


def test_update(api: Api, name: str) -> None:
    first = api.put(name, python(limits={"memory": 128, "timeout": 1000})).json()
    body = {
        "limits": {"memory": 512},
        "annotations": [{"key": "mine", "value": [1]}],
        "parameters": [{"key": "a", "value": 1}],
    }
    second = api.put(name, body, overwrite=True).json()
    assert second["version"] == "0.0.2"
    assert second["exec"] == first["exec"]
    assert second["limits"]["memory"] == 512
    assert second["limits"]["timeout"] == 1000
    assert annotated(second)["mine"] == [1]
    assert "provide-api-key" in annotated(second)
    third = api.put(name, {"delAnnotations": ["mine"], "version": "1.0.0"}, overwrite=True).json()
    assert third["version"] == "1.0.0"
    assert "mine" not in annotated(third)
    assert third["parameters"] == [{"key": "a", "value": 1}]


def test_update_after_delete_begins_anew(api: Api, name: str) -> None:
    api.put(name, python())
    api.put(name, python(), overwrite=True)
    api.delete(name)
    assert api.put(name, python()).json()["version"] == "0.0.1"


def test_delete_gives_what_was_deleted(api: Api, name: str) -> None:
    action = api.put(name, python()).json()
    response = api.delete(name)
    assert (response.status_code, response.json()) == (200, action)
    assert api.get(name).status_code == 404
    assert api.delete(name).status_code == 404


def test_get_without_code(api: Api, name: str) -> None:
    api.put(name, python())
    assert "code" not in api.get(name, code=False).json()["exec"]


@pytest.mark.parametrize("kind", ["python:3", "python:2", "PYTHON:DEFAULT"])
def test_kind_is_resolved(api: Api, name: str, ours: None, kind: str) -> None:
    action = api.put(name, {"exec": {"kind": kind, "code": HELLO}}).json()
    assert action["exec"]["kind"].startswith("python:3.")
    assert annotated(action)["exec"] == action["exec"]["kind"]


def test_kind_that_is_unknown(api: Api, name: str) -> None:
    response = api.put(name, {"exec": {"kind": "x", "code": ""}})
    assert response.status_code == 400
    error = response.json()["error"]
    assert error.startswith(
        "The request content was malformed:\n"
        "The specified runtime 'x' is not supported by this platform. Valid values are: '"
    )
    assert "'nodejs:20'" in error


def test_archive_is_binary(api: Api, name: str) -> None:
    action = api.put(name, python(zipped({"__main__.py": HELLO}))).json()
    assert action["exec"]["binary"] is True
    (summary,) = (each for each in api.request("GET", "actions").json() if each["name"] == name)
    assert summary["exec"] == {"binary": True}


def test_list(api: Api, deploy: Deploy) -> None:
    names = [deploy(HELLO), deploy(HELLO), deploy(HELLO)]
    found = api.request("GET", "actions?limit=200").json()
    ordered = [each["name"] for each in found if each["name"] in names]
    assert ordered == names[::-1]
    entry = next(each for each in found if each["name"] == names[0])
    assert set(entry) == {
        *("namespace", "name", "version", "publish", "annotations", "updated", "limits", "exec")
    }
    assert annotated(entry)["exec"].startswith("python:3.")


def test_list_in_pages(api: Api, deploy: Deploy) -> None:
    names = [deploy(HELLO), deploy(HELLO), deploy(HELLO)]
    page = api.request("GET", "actions?limit=1&skip=1").json()
    assert [each["name"] for each in page] == [names[1]]
    total = len(api.request("GET", "actions?limit=0").json())
    assert api.request("GET", "actions?count=true").json() == {"actions": total}
    assert api.request("GET", "actions?count=true&skip=1").json() == {"actions": total - 1}


def test_list_beyond_its_limit(api: Api) -> None:
    response = api.request("GET", "actions?limit=300")
    assert response.status_code == 400
    assert (
        "The value '300' is not in the range of 0 to 200 for actions." in response.json()["error"]
    )


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"timeout": 1}, "duration 1 milliseconds below allowed threshold of 100 milliseconds"),
        ({"logs": 11}, "log size 11 MB exceeds allowed threshold of 10 MB"),
        ({"memory": 1}, "memory size 1 MB below allowed threshold of 128 MB"),
    ],
)
def test_limits_out_of_bounds(api: Api, name: str, limits: dict[str, int], message: str) -> None:
    response = api.put(name, python(limits=limits))
    assert response.status_code == 400
    assert response.json()["error"] == f"requirement failed: {message}"


def test_memory_beyond_the_playgrounds(api: Api, name: str, ours: None) -> None:
    assert api.put(name, python(limits={"memory": 4096})).status_code == 200
    response = api.put(name, python(limits={"memory": 4097}), overwrite=True)
    assert response.json()["error"] == (
        "requirement failed: memory size 4097 MB exceeds allowed threshold of 4096 MB"
    )


def test_names_that_are_refused(api: Api) -> None:
    response = api.put("a$b", python())
    assert response.status_code == 400
    assert response.json()["error"] == "The name of the entity contains illegal characters."
    response = api.put("x" * 300, python())
    assert response.status_code == 400
    assert response.json()["error"] == "Name segement longer than allowed: 300 > 256."


def test_sizes_that_are_refused(api: Api, name: str) -> None:
    response = api.put(name, python("#" * (48 * MB + 1)))
    assert response.status_code == 413
    assert response.json()["error"] == (
        f"exec larger than allowed: {48 * MB + 1} > {48 * MB} bytes."
    )
    response = api.put(name, python(parameters=[{"key": "a", "value": "x" * MB}]))
    assert response.status_code == 413
    assert response.json()["error"].startswith("parameters larger than allowed: ")
    assert api.get(name).status_code == 404


def test_parameters_that_are_malformed(api: Api, name: str) -> None:
    response = api.put(name, python(parameters=[{"key": "a"}]))
    assert response.status_code == 400
    assert "parameters malformed!" in response.json()["error"]
