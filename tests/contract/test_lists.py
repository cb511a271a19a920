"""Contract §1.3, §8: what holds for the lists of every collection."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import HELLO, Api, python
from tests.contract.helpers.triggers import Triggers, new_name

COLLECTIONS = ["actions", "packages", "triggers", "rules", "activations"]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_collection_is_a_list(api: Api, collection: str) -> None:
    for path in (collection, f"{collection}/"):
        response = api.request("GET", path, params={"limit": "2"})
        assert response.status_code == 200
        assert isinstance(response.json(), list)


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("limit", "201", "The value '201' is not in the range of 0 to 200 for {}."),
        ("limit", "-1", "The value '-1' is not in the range of 0 to 200 for {}."),
        ("limit", "x", "The value 'x' is not an integer for {}."),
        ("limit", "1.5", "The value '1.5' is not an integer for {}."),
        ("skip", "x", "The value 'x' is not an integer for {}."),
        ("skip", "-1", "The value '-1' is not greater than or equal to 0 for {}."),
    ],
)
def test_numbers_that_are_refused(
    api: Api, collection: str, name: str, value: str, message: str
) -> None:
    response = api.request("GET", collection, params={name: value})
    assert response.status_code == 400
    assert response.json()["error"] == (
        f"The query parameter '{name}' was malformed:\n{message.format(collection)}"
    )


def test_thirty_unless_told_otherwise(api: Api, triggers: Triggers) -> None:
    names = [triggers.trigger() for _ in range(31)]
    found = [each["name"] for each in api.request("GET", "triggers").json()]
    assert found == names[:0:-1]
    found = [each["name"] for each in api.request("GET", "triggers?limit=31").json()]
    assert found == names[::-1]


def test_list_of_a_package_in_pages(api: Api, package: str) -> None:
    api.put_package(package)
    for name in "abc":
        api.put(f"{package}/{name}", python())

    def names(query: str) -> list[str]:
        return [each["name"] for each in api.request("GET", f"actions/{package}/?{query}").json()]

    assert names("") == ["c", "b", "a"]
    assert names("limit=2") == ["c", "b"]
    assert names("skip=1&limit=1") == ["b"]
    assert names("skip=3") == []
    count = api.request("GET", f"actions/{package}/?count=true&skip=1").json()
    assert count == {"actions": 2}


Make = Callable[[], str]


@pytest.mark.parametrize("collection", ["actions", "packages", "triggers", "rules"])
def test_what_was_updated_last_comes_first(
    api: Api, triggers: Triggers, deploy: Deploy, collection: str
) -> None:
    def new_package() -> str:
        name = new_name()
        assert triggers.put(f"packages/{name}").status_code == 200
        return name

    makers: dict[str, Make] = {
        "actions": lambda: deploy(HELLO),
        "packages": new_package,
        "triggers": triggers.trigger,
        "rules": lambda: triggers.rule(trigger, action),
    }
    trigger, action = triggers.trigger(), deploy(HELLO)
    first, second, third = (makers[collection]() for _ in range(3))

    def listed() -> list[str]:
        found = api.request("GET", f"{collection}?limit=3").json()
        return [each["name"] for each in found]

    assert listed() == [third, second, first]
    assert triggers.put(f"{collection}/{first}", {}, overwrite=True).status_code == 200
    assert listed() == [first, third, second]
