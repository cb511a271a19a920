"""``/faas/models``: upload, list, download and delete models in the playground's model store.

Paths below ``PREFIX`` require the API key of a namespace. Paths below ``READ`` require a token in
the URL instead.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from jupyter_faas.errors import ModelNotFound
from jupyter_faas.playground.errors import NotEntitled, TooLarge
from jupyter_faas.playground.http.info import json_response
from jupyter_faas.playground.http.parsing import whole_number
from jupyter_faas.playground.http.services import caller, services_of
from jupyter_faas.playground.model_store import MAX_BYTES

PREFIX = "/faas/models"
READ = "/faas/stored/"

NOT_HERE = "The model is not in this store."


async def list_models(request: Request) -> Response:
    """List the models of the caller's namespace: ``[{"sha256", "size", "downloads"}]``."""
    store, namespace = services_of(request).models, caller(request).namespace
    found = await asyncio.to_thread(store.list, namespace)
    return json_response([each._asdict() for each in found])


async def get_model(request: Request) -> Response:
    """Return the model's URL. Raises ModelNotFound if the model is missing or damaged."""
    sha256 = request.path_params["sha256"]
    if not await services_of(request).models.is_intact(caller(request).namespace, sha256):
        raise ModelNotFound(NOT_HERE)
    return _model_url(request, sha256)


async def put_model(request: Request) -> Response:
    """Store the request's body as a model. Raises TooLarge, and Malformed for a wrong sha256."""
    sha256 = request.path_params["sha256"]
    store, namespace = services_of(request).models, caller(request).namespace
    declared = whole_number(request.headers.get("content-length", "")) or 0
    if declared > MAX_BYTES:
        raise TooLarge("Model", declared, MAX_BYTES)
    await store.upload(namespace, sha256, request.stream())
    return _model_url(request, sha256)


async def delete_model(request: Request) -> Response:
    """Delete the model. Raises ModelNotFound."""
    store, namespace = services_of(request).models, caller(request).namespace
    await asyncio.to_thread(store.remove, namespace, request.path_params["sha256"])
    return json_response({})


async def read_model(request: Request) -> Response:
    """Return the model's bytes. Raises NotEntitled if ``?namespace=&token=`` are not valid."""
    store = services_of(request).models
    sha256 = request.path_params["sha256"]
    namespace = request.query_params.get("namespace", "")
    if not store.may_read(namespace, sha256, request.query_params.get("token", "")):
        raise NotEntitled("this model")
    path = store.download(namespace, sha256)
    return FileResponse(path, media_type="application/octet-stream")


def _model_url(request: Request, sha256: str) -> Response:
    """Respond with the URL of a model.

    The URL is only a path and a query, because the port may change with the next start.
    """
    query = services_of(request).models.query(caller(request).namespace, sha256)
    return json_response({"sha256": sha256, "url": f"{READ}{sha256}?{urlencode(query)}"})
