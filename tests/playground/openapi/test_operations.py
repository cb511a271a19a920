"""What is served is told, and what is told is served."""

from __future__ import annotations

from jupyter_faas.playground.http import info as adobe
from jupyter_faas.playground.http import inputs, models, sessions, usage
from jupyter_faas.playground.http.routes import Resource, routes
from jupyter_faas.playground.openapi import OPERATIONS

NS = "/api/v1/namespaces/{namespace}"

# OpenAPI has no parameter that holds slashes; and one of them stands in a namespace, ns%2Fpkg.
SPELLED_OUT = {
    f"{NS}/{{package}}/actions/{{name}}": f"{NS}/actions/{{package}}/{{name}}",
    "/api/v1/web/{rest:path}": "/api/v1/web/{namespace}/{package}/{action}",
    "/api/gw/{rest:path}": "/api/gw/{namespace}/{path}",
}

# Adobe's is not OpenWhisk's, nor are the model store, kept inputs, sessions and sums of usage.
OTHERS = (
    *(adobe.PREFIX, models.PREFIX, models.READ, inputs.PREFIX, sessions.PREFIX, usage.PREFIX),
)


def served() -> set[tuple[str, str]]:
    """Method and path; of two paths that differ in a last slash only, and are one, the shorter."""
    found = {}
    for route in routes():
        assert isinstance(route.endpoint, Resource)
        found[route.path] = route.endpoint
    return {
        (method, SPELLED_OUT.get(path, path))
        for path, resource in found.items()
        if not (len(path) > 1 and path.endswith("/") and path.rstrip("/") in found)
        for method in resource.methods
        if not path.startswith(OTHERS)
    }


def test_every_route_is_told() -> None:
    assert served() - {(each.method, each.path) for each in OPERATIONS} == set()


def test_everything_told_has_a_route() -> None:
    assert {(each.method, each.path) for each in OPERATIONS} - served() == set()


def test_every_operation_has_an_id_of_its_own() -> None:
    ids = [each.id for each in OPERATIONS]
    assert sorted(ids) == sorted(set(ids))
