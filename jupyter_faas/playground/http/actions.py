"""``/namespaces/{ns}/actions``: list, get, put, delete (contract §2.1)."""

from __future__ import annotations

import asyncio

import orjson
from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.errors import ActionNotFound
from jupyter_faas.playground.actions import Deployed
from jupyter_faas.playground.changes import read_change, with_code
from jupyter_faas.playground.http.info import json_response, raw_response
from jupyter_faas.playground.http.query import boolean, json_body, page
from jupyter_faas.playground.http.services import namespace, services
from jupyter_faas.whisk import FullName, check_name
from jupyter_faas.whisk.limits import MB


async def list_actions(request: Request) -> Response:
    limit, skip = page(request, "actions")
    counting = boolean(request, "count", False)
    found = services(request).actions.list(namespace(request, "actions"))
    if counting:
        return json_response({"actions": max(0, len(found) - skip)})
    return json_response([each.summary_json() for each in found[skip : skip + limit]])


async def get_action(request: Request) -> Response:
    wants_code = boolean(request, "code", True)
    actions = services(request).actions
    deployed = actions.get(action_name(request))
    if not wants_code:
        return json_response(deployed.action.to_json(code=False))
    return await _entity(deployed, await actions.code(deployed))


async def put_action(request: Request) -> Response:
    known = services(request)
    overwrite = boolean(request, "overwrite", False)
    name = action_name(request)
    bounds = known.bounds
    # The parts have their own limits, which name them; this one is for the whole.
    most = bounds.max_code_bytes + bounds.max_parameter_bytes + bounds.max_annotation_bytes + 2 * MB
    body = await json_body(request, most)
    change = await asyncio.to_thread(read_change, body, known.runtimes, bounds)
    deployed, code, old = await known.actions.put(name, change, overwrite=overwrite)
    known.code.prepare(deployed.revision, code, deployed.action.exec.binary)
    if old is not None:
        known.invoker.retire(name, old.revision)
    return await _entity(deployed, code)


async def delete_action(request: Request) -> Response:
    known = services(request)
    name = action_name(request)
    deployed, code = await known.actions.delete(name)
    known.invoker.retire(name, deployed.revision)
    return await _entity(deployed, code)


async def _entity(deployed: Deployed, code: str) -> Response:
    """The whole entity. Code may be 48 MB, which is not for the event loop to encode."""
    entity = with_code(deployed.action, code).to_json()
    return raw_response(await asyncio.to_thread(orjson.dumps, entity))


async def missing_package(request: Request) -> Response:
    """No action lies in a package here, and no package exists: the contract's 404 for that."""
    package = check_name(request.path_params["package"], "package")
    own = namespace(request, package)
    raise ActionNotFound(f"The requested resource '{own}/{package}' does not exist.")


def action_name(request: Request) -> FullName:
    """Raises NameNotAllowed and NotEntitled."""
    name = check_name(request.path_params["name"])
    return FullName(namespace(request, name), None, name)
