"""``/namespaces/{ns}/packages``: list, get, put, delete (contract §2.2)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.errors import ActionConflict, ActionNotFound, InputError
from jupyter_faas.playground.entities.access import inherited
from jupyter_faas.playground.entities.packages import read_package_change
from jupyter_faas.playground.errors import OTHER_COLLECTION
from jupyter_faas.playground.http.actions import package_name
from jupyter_faas.playground.http.info import json_response
from jupyter_faas.playground.http.parsing import boolean, page, required_body
from jupyter_faas.playground.http.services import (
    Services,
    caller,
    named_namespace,
    namespace,
    services_of,
)
from jupyter_faas.whisk import Action, Package, PackageName, as_json
from jupyter_faas.whisk.limits import MB
from jupyter_faas.whisk.names import RESERVED_PACKAGE

_NO_PROVIDER = "Binding references a package that does not exist."
_BOUND_TWICE = "Cannot bind to another package binding."
_BOUND_OTHER = "Cannot bind to a resource that is not a package."


async def list_packages(request: Request) -> Response:
    """List all packages of the caller's namespace, or the published packages of another."""
    limit, skip = page(request, "packages")
    counting = boolean(request, "count", False)
    named = named_namespace(request)
    foreign = named != caller(request).namespace
    found = services_of(request).packages.list(named, published_only=foreign)
    if counting:
        return json_response({"packages": max(0, len(found) - skip)})
    return json_response([each.summary_json() for each in found[skip : skip + limit]])


async def get_package(request: Request) -> Response:
    """Return a package with its actions and feeds, or a binding with those of its provider."""
    services = services_of(request)
    name = package_name(request)
    try:
        package = services.access.package(caller(request).namespace, name)
        provider = services.access.provider(package)
    except ActionNotFound:
        # Only this response names what is missing.
        message = f"The requested resource '{name.path}' does not exist."
        raise ActionNotFound(message) from None
    if package.binding is not None:
        package = package._replace(parameters=inherited(provider, package))
    inside = services.actions.inside(provider.full_name)
    return json_response(
        {
            **package.to_json(),
            "actions": [_member(each) for each in inside if not _is_feed(each)],
            "feeds": [_member(each) for each in inside if _is_feed(each)],
        }
    )


async def put_package(request: Request) -> Response:
    services = services_of(request)
    overwrite = boolean(request, "overwrite", False)
    name = _own_package(request)
    if name.name == RESERVED_PACKAGE:
        raise InputError(f"Package name '{RESERVED_PACKAGE}' is reserved.")
    bounds = services.bounds
    most = bounds.max_parameter_bytes + bounds.max_annotation_bytes + MB
    body = await required_body(request, most)
    change = read_package_change(body, name.namespace, bounds)
    if change.binding is not None:
        _check_binding(services, name.namespace, change.binding)
    package = await services.packages.put(
        name, change, overwrite=overwrite, is_other=services.triggers.has
    )
    return json_response(package.to_json())


async def delete_package(request: Request) -> Response:
    services = services_of(request)
    force = boolean(request, "force", False)
    name = _own_package(request)
    if services.access.is_other_entity(name):
        raise ActionConflict(OTHER_COLLECTION)
    package, actions = await services.packages.delete(name, force=force)
    for each in actions:
        services.invoker.retire(each.revision)
        await services.inputs.follow(each.action.full_name)
    return json_response(package.to_json())


def _own_package(request: Request) -> PackageName:
    name = package_name(request)
    namespace(request, name.name)
    return name


def _check_binding(services: Services, own: str, binding: PackageName) -> None:
    """Check the package that a binding refers to.

    Raises InputError if the package does not exist or is a binding itself, ActionConflict if
    another entity has its name, and NotEntitled if it is an unpublished package of another
    namespace.
    """
    try:
        provider: Package = services.access.package(own, binding)
    except ActionNotFound:
        raise InputError(_NO_PROVIDER) from None
    except ActionConflict:
        raise ActionConflict(_BOUND_OTHER) from None
    if provider.binding is not None:
        raise InputError(_BOUND_TWICE)


def _member(action: Action) -> dict[str, Any]:
    return {
        "name": action.name,
        "version": action.version,
        "annotations": as_json(action.annotations),
    }


def _is_feed(action: Action) -> bool:
    return any(each.key == "feed" for each in action.annotations)
