"""``/faas/models``: the playground's model store, which no other OpenWhisk has.

Below ``PREFIX`` the key of a namespace is asked for; below ``READ`` the address is what counts.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from jupyter_faas.errors import ModelNotFound
from jupyter_faas.playground.errors import NotEntitled, TooLarge
from jupyter_faas.playground.http.info import json_response
from jupyter_faas.playground.http.parsing import whole_number
from jupyter_faas.playground.http.services import caller, services
from jupyter_faas.playground.model_store import MAX_BYTES

PREFIX = "/faas/models"
READ = "/faas/stored/"

NOT_HERE = "The model is not in this store."


async def list_models(request: Request) -> Response:
    """``[{"sha256", "size", "downloads"}]`` of the caller's namespace."""
    store, namespace = services(request).models, caller(request).namespace
    found = await asyncio.to_thread(store.list, namespace)
    return json_response([asdict(each) for each in found])


async def get_model(request: Request) -> Response:
    """Its address, when it is here and sound. Raises ModelNotFound."""
    sha256 = request.path_params["sha256"]
    if not await services(request).models.is_intact(caller(request).namespace, sha256):
        raise ModelNotFound(NOT_HERE)
    return _address(request, sha256)


async def put_model(request: Request) -> Response:
    """Keep the body, as it comes. Raises Malformed when its sha256 is another, TooLarge."""
    sha256 = request.path_params["sha256"]
    store, namespace = services(request).models, caller(request).namespace
    declared = whole_number(request.headers.get("content-length", "")) or 0
    if declared > MAX_BYTES:
        raise TooLarge("Model", declared, MAX_BYTES)
    await store.upload(namespace, sha256, request.stream())
    return _address(request, sha256)


async def delete_model(request: Request) -> Response:
    """Raises ModelNotFound."""
    store, namespace = services(request).models, caller(request).namespace
    await asyncio.to_thread(store.remove, namespace, request.path_params["sha256"])
    return json_response({})


async def read_model(request: Request) -> Response:
    """The model's bytes. Raises NotEntitled for an address (``?namespace=&token=``) of others."""
    store = services(request).models
    sha256 = request.path_params["sha256"]
    namespace = request.query_params.get("namespace", "")
    if not store.may_read(namespace, sha256, request.query_params.get("token", "")):
        raise NotEntitled("this model")
    path = store.download(namespace, sha256)
    return FileResponse(path, media_type="application/octet-stream")


def _address(request: Request, sha256: str) -> Response:
    """``url`` is a path: the port may be another after the next start."""
    query = services(request).models.query(caller(request).namespace, sha256)
    return json_response({"sha256": sha256, "url": f"{READ}{sha256}?{urlencode(query)}"})
