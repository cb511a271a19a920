"""``/namespaces/{ns}/packages``: list, get, put, delete (contract §2.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.errors import ActionConflict, ActionNotFound, InputError
from jupyter_faas.playground.entities.access import inherited
from jupyter_faas.playground.entities.packages import read_package_change
from jupyter_faas.playground.errors import OTHER_COLLECTION
from jupyter_faas.playground.http.actions import package_name
from jupyter_faas.playground.http.info import json_response
from jupyter_faas.playground.http.parsing import boolean, json_body, page
from jupyter_faas.playground.http.services import (
    Services,
    caller,
    named_namespace,
    namespace,
    services,
)
from jupyter_faas.whisk import Action, Package, PackageName, as_json, check_name
from jupyter_faas.whisk.limits import MB

_NO_PROVIDER = "Binding references a package that does not exist."
_BOUND_TWICE = "Cannot bind to another package binding."
_BOUND_OTHER = "Cannot bind to a resource that is not a package."


async def list_packages(request: Request) -> Response:
    """Of another namespace, those that are published; of one that does not exist, none."""
    limit, skip = page(request, "packages")
    counting = boolean(request, "count", False)
    named = named_namespace(request)
    foreign = named != caller(request).namespace
    found = services(request).packages.list(named, published_only=foreign)
    if counting:
        return json_response({"packages": max(0, len(found) - skip)})
    return json_response([each.summary_json() for each in found[skip : skip + limit]])


async def get_package(request: Request) -> Response:
    """With what is in it; a binding shows its provider's actions and both's parameters."""
    known = services(request)
    package = known.access.package(caller(request).namespace, package_name(request))
    provider = known.access.provider(package)
    if package.binding is not None:
        package = replace(package, parameters=inherited(provider, package))
    inside = known.actions.inside(provider.full_name)
    return json_response(
        {
            **package.to_json(),
            "actions": [_member(each) for each in inside if not _is_feed(each)],
            "feeds": [_member(each) for each in inside if _is_feed(each)],
        }
    )


async def put_package(request: Request) -> Response:
    known = services(request)
    overwrite = boolean(request, "overwrite", False)
    name = _own_package(request)
    check_name(name.name, "package")
    bounds = known.bounds
    most = bounds.max_parameter_bytes + bounds.max_annotation_bytes + MB
    change = read_package_change(await json_body(request, most), name.namespace, bounds)
    if change.binding is not None:
        _check_binding(known, name.namespace, change.binding)
    package = await known.packages.put(
        name, change, overwrite=overwrite, is_other=known.triggers.has
    )
    return json_response(package.to_json())


async def delete_package(request: Request) -> Response:
    known = services(request)
    force = boolean(request, "force", False)
    name = _own_package(request)
    if known.access.is_other_entity(name):
        raise ActionConflict(OTHER_COLLECTION)
    package, actions = await known.packages.delete(name, force=force)
    for each in actions:
        known.invoker.retire(each.revision)
        await known.inputs.follow(each.action.full_name)
    return json_response(package.to_json())


def _own_package(request: Request) -> PackageName:
    name = package_name(request)
    namespace(request, name.name)
    return name


def _check_binding(known: Services, own: str, binding: PackageName) -> None:
    """Raises InputError, ActionConflict, and NotEntitled for another's that is not published."""
    try:
        provider: Package = known.access.package(own, binding)
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
