"""Endpoints that describe the host, its namespaces and limits, and helpers for JSON responses."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from jupyter_faas.playground.entities.namespaces import GUEST
from jupyter_faas.playground.errors import IllegalPath
from jupyter_faas.playground.http.services import caller, namespace, services_of
from jupyter_faas.playground_proof import ANSWER, CHALLENGE_HEADER, PROOF_HEADER, proof_of
from jupyter_faas.whisk.kinds import runtimes_json


def json_response(obj: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return raw_response(orjson.dumps(obj), status, headers)


def raw_response(
    content: bytes, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return Response(content, status, headers, "application/json")


async def ping(request: Request) -> Response:
    """Answer; with a challenge, also prove that this is the playground of its data directory."""
    challenge = request.headers.get(CHALLENGE_HEADER)
    guest = services_of(request).namespaces.by_namespace(GUEST)
    if challenge is None or guest is None:
        return PlainTextResponse(ANSWER)
    # The port of the socket and not of the Host header, which the sender chooses.
    proof = proof_of(guest.auth, challenge, request.scope["server"][1])
    return PlainTextResponse(ANSWER, headers={PROOF_HEADER: proof})


async def invokers(request: Request) -> Response:
    """Respond with an empty object, as a standalone OpenWhisk does."""
    return json_response({})


async def host_info(request: Request) -> Response:
    """``GET /`` (contract §1.1): the limits, and every kind that OpenWhisk has."""
    services = services_of(request)
    rates = services.rates.advertised
    limits = {
        "actions_per_minute": rates.invocations_per_minute,
        "triggers_per_minute": rates.fires_per_minute,
        "concurrent_actions": rates.concurrent_invocations,
        **services.bounds.info_json(),
    }
    project = "https://github.com/apache/openwhisk"
    return json_response(
        {
            "description": "OpenWhisk",
            "support": {"github": f"{project}/issues", "slack": "http://slack.openwhisk.org"},
            "api_paths": ["/api/v1"],
            "limits": limits,
            "runtimes": runtimes_json(services.runtimes),
        }
    )


async def api_info(request: Request) -> Response:
    build = services_of(request).build
    return json_response(
        {
            "description": "OpenWhisk API",
            "api_version": "1.0.0",
            "api_version_path": "v1",
            "build": build,
            "buildno": build,
            "swagger_paths": {"ui": "/docs", "api-docs": "/api-docs"},
        }
    )


async def api_docs(request: Request) -> Response:
    # Imported here, because few clients read it, and the import would delay each start.
    from jupyter_faas.playground.openapi import document

    return json_response(document(services_of(request).build))


async def namespaces(request: Request) -> Response:
    return json_response([caller(request).namespace])


async def namespace_limits(request: Request) -> Response:
    namespace(request)
    rates = services_of(request).rates.advertised
    return json_response(
        {
            "invocationsPerMinute": rates.invocations_per_minute,
            "concurrentInvocations": rates.concurrent_invocations,
            "firesPerMinute": rates.fires_per_minute,
            "maxActionInstances": rates.concurrent_invocations,
            **services_of(request).bounds.namespace_json(),
        }
    )


async def namespace_limit(request: Request) -> Response:
    """Refuse a path below the limits. Raises IllegalPath."""
    raise IllegalPath("Inner entity level routes for limits are not yet implemented.")


# Adobe's CLI needs this endpoint of Adobe I/O Runtime before it shows logs.

PREFIX = "/runtime/"


async def log_forwarding(request: Request) -> Response:
    """The log forwarding of a namespace (contract §6), which is always disabled.

    ``aio rt activation logs`` therefore fetches the logs from this API. Raises NotEntitled for
    another namespace.
    """
    namespace(request)
    return json_response({"adobe_io_runtime": {}})
