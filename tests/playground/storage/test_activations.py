from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from jupyter_faas.errors import ActivationNotFound
from jupyter_faas.playground.storage.activations import ActivationStore
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.filters import ActivationFilter
from jupyter_faas.playground.storage.graphs import Graph, GraphLink
from jupyter_faas.playground.storage.journal import Journal
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.whisk import Activation, ActivationResponse, KeyValue
from tests.playground.helpers.loop import eventually, in_loop

GUEST = ActivationFilter("guest")


def activation(number: int, *, start: int | None = None, logs: tuple[str, ...] = ()) -> Activation:
    start = number if start is None else start
    return Activation(
        namespace="guest",
        name="a",
        version="0.0.1",
        subject="guest",
        activation_id=f"{number:032x}",
        start=start,
        end=start + 1,
        duration=1,
        response=ActivationResponse(0, {"n": number}),
        logs=logs,
        annotations=(KeyValue("path", "guest/a"),),
    )


class Parts:
    """ActivationStore over real files; ``crash`` forgets what only memory holds."""

    def __init__(self, folder: Path) -> None:
        self.store = Database(folder / "records.db")
        self.journal = Journal(folder / "journal")
        self.threads = DatabaseThreads()
        self.records = ActivationStore(self.store, self.journal, self.threads)

    def close(self) -> None:
        self.threads.close()
        self.store.close()
        self.journal.close()


@contextmanager
def opened(folder: Path) -> Iterator[Parts]:
    parts = Parts(folder)
    parts.records.replay()
    try:
        yield parts
    finally:
        parts.close()


