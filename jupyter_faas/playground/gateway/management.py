"""The web actions of ``/whisk.system/apimgmt``: what clients call to make, see and delete APIs.

They take what OpenWhisk's take, and answer in the same form, whether or not there is a token for
the gateway. Whose APIs they are is told by the key of the request alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

from jupyter_faas.errors import ActionNotFound, InputError
from jupyter_faas.playground.gateway.documents import (
    Document,
    new_document,
    with_endpoint,
    without_endpoint,
)
from jupyter_faas.playground.gateway.gateway import Gateway
from jupyter_faas.playground.gateway.requests import read_creation, read_method
from jupyter_faas.playground.run import Caller
from jupyter_faas.whisk import FullName, PackageName

CREATE, GET, DELETE = "createApi", "getApi", "deleteApi"
CALLS = (CREATE, GET, DELETE)

_PACKAGE = PackageName("whisk.system", "apimgmt")

NO_KEY = "A valid auth key is required."
_JSON = {"Content-Type": "application/json"}

Arguments = Mapping[str, Any]
Handler = Callable[[Caller, Arguments], Awaitable[Mapping[str, Any]]]


def call_name(call: str) -> FullName:
    """``/whisk.system/apimgmt/getApi``"""
    return FullName(_PACKAGE.namespace, _PACKAGE.name, call)


class Management:
    """``apihost`` is the playground's URL, below which ``prefix`` is where APIs are called."""

    def __init__(self, gateway: Gateway, apihost: str, prefix: str) -> None:
        self._gateway = gateway
        self._apihost = apihost
        self._prefix = prefix
        self._calls = {CREATE: self._create, GET: self._get, DELETE: self._delete}

    def handler(self, call: str) -> Handler:
        """What performs one of ``CALLS``."""
        perform = self._calls[call]

        async def handle(_: Caller, arguments: Arguments) -> Mapping[str, Any]:
            user = arguments.get("__ow_user")
            # What aio has no value for it sends as this text.
            arguments = {key: each for key, each in arguments.items() if each != "undefined"}
            if not isinstance(user, str):
                return {"error": _answer(502, {"error": NO_KEY})}
            try:
                return _answer(200, await perform(user, arguments))
            except (InputError, ActionNotFound) as error:
                message = f"{_FAILED[call]}{error.message}"
                return {"error": _answer(502, {"error": message})}

        return handle

    async def _create(self, user: str, arguments: Arguments) -> dict[str, Any]:
        asked = read_creation(arguments, user)

        def make(old: Document | None) -> Document:
            if isinstance(asked, dict):
                return asked
            api = old or new_document(asked.base_path, asked.name)
            return with_endpoint(api, asked.endpoint, self._apihost)

        base_path = asked["basePath"] if isinstance(asked, dict) else asked.base_path
        return self._shown(user, await self._gateway.put(user, base_path, make))

    async def _get(self, user: str, arguments: Arguments) -> dict[str, Any]:
        found = self._gateway.apis(user, _wanted(arguments))
        skip = _number(arguments, "skip") or 0
        limit = _number(arguments, "limit") or len(found)
        return {
            "apis": [
                {"id": _UNUSED, "key": _UNUSED, "value": self._shown(user, each)}
                for each in found[skip : skip + limit]
            ]
        }

    async def _delete(self, user: str, arguments: Arguments) -> dict[str, Any]:
        wanted, path = _wanted(arguments), arguments.get("relpath") or None
        method = read_method(arguments)
        if wanted is None:
            raise InputError("basepath is required.")
        if path is None and method is not None:
            raise InputError("An operation goes with the path that it is of.")

        def cut(old: Document) -> Document | None:
            if path is None:
                return None
            left = without_endpoint(old, path, method)
            return left if left["paths"] else None

        await self._gateway.cut(user, wanted, cut)
        return {}

    def _shown(self, user: str, document: Document) -> dict[str, Any]:
        # Clients put the paths right behind it.
        base_path = document["basePath"].rstrip("/")
        return {
            "namespace": _UNUSED,
            "gwApiActivated": True,
            "tenantId": _UNUSED,
            "gwApiUrl": f"{self._apihost}{self._prefix}{quote(user)}{base_path}",
            "apidoc": document,
        }


# Clients want these fields; nobody reads them.
_UNUSED = "Not Used"

_FAILED = {CREATE: "API creation failure: ", GET: "", DELETE: "API deletion failure: "}


def _answer(status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": _JSON, "body": body}


def _wanted(arguments: Arguments) -> str | None:
    """A base path, or the name of an API."""
    wanted = arguments.get("basepath")
    if wanted is not None and not isinstance(wanted, str):
        raise InputError("basepath is a text.")
    return wanted or None


def _number(arguments: Arguments, key: str) -> int | None:
    """Of a query, where everything is a text."""
    given = arguments.get(key)
    if given is None:
        return None
    text = str(given)
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InputError(f"{key} is a whole number, not {given!r}.")
    return int(text)
