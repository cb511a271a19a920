from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.errors import ActionNotFound, InputError
from jupyter_faas.playground.gateway.document import (
    Document,
    Endpoint,
    RouteTarget,
    match_route,
    new_document,
    route_target,
    with_endpoint,
)
from jupyter_faas.whisk import FullName

WEB = "http://127.0.0.1:1/api/v1/web/guest/default"


def api(base_path: str, *paths: str) -> Document:
    """Each path leads to an action of its own, in the order of the paths: a0, a1, …"""
    document = new_document(base_path, None)
    for number, path in enumerate(paths):
        action = FullName("guest", None, f"a{number}")
        document = with_endpoint(document, Endpoint(path, "get", action), "http://127.0.0.1:1")
    return document


def leads_to(document: Document, path: str) -> str | None:
    found = match_route(document, path)
    if found is None:
        return None
    return found.target("GET").path.rpartition("/")[2].removesuffix(".json")


@pytest.mark.parametrize(
    ("base_path", "template", "path", "found"),
    [
        ("/club", "/books", "/club/books", True),
        ("/club", "/books", "/club/books/", True),
        ("/club", "/books", "/club/Books", False),
        ("/club", "/books", "/clubs/books", False),
        ("/club", "/books", "/club/books/1", False),
        ("/club", "/", "/club", True),
        ("/club", "/", "/club/", True),
        ("/", "/books", "/books", True),
        ("/", "/", "/", True),
        ("/", "/", "", True),
        ("/", "books", "/books", True),
        ("/v1/club", "/a b", "/v1/club/a%20b", True),
        ("/club", "/{isbn}", "/club/1", True),
        ("/club", "/{isbn}", "/club/a%2Fb", True),
        ("/club", "/{isbn}", "/club", False),
        ("/club", "/{isbn}/pages", "/club/1/pages", True),
        ("/club", "/{isbn}/pages", "/club/1/2", False),
        ("/club", "/{isbn}/pages", "/club//pages", False),
    ],
)
def test_path(base_path: str, template: str, path: str, found: bool) -> None:
    assert leads_to(api(base_path, template), path) == ("a0" if found else None)


def test_path_without_parameters_goes_first() -> None:
    document = api("/", "/{a}/{b}", "/books/{b}", "/books/new")
    assert leads_to(document, "/books/new") == "a2"
    assert leads_to(document, "/books/1") == "a1"
    assert leads_to(document, "/pens/1") == "a0"


def test_method_that_a_path_does_not_have() -> None:
    found = match_route(api("/", "/books"), "/books")
    assert found is not None
    with pytest.raises(ActionNotFound, match=r"does not have this method\. It has: GET"):
        found.target("POST")


def operation(url: object, *steps: dict[str, Any]) -> tuple[Document, dict[str, Any]]:
    case = {"operations": ["x"], "execute": list(steps)}
    execute = [{"operation-switch": {"case": [case]}}]
    document = {"x-ibm-configuration": {"assembly": {"execute": execute}}}
    return document, {"operationId": "x", "x-openwhisk": {"url": url}}


def test_target_as_described() -> None:
    assert route_target(*operation(f"{WEB}/a.json")) == RouteTarget(
        "/api/v1/web/guest/default/a.json"
    )


def test_target_that_is_invoked_goes_before_the_one_described() -> None:
    invoke = {"target-url": f"{WEB}/b.http$(request.path)", "verb": "post"}
    header = {"set": "message.headers.X-A", "value": 1}
    other = {"set": "message.body", "value": 1}
    empty = {"set": "message.headers.X-B"}
    set_variable = {"actions": [header, other, empty, 5]}
    found = route_target(
        *operation(f"{WEB}/a.json", {"set-variable": set_variable}, {"invoke": invoke})
    )
    assert found == RouteTarget("/api/v1/web/guest/default/b.http", True, "POST", (("x-a", "1"),))


def test_scheme_before_a_host_that_has_one_is_passed_over() -> None:
    found = route_target(*operation(f"https://{WEB}/a.json"))
    assert found == RouteTarget("/api/v1/web/guest/default/a.json")


@pytest.mark.parametrize("verb", ["keep", None, 7, "BREW"])
def test_method_of_the_request_is_kept(verb: object) -> None:
    invoke = {"target-url": f"{WEB}/a.json", "verb": verb}
    assert route_target(*operation(None, {"invoke": invoke})).method is None


def test_letters_of_all_scripts_are_written_as_addresses_write_them() -> None:
    assert route_target(*operation(f"{WEB}/ä b%20c.json")).path.endswith("/%C3%A4%20b%20c.json")


@pytest.mark.parametrize(
    "url",
    [
        None,
        7,
        "",
        "https://example.com/api/v1/web/guest/default/a.json",
        "http://127.0.0.1:1/api/v1/namespaces/_/actions/a",
        "http://[::1/api/v1/web/guest/default/a.json",
        "/api/v1/web/guest/default/a.json",
    ],
)
def test_target_elsewhere(url: object) -> None:
    with pytest.raises(InputError, match="not a web action of this playground"):
        route_target(*operation(url))


@pytest.mark.parametrize(
    ("cors", "has_cors"),
    [(None, True), ({}, True), ({"enabled": True}, True), ({"enabled": False}, False)],
)
def test_cors(cors: object, has_cors: bool) -> None:
    document = {**api("/", "/books"), "x-ibm-configuration": {"cors": cors}}
    found = match_route(document, "/books")
    assert found is not None
    assert found.has_cors is has_cors
