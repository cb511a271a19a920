"""Contract §2.1, §2.5, §3.1: actions in packages."""

from __future__ import annotations

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import HELLO, Api, annotated, python
from tests.contract.helpers.packages import ARGS, ENVIRONMENT, values


def test_action_in_a_package(api: Api, package: str) -> None:
    own = api.put_package(package).json()["namespace"]
    made = api.put(f"{package}/a", python()).json()
    assert (made["namespace"], made["name"]) == (f"{own}/{package}", "a")
    assert api.get(f"{package}/a").json() == made
    everything = api.request("GET", "actions?limit=200").json()
    (entry,) = (each for each in everything if each["namespace"] == f"{own}/{package}")
    assert entry["name"] == "a"
    assert api.request("GET", f"actions/{package}/").json() == [entry]
    assert api.request("GET", f"actions/{package}/?count=true").json() == {"actions": 1}
    assert api.get_package(package).json()["actions"] == [
        {"name": "a", "version": "0.0.1", "annotations": made["annotations"]}
    ]
    assert api.delete(f"{package}/a").json() == made
    assert api.request("GET", f"actions/{package}/").json() == []


def test_feeds_are_listed_apart(api: Api, package: str) -> None:
    api.put_package(package)
    api.put(f"{package}/changes", python(annotations=values(feed=True)))
    api.put(f"{package}/a", python())
    found = api.get_package(package).json()
    assert [each["name"] for each in found["actions"]] == ["a"]
    assert [each["name"] for each in found["feeds"]] == ["changes"]


def test_same_name_in_and_out_of_a_package(api: Api, package: str, deploy: Deploy) -> None:
    api.put_package(package)
    name = deploy(HELLO)
    api.put(f"{package}/{name}", python(ARGS))
    assert api.invoke(name, result=True).json() == {"greeting": "Hello stranger"}
    assert api.invoke(f"{package}/{name}", result=True).json() == {"args": {}}


def test_get_of_an_action_shows_the_parameters_of_its_package(api: Api, package: str) -> None:
    api.put_package(package, {"parameters": values(a=1, b=1)})
    api.put(f"{package}/a", python(ARGS, parameters=values(b=2)))
    assert api.get(f"{package}/a").json()["parameters"] == values(a=1, b=2)
    assert api.get(f"{package}/a", code=False).json()["parameters"] == values(a=1, b=2)


def test_parameters_of_a_run(api: Api, package: str) -> None:
    api.put_package(package, {"parameters": values(a=1, b=1, c=1)})
    api.put(f"{package}/a", python(ARGS, parameters=values(b=2, c=2)))
    answer = api.invoke(f"{package}/a", {"c": 3, "d": 3}, result=True).json()
    assert answer == {"args": {"a": 1, "b": 2, "c": 3, "d": 3}}


def test_parameters_of_a_package_that_changed(api: Api, package: str) -> None:
    api.put_package(package, {"parameters": values(a=1)})
    api.put(f"{package}/a", python(ARGS))
    assert api.invoke(f"{package}/a", result=True).json() == {"args": {"a": 1}}
    api.put_package(package, {"parameters": values(a=2)}, overwrite=True)
    assert api.invoke(f"{package}/a", result=True).json() == {"args": {"a": 2}}


def test_init_parameters_of_a_package(api: Api, package: str) -> None:
    secret = {"key": "secret", "value": "one", "init": True}
    api.put_package(package, {"parameters": [secret]})
    api.put(f"{package}/a", python(ENVIRONMENT))
    assert api.invoke(f"{package}/a", result=True).json() == {"seen": "one", "args": {}}
    api.put_package(package, {"parameters": [{**secret, "value": "two"}]}, overwrite=True)
    assert api.invoke(f"{package}/a", result=True).json() == {"seen": "two", "args": {}}


def test_final_counts_for_the_parameters_of_the_package_too(api: Api, package: str) -> None:
    api.put_package(package, {"parameters": values(a=1)})
    api.put(f"{package}/a", python(ARGS, annotations=values(final=True)))
    response = api.invoke(f"{package}/a", {"a": 2})
    assert response.status_code == 400
    assert response.json()["error"] == (
        "Request defines parameters that are not allowed (e.g., reserved properties)."
    )
    assert api.invoke(f"{package}/a", {"b": 2}, result=True).json() == {"args": {"a": 1, "b": 2}}


def test_record_of_an_action_in_a_package(api: Api, package: str) -> None:
    own = api.put_package(package).json()["namespace"]
    api.put(f"{package}/a", python())
    record = api.invoke(f"{package}/a").json()
    assert (record["namespace"], record["name"]) == (own, "a")
    assert annotated(record)["path"] == f"{own}/{package}/a"
    assert "binding" not in annotated(record)
    ids = [each["activationId"] for each in api.activations(name=f"{package}/a").json()]
    assert ids == [record["activationId"]]
    default = [each["activationId"] for each in api.activations(name="a", limit=200).json()]
    assert record["activationId"] not in default


def test_name_of_the_action_in_its_environment(api: Api, package: str) -> None:
    own = api.put_package(package).json()["namespace"]
    code = "import os\ndef main(args):\n    return {'name': os.environ['__OW_ACTION_NAME']}\n"
    api.put(f"{package}/a", python(code))
    assert api.invoke(f"{package}/a", result=True).json() == {"name": f"/{own}/{package}/a"}


def test_update_of_an_action_in_a_package_runs_new_code(api: Api, package: str) -> None:
    api.put_package(package)
    api.put(f"{package}/a", python())
    api.invoke(f"{package}/a")
    assert api.put(f"{package}/a", python(ARGS), overwrite=True).json()["version"] == "0.0.2"
    assert api.invoke(f"{package}/a", result=True).json() == {"args": {}}


def test_missing_action_in_a_package(api: Api, package: str) -> None:
    api.put_package(package)
    for response in (
        api.get(f"{package}/a"),
        api.delete(f"{package}/a"),
        api.invoke(f"{package}/a"),
    ):
        assert response.status_code == 404
        assert response.json()["error"] == "The requested resource does not exist."


def test_missing_package(api: Api, package: str) -> None:
    for response in (
        api.put(f"{package}/a", python()),
        api.get(f"{package}/a"),
        api.invoke(f"{package}/a"),
        api.request("GET", f"actions/{package}/"),
    ):
        assert response.status_code == 404
        assert response.json()["error"] == "The requested resource does not exist."
