"""Contract §2.2: packages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import HELLO, Api, python
from tests.contract.helpers.packages import values


def test_create(api: Api, package: str) -> None:
    response = api.put_package(package, {"parameters": values(a=1), "annotations": values(b=2)})
    assert response.status_code == 200
    made = response.json()
    assert {key: made[key] for key in made if key not in ("namespace", "updated")} == {
        "name": package,
        "version": "0.0.1",
        "publish": False,
        "parameters": values(a=1),
        "annotations": values(b=2),
        "binding": {},
    }
    assert made["updated"] > 1_700_000_000_000
    assert api.get_package(package).json() == {**made, "actions": [], "feeds": []}


def test_create_when_it_exists(api: Api, package: str) -> None:
    api.put_package(package)
    response = api.put_package(package)
    assert (response.status_code, response.json()["error"]) == (409, "resource already exists")


def test_create_by_two_at_once(api: Api, package: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        codes = sorted(pool.map(lambda _: api.put_package(package).status_code, range(4)))
    assert codes == [200, 409, 409, 409]


def test_update_without_a_body_bumps_the_version(api: Api, package: str) -> None:
    api.put_package(package, {"parameters": values(a=1), "publish": True})
    made = api.put_package(package, overwrite=True).json()
    assert (made["version"], made["publish"]) == ("0.0.2", True)
    assert made["parameters"] == values(a=1)
    assert api.put_package(package, {"version": "2.0.0"}, overwrite=True).json()["version"] == (
        "2.0.0"
    )


def test_update_replaces_annotations(api: Api, package: str) -> None:
    api.put_package(package, {"annotations": values(a=1, b=2)})
    made = api.put_package(package, {"annotations": values(c=3)}, overwrite=True).json()
    assert made["annotations"] == values(c=3)


def test_name_that_is_reserved(api: Api) -> None:
    response = api.put_package("default")
    assert response.status_code == 400
    assert response.json()["error"] == "Package name 'default' is reserved."


def test_name_that_is_refused(api: Api) -> None:
    response = api.put_package("a$b")
    assert response.status_code == 400
    assert response.json()["error"] == "The name of the entity contains illegal characters."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"parameters": [{"key": "a"}]}, "parameters malformed!"),
        ({"annotations": {"a": 1}}, "parameters malformed!"),
        ({"version": "0.0.0"}, "semantic version malformed"),
        ({"binding": "x"}, "Object expected in field 'namespace'"),
        ({"binding": None}, "Object expected in field 'namespace'"),
        ({"binding": {"name": "p"}}, "Object is missing required member 'namespace'"),
        ({"binding": {"namespace": "_"}}, "Object is missing required member 'name'"),
        ({"binding": {"namespace": "_", "name": "a$"}}, "entity name malformed"),
    ],
)
def test_body_that_is_malformed(api: Api, package: str, body: dict[str, Any], words: str) -> None:
    response = api.put_package(package, body)
    assert response.status_code == 400
    assert response.json()["error"].startswith("The request content was malformed:\n")
    assert words in response.json()["error"]


def test_parameters_that_are_too_large(api: Api, package: str) -> None:
    response = api.put_package(package, {"parameters": values(a="x" * 1024 * 1024)})
    assert response.status_code == 413
    assert response.json()["error"].startswith("parameters larger than allowed: ")


def test_post_is_not_allowed(api: Api, package: str) -> None:
    response = api.request("POST", f"packages/{package}", json={})
    assert response.status_code == 404
    assert response.json()["error"] == "The requested resource could not be found."


def test_list(api: Api, package: str, binding: str) -> None:
    own = api.put_package(package).json()["namespace"]
    api.put_package(binding, {"binding": {"namespace": "_", "name": package}})
    found = api.request("GET", "packages?limit=200").json()
    entries = {each["name"]: each for each in found}
    assert [each["name"] for each in found if each["name"] in (package, binding)] == [
        binding,
        package,
    ]
    assert set(entries[package]) == {
        *("namespace", "name", "version", "publish", "annotations", "updated", "binding")
    }
    assert entries[package]["binding"] is False
    assert entries[binding]["binding"] == {"namespace": own, "name": package}


def test_list_counts(api: Api, package: str) -> None:
    api.put_package(package)
    total = len(api.request("GET", "packages?limit=0").json())
    assert api.request("GET", "packages?count=true").json() == {"packages": total}
    assert api.request("GET", "packages?count=true&skip=1").json() == {"packages": total - 1}
    response = api.request("GET", "packages?limit=201")
    assert response.status_code == 400
    assert (
        "The value '201' is not in the range of 0 to 200 for packages." in response.json()["error"]
    )


def test_delete_gives_what_was_deleted(api: Api, package: str) -> None:
    made = api.put_package(package).json()
    response = api.delete_package(package)
    assert (response.status_code, response.json()) == (200, made)
    again = api.delete_package(package)
    assert again.status_code == 404
    assert again.json()["error"] == "The requested resource does not exist."
    own = made["namespace"]
    gone = api.get_package(package)
    assert gone.status_code == 404
    assert gone.json()["error"] == f"The requested resource '{own}/{package}' does not exist."


@pytest.mark.parametrize(("count", "entities"), [(1, "1 entity"), (2, "2 entities")])
def test_delete_when_it_is_not_empty(api: Api, package: str, count: int, entities: str) -> None:
    api.put_package(package)
    for number in range(count):
        api.put(f"{package}/a{number}", python())
    for query in ({}, {"force": "false"}):
        response = api.delete_package(package, **query)
        assert response.status_code == 409
        assert response.json()["error"] == (
            f"Package not empty (contains {entities}). Set force param or delete package contents."
        )
    assert api.invoke(f"{package}/a0", result=True).status_code == 200
    assert api.delete_package(package, force=True).status_code == 200
    assert api.get_package(package).status_code == 404
    assert f"{package}" not in api.request("GET", "actions?limit=200").text
    # A package of that name begins empty.
    api.put_package(package)
    assert api.get_package(package).json()["actions"] == []
    response = api.invoke(f"{package}/a0")
    assert response.status_code == 404
    assert response.json()["error"] == "The requested resource does not exist."


def test_package_and_action_of_one_name(api: Api, package: str, deploy: Deploy) -> None:
    message = "Resource by this name exists but is not in this collection."
    api.put_package(package)
    for response in (api.get(package), api.put(package, python()), api.invoke(package)):
        assert (response.status_code, response.json()["error"]) == (409, message)
    action = deploy(HELLO)
    for response in (api.get_package(action), api.put_package(action)):
        assert (response.status_code, response.json()["error"]) == (409, message)


def test_delete_while_its_actions_run(api: Api, package: str) -> None:
    slow = "import time\ndef main(args):\n    time.sleep(0.05)\n    return {'done': True}\n"
    api.put_package(package)
    api.put(f"{package}/a", python(slow))

    def invoke(_: int) -> tuple[int, object]:
        response = api.invoke(f"{package}/a", result=True)
        return response.status_code, response.json()

    with ThreadPoolExecutor(8) as pool:
        runs = pool.map(invoke, range(16))
        assert api.delete_package(package, force=True).status_code == 200
        for status, body in runs:
            assert (status, body) == (200, {"done": True}) or status == 404
    assert api.invoke(f"{package}/a").status_code == 404


def test_put_of_an_action_while_its_package_is_deleted(api: Api, package: str) -> None:
    for _ in range(5):
        api.put_package(package)
        with ThreadPoolExecutor(4) as pool:
            puts = [pool.submit(api.put, f"{package}/a{n}", python()) for n in range(3)]
            deleted = pool.submit(api.delete_package, package, force=True).result()
            answers = [put.result() for put in puts]
        assert deleted.status_code == 200
        # One that came first went along; one that came later found no package.
        assert {each.status_code for each in answers} <= {200, 404}
        assert package not in api.request("GET", "actions?limit=200").text


def test_package_and_action_of_one_name_at_once(api: Api, package: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = pool.submit(api.put_package, package)
        put = pool.submit(api.put, package, python())
        codes = sorted([made.result().status_code, put.result().status_code])
    api.delete(package)
    assert codes == [200, 409]
