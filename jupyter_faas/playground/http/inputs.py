"""``/faas/inputs``: kept inputs of activations (``--keep-inputs``)."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.errors import ActivationNotFound, InputError
from jupyter_faas.playground.http.info import json_response
from jupyter_faas.playground.http.parsing import whole_number
from jupyter_faas.playground.http.services import caller, services_of
from jupyter_faas.playground.storage.inputs import InputRow
from jupyter_faas.whisk import FullName
from jupyter_faas.whisk.inputs import MOST

PREFIX = "/faas/inputs"

NOT_KEPT = "No input of this activation was kept."


async def list_inputs(request: Request) -> Response:
    """``?name=…&limit=…``: the latest inputs of an action, newest first. Raises ActionNotFound."""
    services, own = services_of(request), caller(request).namespace
    limit = whole_number(request.query_params.get("limit", "20"))
    if limit is None or not 0 < limit <= MOST:
        raise InputError(f"The limit must be a number from 1 to {MOST}.")
    name = FullName.parse(request.query_params.get("name", ""), own)
    if name.namespace != own:
        # Callers can read only the inputs of their own actions. An action of another namespace is
        # looked up by the same name in the caller's namespace.
        name = FullName(own, name.package, name.name)
    services.actions.get(name)
    rows = await services.inputs.latest(name, limit)
    return json_response([_entry(each) for each in rows])


async def get_input(request: Request) -> Response:
    """The input of one activation. Raises ActivationNotFound if it was not kept."""
    services, own = services_of(request), caller(request).namespace
    row = await services.inputs.find(request.path_params["activation_id"], own)
    if row is None:
        raise ActivationNotFound(NOT_KEPT)
    return json_response(_entry(row))


def _entry(row: InputRow) -> dict[str, Any]:
    return {
        "activation": row.activation,
        "name": row.action.partition("/")[2],
        "kept": row.kept,
        "params": orjson.Fragment(row.params),
    }
