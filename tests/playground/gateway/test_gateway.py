from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jupyter_faas.errors import ActionNotFound
from jupyter_faas.playground.gateway import Gateway
from jupyter_faas.playground.gateway.document import Document, Endpoint, new_document, with_endpoint
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.entities import ApiStore
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.whisk import FullName
from tests.playground.helpers.loop import in_loop


@contextmanager
def opened(folder: Path) -> Iterator[Gateway]:
    store, threads = Database(folder / "records.db"), DatabaseThreads()
    yield Gateway(ApiStore(store), threads)
    threads.close()
    store.close()


def api(base_path: str, path: str, action: str = "a", name: str | None = None) -> Document:
    endpoint = Endpoint(path, "get", FullName("guest", None, action))
    return with_endpoint(new_document(base_path, name), endpoint, "http://127.0.0.1:1")


async def put(gateway: Gateway, document: Document, namespace: str = "guest") -> None:
    await gateway.put(namespace, document["basePath"], lambda old: document)


@in_loop
async def test_apis_are_there_after_a_restart(tmp_path: Path) -> None:
    first, second = api("/b", "/x"), api("/a", "/x")
    with opened(tmp_path) as gateway:
        await put(gateway, first)
        await put(gateway, second)
        await put(gateway, api("/c", "/x"), "other")
        await gateway.remove("other", "/c", lambda old: None)
    with opened(tmp_path) as gateway:
        assert gateway.apis("guest") == [first, second]
        assert gateway.apis("other") == []


@in_loop
async def test_apis_by_base_path_and_name(tmp_path: Path) -> None:
    with opened(tmp_path) as gateway:
        club = api("/club", "/x", name="Book Club")
        await put(gateway, club)
        await put(gateway, api("/other", "/x"))
        assert gateway.apis("guest", "/club") == [club]
        assert gateway.apis("guest", "Book Club") == [club]
        assert gateway.apis("guest", "club") == []
        assert len(gateway.apis("guest", "")) == 2


@in_loop
async def test_longer_base_path_goes_first(tmp_path: Path) -> None:
    with opened(tmp_path) as gateway:
        await put(gateway, api("/", "/club/x", "short"))
        await put(gateway, api("/", "/club/x", "short"))
        await put(gateway, api("/club", "/x", "long"))
        await put(gateway, api("/club/x", "/y", "longest"))
        found = gateway.match_route("guest", "/club/x")
        assert found.target("GET").path.endswith("/long.json")


@in_loop
async def test_route_of_another_namespace(tmp_path: Path) -> None:
    with opened(tmp_path) as gateway:
        await put(gateway, api("/club", "/x"))
        with pytest.raises(ActionNotFound, match="does not have this path"):
            gateway.match_route("other", "/club/x")


@in_loop
async def test_nothing_changes_when_a_change_fails(tmp_path: Path) -> None:
    def fail(old: Document) -> None:
        raise ActionNotFound("no such route")

    club = api("/club", "/x")
    with opened(tmp_path) as gateway:
        await put(gateway, club)
        with pytest.raises(ActionNotFound, match="no such route"):
            await gateway.remove("guest", "/club", fail)
        with pytest.raises(ActionNotFound, match="API '/x' does not exist"):
            await gateway.remove("guest", "/x", lambda old: None)
        assert gateway.apis("guest") == [club]
