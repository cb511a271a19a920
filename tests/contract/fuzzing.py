"""Requests that nobody would send, made from the document of the API and from the route table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation

from jupyter_faas.playground.http import adobe, inputs, models, sessions, usage
from jupyter_faas.playground.http.app import Resource, routes

# Schemathesis leaves these open for kinds of document that are not ours.
Operation = APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case[Any]

# An answer takes milliseconds; with a worker that starts on a busy machine, seconds.
DEADLINE_S = 30

PREFIXES = (adobe.PREFIX, models.PREFIX, models.READ, inputs.PREFIX, sessions.PREFIX, usage.PREFIX)

# What is there, so that not every request ends at a name that nothing has.
ACTION, PACKAGE, TRIGGER, RULE = "fuzzed", "fuzzed_package", "fuzzed_trigger", "fuzzed_rule"
NAMES = (ACTION, TRIGGER, RULE, "fuzzed_web", "fuzzed_web.json", "fuzzed_sequence")
NAMESPACES = ("_", "guest", "neighbour", "whisk.system")

_A_FAULT_SHOWS = re.compile(r"Traceback|File \"|site-packages|\.py\", line|0x[0-9a-f]{8}")


@dataclass(frozen=True)
class Keys:
    """What may stand in ``Authorization``; of all but the first nothing of guest's is to be had."""

    own: str
    neighbours: str
    wrong: str = "Basic " + "QQ=="

    def draw(self) -> st.SearchStrategy[str | None]:
        own = [st.just(self.own)] * 5
        return st.one_of(*own, st.sampled_from((None, self.neighbours, self.wrong, "Bearer x")))


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Those that the document tells, and a guess at each route that it does not."""
    paths = {**document["paths"], **_untold()}
    schema = schemathesis.openapi.from_dict({**document, "paths": paths})
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


def modes_of(operation: Operation) -> tuple[GenerationMode, ...]:
    """Where there is nothing but texts, everything is as it should be."""
    positive, negative = tuple(GenerationMode)
    return (positive, negative) if operation.query or operation.body else (positive,)


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


def check(response: requests.Response, secrets: tuple[str, ...] = ()) -> None:
    """What holds for every answer, whatever was asked."""
    method, status = response.request.method, response.status_code
    path = response.request.path_url
    ran = "x-openwhisk-activation-id" in response.headers
    assert response.headers["X-Request-ID"]
    # An action's own failure is 502; of what it says in a web action nothing is ours.
    assert status < 500 or ran, response.text
    text = response.text
    assert not _A_FAULT_SHOWS.search(text) or ran, text
    for secret in secrets:
        assert secret not in text
    if status in (204, 304) or method == "HEAD":
        assert response.content == b""
        return
    if ran:
        return
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    if status >= 400:
        assert media_type == "application/json"
        body = response.json()
        assert set(body) == {"error", "code"}
        assert body["code"] == response.headers["X-Request-ID"]
        assert isinstance(body["error"], str)
        assert body["error"]
    elif response.content and not path.startswith(models.READ):
        assert media_type in ("application/json", "text/plain")
        if media_type == "application/json":
            response.json()


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
