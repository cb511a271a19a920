"""``/namespaces/{ns}/activations``: list, get, result, logs (contract §2.5)."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.errors import InputError, NameNotAllowed
from jupyter_faas.playground.errors import IllegalPath, MalformedQuery
from jupyter_faas.playground.http.info import json_response, raw_response
from jupyter_faas.playground.http.parsing import MAX_LIMIT, boolean, epoch_ms, page, query_value
from jupyter_faas.playground.http.services import namespace, services_of
from jupyter_faas.playground.storage.filters import ActivationFilter
from jupyter_faas.playground.strict_json import read_written
from jupyter_faas.whisk import check_name

_ID = re.compile(r"[0-9a-f]{32}")
_ID_LENGTH = 32


async def list_activations(request: Request) -> Response:
    limit, skip = page(request, "activations")
    counting = boolean(request, "count", False)
    docs = boolean(request, "docs", False)
    if counting and docs:
        raise InputError("The parameter 'docs' is not permitted with 'count'.")
    where = ActivationFilter(
        namespace=namespace(request),
        entity=entity(request),
        since=epoch_ms(request, "since"),
        upto=epoch_ms(request, "upto"),
        causes=_causes(request),
    )
    records = services_of(request).records
    if counting:
        return json_response({"activations": max(0, await records.count(where) - skip)})
    found = await records.list(where, limit=limit, skip=skip, docs=docs)
    return raw_response(b"[" + b",".join(found) + b"]")


async def get_activation(request: Request) -> Response:
    return raw_response(await _record(request))


async def get_result(request: Request) -> Response:
    record: dict[str, Any] = read_written(await _record(request))
    return json_response(record["response"])


async def get_logs(request: Request) -> Response:
    record: dict[str, Any] = read_written(await _record(request))
    return json_response({"logs": record["logs"]})


async def _record(request: Request) -> bytes:
    activation_id: str = request.path_params["activation_id"]
    if len(activation_id) != _ID_LENGTH:
        message = f"Activation id length is {len(activation_id)} but must be {_ID_LENGTH}."
        raise IllegalPath(message)
    if not _ID.fullmatch(activation_id):
        raise IllegalPath("The activation id is not valid.")
    own = namespace(request)
    return await services_of(request).records.get(activation_id, own)


def _causes(request: Request) -> tuple[str, ...] | None:
    """Return the comma-separated activation ids in ``cause``, or None if it is missing.

    Only the components of these activations are listed. If ``cause`` is empty, only activations
    that are not components are listed. OpenWhisk does not have this parameter. Raises
    MalformedQuery.
    """
    text = request.query_params.get("cause")
    if text is None:
        return None
    ids = tuple(filter(None, text.split(",")))
    if len(ids) > MAX_LIMIT or not all(map(_ID.fullmatch, ids)):
        raise MalformedQuery("cause", "Parameter is not a list of activation ids")
    return ids


def entity(request: Request) -> str | None:
    """Return the query parameter ``name``, or None if it is missing.

    ``name`` is an action outside a package, or ``package/action``. A slash before or after it is
    ignored. Raises MalformedQuery if it has more segments, or an illegal one.
    """
    text = query_value(request, "name") or ""
    entity = text.removeprefix("/").removesuffix("/")
    if not entity:
        return None
    segments = entity.split("/")
    try:
        for segment in segments:
            check_name(segment)
    except NameNotAllowed:
        segments = []
    if not 1 <= len(segments) <= 2:
        raise MalformedQuery(
            "name",
            f"Parameter may be a 'simple' name or 'package-name/simple' name: {text}",
        )
    return entity
