"""Contract §1: actions, packages, triggers and rules share one space of names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import HELLO, Api, python
from tests.contract.helpers.triggers import Triggers, new_name

OTHER_COLLECTION = "Resource by this name exists but is not in this collection."

Make = Callable[[str], str]


@pytest.fixture
def make(api: Api, triggers: Triggers, deploy: Deploy) -> Iterator[Make]:
    """Make an entity of a collection under a new name, and give that."""
    packages = []

    def make(collection: str) -> str:
        if collection == "actions":
            return deploy(HELLO)
        if collection == "packages":
            packages.append(new_name())
            assert api.put_package(packages[-1]).status_code == 200
            return packages[-1]
        trigger = triggers.trigger()
        return trigger if collection == "triggers" else triggers.rule(trigger, deploy(HELLO))

    yield make
    for each in packages:
        api.delete_package(each, force=True)


def requests_to(collection: str, name: str, make: Make) -> list[tuple[str, str, Any]]:
    """Everything that can be asked of an entity: method, path, body."""
    path = f"{collection}/{name}"
    body: Any = {}
    if collection == "actions":
        body = python()
    elif collection == "rules":
        body = {"trigger": f"/_/{make('triggers')}", "action": f"/_/{make('actions')}"}
    found = [
        ("GET", path, None),
        ("PUT", path, body),
        ("PUT", f"{path}?overwrite=true", body),
        ("DELETE", path, None),
    ]
    if collection == "actions":
        found += [("POST", path, {}), ("POST", f"{path}?blocking=true", {})]
    elif collection == "packages":
        found += [
            ("DELETE", f"{path}?force=true", None),
            ("GET", f"actions/{name}/", None),
            ("GET", f"actions/{name}/a", None),
            ("PUT", f"actions/{name}/a", python()),
            ("DELETE", f"actions/{name}/a", None),
            ("POST", f"actions/{name}/a", {}),
        ]
    elif collection == "triggers":
        found += [("POST", path, {})]
    else:
        found += [("POST", path, {"status": "active"})]
    return found


COLLECTIONS = ("actions", "packages", "triggers", "rules")


@pytest.mark.parametrize(("there", "asked"), list(permutations(COLLECTIONS, 2)))
def test_name_that_another_collection_has(api: Api, make: Make, there: str, asked: str) -> None:
    name = make(there)
    before = api.request("GET", f"{there}/{name}").json()
    for method, path, body in requests_to(asked, name, make):
        response = api.request(method, path, json=body)
        found = (response.status_code, response.json()["error"])
        assert found == (409, OTHER_COLLECTION), (method, path)
    assert api.request("GET", f"{there}/{name}").json() == before


@pytest.mark.parametrize("there", COLLECTIONS)
def test_name_that_is_free_again(api: Api, make: Make, there: str) -> None:
    name = make(there)
    assert api.request("DELETE", f"{there}/{name}").status_code == 200
    for asked in COLLECTIONS:
        response = api.request("GET", f"{asked}/{name}")
        assert response.status_code == 404, asked


def test_name_that_all_collections_want_at_once(api: Api, make: Make) -> None:
    name = new_name()
    wanted = [
        (path, body)
        for collection in COLLECTIONS
        for method, path, body in requests_to(collection, name, make)
        if method == "PUT" and path == f"{collection}/{name}"
    ]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda each: api.request("PUT", each[0], json=each[1]), wanted * 2))
    assert sorted(each.status_code for each in answers) == [200] + [409] * 7
    (made,) = (path for path, _ in wanted if api.request("GET", path).status_code == 200)
    assert api.request("DELETE", made).status_code == 200
