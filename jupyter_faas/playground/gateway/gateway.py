"""Gateway: the APIs of all namespaces, in memory and in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import orjson

from jupyter_faas.errors import ActionNotFound
from jupyter_faas.playground.gateway.document import NO_ROUTE, Document, RouteMatch, match_route
from jupyter_faas.playground.storage.entities import ApiStore
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.strict_json import read_written


class Gateway:
    """The APIs, by namespace and base path. A change is committed when its call returns."""

    def __init__(self, store: ApiStore, threads: DatabaseThreads) -> None:
        """Blocking: reads all APIs."""
        self._store = store
        self._threads = threads
        # Adding a route reads and writes the whole document, so changes must not overlap.
        self._changing = asyncio.Lock()
        self._apis: dict[str, dict[str, Document]] = {}
        for namespace, base_path, doc in store.apis():
            self._apis.setdefault(namespace, {})[base_path] = read_written(doc)

    def apis(self, namespace: str, wanted: str | None = None) -> list[Document]:
        """Return the APIs of a namespace: all, or those with the base path or name ``wanted``."""
        found = list(self._apis.get(namespace, {}).values())
        if not wanted:
            return found
        if wanted.startswith("/"):
            return [each for each in found if each["basePath"] == wanted]
        return [each for each in found if each["info"]["title"] == wanted]

    def match_route(self, namespace: str, path: str) -> RouteMatch:
        """Return the API path that matches a request. Raises ActionNotFound.

        APIs with longer base paths are tried first.
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
        """Store and return the result of ``make``, which gets the present API or None."""
        async with self._changing:
            new = make(self._apis.get(namespace, {}).get(base_path))
            await self._put(namespace, base_path, new)
            return new

    async def remove(
        self, namespace: str, wanted: str, remove: Callable[[Document], Document | None]
    ) -> None:
        """Replace an API by the result of ``remove``; None deletes it.

        ``wanted`` is its base path or name. Raises ActionNotFound, and any error of ``remove``. An
        error leaves the API unchanged.
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
        # The database is written first, so that memory never shows an API that is not committed.
        doc = orjson.dumps(document)
        await self._threads.write(self._store.put, namespace, base_path, doc)
        self._apis.setdefault(namespace, {})[base_path] = document
