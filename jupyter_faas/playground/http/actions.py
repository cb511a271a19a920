"""``/namespaces/{ns}/actions``: list, get, put, delete (contract §2.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import orjson
from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.errors import ActionConflict, ActionNotFound
from jupyter_faas.playground.entities.actions import (
    EXISTS,
    NOT_FOUND,
    DeployedAction,
    read_action_change,
    with_code,
)
from jupyter_faas.playground.errors import OTHER_COLLECTION
from jupyter_faas.playground.http.info import json_response, raw_response
from jupyter_faas.playground.http.parsing import boolean, page, required_body
from jupyter_faas.playground.http.services import (
    caller,
    named_namespace,
    namespace,
    origin_of,
    services_of,
)
from jupyter_faas.telemetry import SpanKind, TraceContext
from jupyter_faas.telemetry.origin import STATUS
from jupyter_faas.whisk import Action, FullName, PackageName, check_name
from jupyter_faas.whisk.limits import MB
from jupyter_faas.whisk.names import RESERVED_PACKAGE


async def list_actions(request: Request) -> Response:
    return _listed(request, services_of(request).actions.list(namespace(request)))


async def list_package(request: Request) -> Response:
    """List the actions of a package. For a binding, list the actions of the bound package."""
    services = services_of(request)
    package = services.access.package(caller(request).namespace, package_name(request))
    return _listed(request, services.actions.inside(services.access.provider(package).full_name))


async def get_action(request: Request) -> Response:
    services = services_of(request)
    wants_code = boolean(request, "code", True)
    located = services.access.action(caller(request).namespace, action_name(request))
    if not wants_code:
        return json_response(located.merged().action.to_json(code=False))
    return await _entity(located.merged(), await services.actions.code(located.deployed))


async def put_action(request: Request) -> Response:
    services = services_of(request)
    overwrite = boolean(request, "overwrite", False)
    name, own = action_name(request), caller(request).namespace
    services.access.change_action(own, name)
    bounds = services.bounds
    # This limit covers the whole body. Code, parameters and annotations are checked individually
    # later, with separate error messages.
    most = bounds.max_code_bytes + bounds.max_parameter_bytes + bounds.max_annotation_bytes + 2 * MB
    body = await required_body(request, most)
    change = await asyncio.to_thread(read_action_change, body, services.runtimes, bounds, own)
    async with services.packages.lock(_locked_by(name)):
        services.access.change_action(own, name)
        if services.triggers.has(name):
            raise ActionConflict(OTHER_COLLECTION)
        if services.actions.has(name) and not overwrite:
            raise ActionConflict(EXISTS)
        async with services.components.checked(own, name, change.exec):
            with services.telemetry.span(
                f"deploy {name.name}",
                SpanKind.SERVER,
                parent=TraceContext.of_headers(request.headers),
                attributes={"cloud.resource_id": f"/{name.path}", **origin_of(request).attributes},
            ) as span:
                deployed, code, old = await services.actions.put(name, change, overwrite=overwrite)
                span.set({STATUS: 200})
    services.prewarmer.prewarm_action(deployed, code)
    if old is not None:
        services.invoker.retire(old.revision)
        await services.inputs.follow(name)
    return await _entity(deployed, code)


async def delete_action(request: Request) -> Response:
    services = services_of(request)
    name = action_name(request)
    async with services.packages.lock(_locked_by(name)):
        services.access.change_action(caller(request).namespace, name)
        deployed, code = await services.actions.delete(name)
    services.invoker.retire(deployed.revision)
    await services.inputs.follow(name)
    return await _entity(deployed, code)


async def _entity(deployed: DeployedAction, code: str) -> Response:
    """Respond with the whole action.

    The response is encoded in a thread, because the code may have 48 MB.
    """
    entity = with_code(deployed.action, code).to_json()
    return raw_response(await asyncio.to_thread(orjson.dumps, entity))


def _listed(request: Request, found: Sequence[Action]) -> Response:
    limit, skip = page(request, "actions")
    if boolean(request, "count", False):
        return json_response({"actions": max(0, len(found) - skip)})
    return json_response([each.summary_json() for each in found[skip : skip + limit]])


def _locked_by(name: FullName) -> PackageName:
    """Return the package whose lock protects the action ``name``.

    For an action outside a package, this is the package that has the same name as the action,
    because only one of the two may exist.
    """
    return PackageName(name.namespace, name.package or name.name)


def action_name(request: Request) -> FullName:
    """Return the full name of the action in the path, which may be in another namespace.

    Raises NameNotAllowed, and ActionNotFound for the package name that stands for no package.
    """
    package: str | None = request.path_params.get("package")
    if package == RESERVED_PACKAGE:
        raise ActionNotFound(NOT_FOUND)
    if package is not None:
        check_name(package, "package")
    name = check_name(request.path_params["name"])
    return FullName(named_namespace(request), package, name)


def package_name(request: Request) -> PackageName:
    """Return the full name of the package in the path, which may be in another namespace.

    Raises NameNotAllowed.
    """
    name = check_name(request.path_params["package"])
    return PackageName(named_namespace(request), name)
