"""The gateway's collection of APIs, in memory and in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import orjson

from jupyter_faas.errors import ActionNotFound
from jupyter_faas.playground.gateway.document import NO_ROUTE, Document, RouteMatch, match_route
from jupyter_faas.playground.storage.entities import ApiStore
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.strict_json import read_rows


class Gateway:
    """The APIs of all namespaces. ``put`` and ``remove`` return after the change is committed."""

    def __init__(self, store: ApiStore, threads: DatabaseThreads) -> None:
        """Read all APIs from the database. Blocking."""
        self._store = store
        self._threads = threads
        # Changes must not overlap, because adding a route reads and writes the whole document.
        self._changing = asyncio.Lock()
        self._apis: dict[str, dict[str, Document]] = {}
        for namespace, base_path, doc in store.apis():
            for document in read_rows([doc], dict, f"API {base_path}"):
                self._apis.setdefault(namespace, {})[base_path] = document

    def apis(self, namespace: str, wanted: str | None = None) -> list[Document]:
        """Return the APIs of a namespace. With ``wanted``, filter by base path or name."""
        found = list(self._apis.get(namespace, {}).values())
        if not wanted:
            return found
        if wanted.startswith("/"):
            return [each for each in found if each["basePath"] == wanted]
        return [each for each in found if each["info"]["title"] == wanted]

    def match_route(self, namespace: str, path: str) -> RouteMatch:
        """Return the API path that matches a request.

        APIs with longer base paths take precedence. Raises ActionNotFound if no path matches.
        """
        apis = sorted(self.apis(namespace), key=lambda each: -len(each["basePath"]))
        for each in apis:
            found = match_route(each, path)
            if found is not None:
                return found
        raise ActionNotFound(NO_ROUTE)

    async def put(
        self, namespace: str, base_path: str, make: Callable[[Document | None], Document]
    ) -> Document:
        """Store and return the API that ``make`` returns for the current API or None."""
        async with self._changing:
            new = make(self._apis.get(namespace, {}).get(base_path))
            await self._put(namespace, base_path, new)
            return new

    async def remove(
        self, namespace: str, wanted: str, remove: Callable[[Document], Document | None]
    ) -> None:
        """Replace an API with the result of ``remove``, or delete the API if the result is None.

        ``wanted`` is the base path or name of the API. Raises ActionNotFound if the API does not
        exist, and any error of ``remove``. After an error, the API is unchanged.
        """
        async with self._changing:
            found = self.apis(namespace, wanted)
            if not found:
                raise ActionNotFound(f"API '{wanted}' does not exist.")
            base_path = found[0]["basePath"]
            remaining = remove(found[0])
            if remaining is not None:
                await self._put(namespace, base_path, remaining)
            else:
                await self._threads.write(self._store.delete, namespace, base_path)
                del self._apis[namespace][base_path]

    async def _put(self, namespace: str, base_path: str, document: Document) -> None:
        # Write the database first, so that memory never contains an API that is not committed.
        doc = orjson.dumps(document)
        await self._threads.write(self._store.put, namespace, base_path, doc)
        self._apis.setdefault(namespace, {})[base_path] = document
