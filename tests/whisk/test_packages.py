from __future__ import annotations

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.whisk import KeyValue, Package, PackageName


def package(binding: PackageName | None = None) -> Package:
    return Package(
        namespace="guest",
        name="p",
        version="0.0.3",
        publish=True,
        parameters=(KeyValue("a", 1), KeyValue("b", 2, init=True)),
        annotations=(KeyValue("c", [3]),),
        binding=binding,
        updated=1234,
    )


@pytest.mark.parametrize("binding", [None, PackageName("other", "q")])
def test_json_and_back(binding: PackageName | None) -> None:
    assert Package.from_json(package(binding).to_json()) == package(binding)


def test_binding_in_an_entity_and_in_a_list() -> None:
    bound = package(PackageName("other", "q"))
    there = {"namespace": "other", "name": "q"}
    assert (package().to_json()["binding"], package().summary_json()["binding"]) == ({}, False)
    assert (bound.to_json()["binding"], bound.summary_json()["binding"]) == (there, there)
    assert "parameters" not in bound.summary_json()


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        ({}, None),
        ({"namespace": "_", "name": "q"}, PackageName("guest", "q")),
        ({"namespace": "other", "name": "q"}, PackageName("other", "q")),
    ],
)
def test_binding_of_a_body(obj: object, expected: PackageName | None) -> None:
    assert PackageName.from_json(obj, "guest") == expected


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        ("q", "^Object expected in field 'namespace'"),
        ([], "^Object expected in field 'namespace'"),
        (None, "^Object expected in field 'namespace'"),
        ({"namespace": "other"}, "^Object is missing required member 'name'"),
        ({"name": "q"}, "^Object is missing required member 'namespace'"),
        ({"namespace": "other", "name": 1}, "^entity name malformed"),
    ],
)
def test_binding_that_is_malformed(obj: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        PackageName.from_json(obj, "guest")


def test_binding_with_a_name_that_is_refused() -> None:
    with pytest.raises(InputError, match=r"^entity name malformed"):
        PackageName.from_json({"namespace": "_", "name": "a$"}, "guest")


def test_json_that_is_no_package() -> None:
    with pytest.raises(InputError, match="This is not a package"):
        Package.from_json({"namespace": "guest"})
