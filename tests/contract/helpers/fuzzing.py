"""Requests that nobody would send, made from the document of the API and from the route table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation

from jupyter_faas.playground.http import api_gateway as gateway
from jupyter_faas.playground.http import info as adobe
from jupyter_faas.playground.http import inputs, models, sessions, usage
from jupyter_faas.playground.http import web_actions as web
from jupyter_faas.playground.http.routes import Resource, routes
from tests.contract.helpers.fuzzed import ACTION, DEADLINE_S, PACKAGE, RULE, TRIGGER

# Schemathesis leaves these open for kinds of document that are not ours.
Operation = APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case[Any]

PREFIXES = (adobe.PREFIX, models.PREFIX, models.READ, inputs.PREFIX, sessions.PREFIX, usage.PREFIX)

_TAKE_ANYTHING = (web.PREFIX, gateway.PREFIX)

NAMES = (ACTION, TRIGGER, RULE, "fuzzed_web", "fuzzed_web.json", "fuzzed_sequence")
NAMESPACES = ("_", "guest", "neighbour", "whisk.system")


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Those that the document tells, and a guess at each route that it does not."""
    paths = {**document["paths"], **_untold()}
    schema = schemathesis.openapi.from_dict({**document, "paths": paths})
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


def modes_of(operation: Operation) -> tuple[GenerationMode, ...]:
    """Where there is nothing but texts, everything is as it should be."""
    positive, negative = tuple(GenerationMode)
    free = operation.path.startswith(_TAKE_ANYTHING) or not (operation.query or operation.body)
    return (positive,) if free else (positive, negative)


def requests_of(operation: Operation, mode: GenerationMode) -> st.SearchStrategy[Case]:
    """Requests as they should be, or as they should not; the names are often ones that exist."""
    known = {"namespace": NAMESPACES, "package": (PACKAGE, "default"), "action": NAMES}
    if operation.path.startswith("/api/v1"):
        known["name"] = NAMES
    fields = {each.name for each in operation.path_parameters if each.name in known}
    overrides = st.fixed_dictionaries(
        {}, optional={field: st.sampled_from(known[field]) for field in sorted(fields)}
    )

    def with_names(case: Case, names: Mapping[str, str]) -> Case:
        if isinstance(case.path_parameters, dict):
            case.path_parameters.update(names)
        return case

    return st.builds(with_names, operation.as_strategy(generation_mode=mode), overrides)


def send(session: requests.Session, apihost: str, case: Case, key: str | None) -> requests.Response:
    wanted = case.as_transport_kwargs(base_url=apihost)
    headers = {name: value for name, value in wanted["headers"].items() if name != "Authorization"}
    if key is not None:
        headers["Authorization"] = key
    wanted["headers"] = headers
    return session.request(**wanted, timeout=DEADLINE_S, allow_redirects=False)


def _untold() -> dict[str, Any]:
    return {path: item for path, item in _guesses() if path.startswith(PREFIXES)}


def _guesses() -> Iterator[tuple[str, dict[str, Any]]]:
    for route in routes():
        assert isinstance(route.endpoint, Resource)
        named = [
            {"name": name, "in": "path", "required": True, "schema": _guess(name)}
            for name in re.findall(r"\{(\w+)\}", route.path)
        ]
        query = [{"name": name, "in": "query", "schema": schema} for name, schema in _QUERY.items()]
        body = {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
        yield (
            route.path,
            {
                method.lower(): {
                    "parameters": [*named, *query],
                    **({"requestBody": body} if method in ("PUT", "POST") else {}),
                    "responses": {"default": {"description": "Any."}},
                }
                for method in route.endpoint.methods
            },
        )


_INTEGER = {"type": "integer"}
_QUERY: dict[str, Any] = {
    "name": {"type": "string"},
    "limit": _INTEGER,
    "since": _INTEGER,
    "upto": _INTEGER,
    "step_mb": _INTEGER,
    "minimum_mb": _INTEGER,
    "step_ms": _INTEGER,
    "minimum_ms": _INTEGER,
    "utc_offset": _INTEGER,
    "namespace": {"type": "string"},
    "token": {"type": "string"},
}


def _guess(name: str) -> dict[str, Any]:
    digits = {"activation_id": 32, "sha256": 64}.get(name)
    if digits is None:
        return {"type": "string"}
    exact = {"type": "string", "pattern": f"^[0-9a-f]{{{digits}}}$"}
    return {"anyOf": [exact, {"type": "string"}]}