@in_loop
async def test_record_can_be_read_before_it_is_flushed(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        doc = await parts.records.add(activation(1))
        assert parts.store.record(activation(1).activation_id) is None
        assert await parts.records.get(activation(1).activation_id, "guest") == doc
        assert orjson.loads(doc)["response"]["result"] == {"n": 1}
        assert await parts.records.count(GUEST) == 1
        await parts.records.close()


@in_loop
async def test_record_goes_to_the_database_and_the_journal_is_emptied(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        await parts.records.add(activation(1))
        await eventually(lambda: parts.store.record(activation(1).activation_id) is not None)
        await eventually(lambda: parts.journal.size == 0)
        await parts.records.close()


@in_loop
async def test_acknowledged_record_survives_a_crash(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        await parts.records.add(activation(1))
        # No close: the process is gone before anything was flushed.
    with opened(tmp_path) as parts:
        assert parts.store.record(activation(1).activation_id) is not None
        assert parts.journal.size == 0


@in_loop
async def test_accepted_without_a_record_ends_as_internal_error(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        parts.records.accept(activation(1))
        parts.records.accept(activation(2))
        await parts.records.add(activation(2))
    with opened(tmp_path) as parts:
        assert await parts.records.count(GUEST) == 2
        unfinished = await parts.records.get(activation(1).activation_id, "guest")
        assert orjson.loads(unfinished)["activationId"] == activation(1).activation_id
    with opened(tmp_path) as parts:
        assert await parts.records.count(GUEST) == 2
        assert parts.store.accepted() == []


@in_loop
async def test_accepted_is_remembered_when_the_journal_was_emptied(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        parts.records.accept(activation(1))
        await eventually(lambda: parts.journal.size == 0)
    with opened(tmp_path) as parts:
        assert await parts.records.count(GUEST) == 1


@in_loop
async def test_record_of_an_accepted_run_replaces_it(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        parts.records.accept(activation(1))
        await eventually(lambda: parts.journal.size == 0)
        await parts.records.add(activation(1))
        await parts.records.close()
        assert parts.store.accepted() == []


@in_loop
async def test_list_mixes_what_is_flushed_with_what_is_not(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        for number in (1, 3, 5):
            await parts.records.add(activation(number))
        await eventually(lambda: parts.journal.size == 0)
        for number in (2, 4):
            await parts.records.add(activation(number))

        async def starts(limit: int, skip: int) -> list[int]:
            found = await parts.records.list(GUEST, limit=limit, skip=skip, docs=False)
            return [orjson.loads(each)["start"] for each in found]

        assert await starts(10, 0) == [5, 4, 3, 2, 1]
        assert await starts(2, 1) == [4, 3]
        assert await parts.records.count(GUEST) == 5
        docs = await parts.records.list(GUEST, limit=1, skip=0, docs=True)
        assert orjson.loads(docs[0])["logs"] == []
        await parts.records.close()


@in_loop
async def test_list_of_one_millisecond_is_in_order(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        for number in (4, 2):
            await parts.records.add(activation(number, start=7))
        await eventually(lambda: parts.journal.size == 0)
        for number in (3, 1):
            await parts.records.add(activation(number, start=7))
        found = await parts.records.list(GUEST, limit=9, skip=0, docs=True)
        assert [orjson.loads(each)["response"]["result"]["n"] for each in found] == [1, 3, 2, 4]
        await parts.records.close()


@in_loop
async def test_record_with_large_logs(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        logs = tuple("x" * 1000 for _ in range(500))
        doc = await parts.records.add(activation(1, logs=logs))
        assert orjson.loads(doc)["logs"] == list(logs)
    with opened(tmp_path) as parts:
        assert await parts.records.get(activation(1).activation_id, "guest") == doc


@in_loop
async def test_many_records_at_once_are_all_kept(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        large = tuple("x" * 1000 for _ in range(100))
        await asyncio.gather(
            *(
                parts.records.add(activation(n, logs=large if n % 3 == 0 else ()))
                for n in range(200)
            )
        )
    with opened(tmp_path) as parts:
        assert await parts.records.count(GUEST) == 200


@in_loop
async def test_a_deploy_does_not_wait_for_all_pending_records(tmp_path: Path) -> None:
    """They are committed in steps, and the writer thread does other work after each."""
    with opened(tmp_path) as parts:
        sizes: list[int] = []
        loop, commit = asyncio.get_running_loop(), parts.store.commit

        async def deploy() -> int:
            """How many records are committed when the writer thread comes to the deploy."""
            return await parts.threads.write(lambda: sum(sizes))

        def committed(records: Any, accepted: Any) -> None:
            commit(records, accepted)
            sizes.append(len(records))
            if len(sizes) == 1:
                deploys.append(asyncio.run_coroutine_threadsafe(deploy(), loop))

        deploys: list[Future[int]] = []
        parts.store.commit = committed  # type: ignore[method-assign]
        for n in range(3000):
            await parts.records.add(activation(n))
        await parts.records.close()
        assert sum(sizes) == 3000
        assert await asyncio.wrap_future(deploys[0]) <= 1000


@in_loop
async def test_unknown_record(tmp_path: Path) -> None:
    missing = pytest.raises(ActivationNotFound, match="The requested resource does not exist")
    with opened(tmp_path) as parts, missing:
        await parts.records.get("f" * 32, "guest")


@in_loop
async def test_graph_of_a_run_is_there_at_once_and_in_the_end(tmp_path: Path) -> None:
    graph = Graph.from_json({"type": "sequence", "components": []})
    with opened(tmp_path) as parts:
        parts.records.keep_graph(GraphLink("a", "guest", graph))
        assert await parts.records.graph("a", "guest") == graph.doc
        await eventually(lambda: parts.journal.size == 0)
        assert await parts.records.graph("a", "guest") == graph.doc
        assert await parts.records.graph("a", "other") is None
        assert await parts.records.graph("b", "guest") is None


@in_loop
async def test_graph_survives_a_crash(tmp_path: Path) -> None:
    graph = Graph.from_json({"type": "empty"})
    with opened(tmp_path) as parts:
        parts.records.keep_graph(GraphLink("a", "guest", graph))
        size = parts.journal.size
        # The second time it is named only.
        parts.records.keep_graph(GraphLink("b", "guest", graph))
        assert parts.journal.size - size < size
        # No close: the process is gone before anything was flushed.
    with opened(tmp_path) as parts:
        assert await parts.records.graph("a", "guest") == graph.doc
        assert await parts.records.graph("b", "guest") == graph.doc
        assert parts.journal.size == 0


@in_loop
async def test_graph_of_many_runs_is_written_once(tmp_path: Path) -> None:
    graph = Graph.from_json({"type": "value", "value": "x" * 10_000})
    with opened(tmp_path) as parts:
        parts.records.keep_graph(GraphLink("a", "guest", graph))
        await parts.records.close()
        parts.records.keep_graph(GraphLink("b", "guest", graph))
        assert parts.journal.size < 1000
        await parts.records.close()
    with opened(tmp_path) as parts:
        assert await parts.records.graph("b", "guest") == graph.doc


@in_loop
async def test_branch_is_listed_as_part_of_something(tmp_path: Path) -> None:
    graph = Graph.from_json({"type": "empty"})
    top = ActivationFilter("guest", causes=())
    with opened(tmp_path) as parts:
        records = parts.records
        records.keep_graph(GraphLink(activation(1).activation_id, "guest", graph, branch=True))
        # Its link is in the database long before it ends.
        await eventually(lambda: parts.journal.size == 0)
        await records.add(activation(1))
        await records.add(activation(2))
        for _ in range(2):
            assert await records.count(top) == 1
            (found,) = await records.list(top, limit=9, skip=0, docs=False)
            assert orjson.loads(found)["activationId"] == activation(2).activation_id
            await records.close()
        assert await records.count(GUEST) == 2
