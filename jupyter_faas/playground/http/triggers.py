"""``/namespaces/{ns}/triggers`` and ``/rules``: list, get, put, delete, fire (contract §2.3)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from jupyter_faas.playground.entities.triggers import (
    read_rule_change,
    read_status,
    read_trigger_change,
)
from jupyter_faas.playground.http.errors import STATUS_ONLY
from jupyter_faas.playground.http.info import json_response
from jupyter_faas.playground.http.invocations import ACTIVATION_ID
from jupyter_faas.playground.http.parsing import boolean, json_payload, page, required_body
from jupyter_faas.playground.http.services import caller, namespace, services_of
from jupyter_faas.telemetry import TraceContext
from jupyter_faas.whisk import FullName, check_name
from jupyter_faas.whisk.limits import MB
from jupyter_faas.whisk.triggers import INACTIVE

# These headers are not passed to actions: those that describe the body, as in OpenWhisk, and those
# with secrets, because only actions with the annotation ``provide-api-key`` may receive an API key.
_WITHHELD = frozenset(
    {"authorization", "proxy-authorization", "cookie", "content-type", "content-length"}
)


async def list_triggers(request: Request) -> Response:
    limit, skip = page(request, "triggers")
    counting = boolean(request, "count", False)
    found = services_of(request).triggers.list_triggers(namespace(request))
    if counting:
        return json_response({"triggers": max(0, len(found) - skip)})
    return json_response([each.summary_json() for each in found[skip : skip + limit]])


async def get_trigger(request: Request) -> Response:
    return json_response(services_of(request).triggers.get(entity_name(request)).to_json())


async def put_trigger(request: Request) -> Response:
    services = services_of(request)
    overwrite = boolean(request, "overwrite", False)
    name = entity_name(request)
    bounds = services.bounds
    most = bounds.max_parameter_bytes + bounds.max_annotation_bytes + MB
    change = read_trigger_change(await required_body(request, most), bounds)
    trigger = await services.triggers.put(name, change, overwrite=overwrite)
    return json_response(trigger.to_json())


async def delete_trigger(request: Request) -> Response:
    trigger = await services_of(request).triggers.delete(entity_name(request))
    return json_response(trigger.to_json())


async def fire_trigger(request: Request) -> Response:
    """Respond with 202 and the id of the trigger's record, or with 204 if no rule is active."""
    services = services_of(request)
    services.rates.count_fire(caller(request).namespace)
    name = entity_name(request)
    payload = await json_payload(request, services.bounds.max_payload_bytes)
    activation_id = await services.firing.fire(
        services.triggers.get(name),
        payload,
        {key: value for key, value in request.headers.items() if key not in _WITHHELD},
        caller=caller(request),
        transaction_id=request.scope["transaction_id"],
        trace=TraceContext.of_headers(request.headers),
    )
    if activation_id is None:
        return Response(status_code=204)
    return json_response({"activationId": activation_id}, 202, {ACTIVATION_ID: activation_id})


def entity_name(request: Request) -> FullName:
    """Return the full name of the trigger or rule in the path.

    Raises NameNotAllowed, and NotEntitled if the namespace is not the caller's.
    """
    name = check_name(request.path_params["name"])
    return FullName(namespace(request, name), None, name)


# The handlers below serve ``/namespaces/{ns}/rules`` (contract §2.4).


async def list_rules(request: Request) -> Response:
    limit, skip = page(request, "rules")
    counting = boolean(request, "count", False)
    found = services_of(request).triggers.list_rules(namespace(request))
    if counting:
        return json_response({"rules": max(0, len(found) - skip)})
    return json_response([each.summary_json() for each in found[skip : skip + limit]])


async def get_rule(request: Request) -> Response:
    rule, status = services_of(request).triggers.get_rule(entity_name(request))
    return json_response(rule.to_json(status))


async def put_rule(request: Request) -> Response:
    services = services_of(request)
    overwrite = boolean(request, "overwrite", False)
    name = entity_name(request)
    body = await required_body(request, services.bounds.max_annotation_bytes + MB)
    change = read_rule_change(body, name.namespace, services.bounds)
    rule, status = await services.triggers.put_rule(name, change, overwrite=overwrite)
    return json_response(rule.to_json(status))


async def set_rule_status(request: Request) -> Response:
    name = entity_name(request)
    status = read_status(await required_body(request, MB))
    await services_of(request).triggers.set_status(name, status)
    request.scope[STATUS_ONLY] = True
    return PlainTextResponse("OK")


async def delete_rule(request: Request) -> Response:
    rule = await services_of(request).triggers.delete_rule(entity_name(request))
    return json_response(rule.to_json(INACTIVE))
