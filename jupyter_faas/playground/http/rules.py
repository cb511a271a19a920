"""``/namespaces/{ns}/rules``: list, get, put, delete, and the status (contract §2.4)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from jupyter_faas.playground.http.info import json_response
from jupyter_faas.playground.http.query import boolean, json_body, page
from jupyter_faas.playground.http.services import namespace, services
from jupyter_faas.playground.http.triggers import entity_name
from jupyter_faas.playground.triggerchanges import read_rule_change, read_status
from jupyter_faas.whisk.limits import MB
from jupyter_faas.whisk.triggers import INACTIVE


async def list_rules(request: Request) -> Response:
    limit, skip = page(request, "rules")
    counting = boolean(request, "count", False)
    found = services(request).triggers.list_rules(namespace(request, "rules"))
    if counting:
        return json_response({"rules": max(0, len(found) - skip)})
    return json_response([each.summary_json() for each in found[skip : skip + limit]])


async def get_rule(request: Request) -> Response:
    rule, status = services(request).triggers.get_rule(entity_name(request))
    return json_response(rule.to_json(status))


async def put_rule(request: Request) -> Response:
    known = services(request)
    overwrite = boolean(request, "overwrite", False)
    name = entity_name(request)
    body = await json_body(request, known.bounds.max_annotation_bytes + MB)
    change = read_rule_change(body, name.namespace, known.bounds)
    rule, status = await known.triggers.put_rule(name, change, overwrite=overwrite)
    return json_response(rule.to_json(status))


async def set_rule_status(request: Request) -> Response:
    name = entity_name(request)
    status = read_status(await json_body(request, MB))
    await services(request).triggers.set_status(name, status)
    return PlainTextResponse("OK")


async def delete_rule(request: Request) -> Response:
    rule = await services(request).triggers.delete_rule(entity_name(request))
    return json_response(rule.to_json(INACTIVE))
