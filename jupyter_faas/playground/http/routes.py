"""The routing table, which maps paths and methods to handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from jupyter_faas.playground.http import (
    actions,
    activations,
    info,
    inputs,
    invocations,
    models,
    packages,
    sessions,
    triggers,
    usage,
)
from jupyter_faas.playground.http import api_gateway as gateway
from jupyter_faas.playground.http import web_actions as web
from jupyter_faas.playground.http.errors import API

NAMESPACES = f"{API}/namespaces/"
_NS = f"{NAMESPACES}{{namespace}}"

# Requests to paths with these prefixes need an API key.
KEYED = (f"{API}/", info.PREFIX, models.PREFIX, inputs.PREFIX, sessions.PREFIX, usage.PREFIX)

# Like OpenWhisk, the playground does not require an API key for paths with this prefix.
API_DOCS = f"{API}/api-docs"

Handler = Callable[[Request], Awaitable[Response]]


def routes() -> list[Route]:
    """Return all routes. ``playground/openapi`` documents each of them."""
    action = Resource(
        GET=actions.get_action,
        PUT=actions.put_action,
        DELETE=actions.delete_action,
        POST=invocations.invoke_action,
    )
    package = Resource(
        GET=packages.get_package, PUT=packages.put_package, DELETE=packages.delete_package
    )
    trigger = Resource(
        GET=triggers.get_trigger,
        PUT=triggers.put_trigger,
        DELETE=triggers.delete_trigger,
        POST=triggers.fire_trigger,
    )
    rule = Resource(
        GET=triggers.get_rule,
        PUT=triggers.put_rule,
        DELETE=triggers.delete_rule,
        POST=triggers.set_rule_status,
    )
    model = Resource(GET=models.get_model, PUT=models.put_model, DELETE=models.delete_model)
    readable = {
        f"{_NS}/actions": actions.list_actions,
        f"{_NS}/actions/": actions.list_actions,
        f"{_NS}/actions/{{package}}/": actions.list_package,
        f"{_NS}/packages": packages.list_packages,
        f"{_NS}/packages/": packages.list_packages,
        f"{_NS}/triggers": triggers.list_triggers,
        f"{_NS}/triggers/": triggers.list_triggers,
        f"{_NS}/rules": triggers.list_rules,
        f"{_NS}/rules/": triggers.list_rules,
        f"{_NS}/activations": activations.list_activations,
        f"{_NS}/activations/": activations.list_activations,
        f"{_NS}/activations/{{activation_id}}": activations.get_activation,
        f"{_NS}/activations/{{activation_id}}/": activations.get_activation,
        f"{_NS}/activations/{{activation_id}}/result": activations.get_result,
        f"{_NS}/activations/{{activation_id}}/logs": activations.get_logs,
        f"{_NS}/limits": info.namespace_limits,
        f"{_NS}/limits/": info.namespace_limits,
        f"{_NS}/limits/{{entity}}": info.namespace_limit,
        f"{API}/namespaces": info.namespaces,
        f"{API}/namespaces/": info.namespaces,
        f"{info.PREFIX}namespaces/{{namespace}}/logForwarding": info.log_forwarding,
        models.PREFIX: models.list_models,
        inputs.PREFIX: inputs.list_inputs,
        f"{inputs.PREFIX}/{{activation_id}}": inputs.get_input,
        sessions.PREFIX: sessions.list_sessions,
        usage.PREFIX: usage.get_usage,
        f"{usage.PREFIX}/days": usage.get_days,
        API: info.api_info,
        f"{API}/": info.api_info,
        API_DOCS: info.api_docs,
        "/ping": info.ping,
        "/invokers": info.invokers,
        "/invokers/": info.invokers,
        "/": info.host_info,
    }
    return [
        # Starlette tries the routes in this order, so the most frequent one comes first.
        Route(f"{_NS}/actions/{{name}}", action),
        Route(f"{_NS}/actions/{{package}}/{{name}}", action),
        # Some clients such as aio send the namespace of a list entry back as one segment, ns%2Fpkg.
        Route(f"{_NS}/{{package}}/actions/{{name}}", action),
        Route(f"{_NS}/packages/{{package}}", package),
        Route(f"{_NS}/triggers/{{name}}", trigger),
        Route(f"{_NS}/rules/{{name}}", rule),
        Route(f"{web.PREFIX}{{rest:path}}", Resource(**dict.fromkeys(web.METHODS, web.web_action))),
        Route(
            f"{gateway.PREFIX}{{rest:path}}",
            Resource(**dict.fromkeys(web.METHODS, gateway.call_api)),
        ),
        Route(f"{models.PREFIX}/{{sha256}}", model),
        Route(
            f"{sessions.PREFIX}/{{activation_id}}",
            Resource(GET=sessions.get_session, DELETE=sessions.cancel_session),
        ),
        Route(f"{models.READ}{{sha256}}", Resource(GET=models.read_model)),
        *(Route(path, Resource(GET=handler)) for path, handler in readable.items()),
    ]


class Resource:
    """An ASGI application with one handler per method. Other methods result in a 405."""

    def __init__(self, **handlers: Handler) -> None:
        self._handlers = handlers

    @property
    def methods(self) -> tuple[str, ...]:
        return tuple(self._handlers)

    @property
    def handlers(self) -> dict[str, Handler]:
        """The handlers by method."""
        return dict(self._handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._handlers.get(scope["method"])
        if handler is None:
            raise HTTPException(405, headers={"Allow": ", ".join(self._handlers)})
        response = await handler(Request(scope, receive, send))
        await response(scope, receive, send)
