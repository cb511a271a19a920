"""What runs used, added up in the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from jupyter_faas.playground.storage.activations import ActivationStore
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.filters import ActivationRow
from jupyter_faas.playground.storage.journal import Journal
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.storage.usage import RunUsage, UsageFilter, runs_between, usage_of
from jupyter_faas.whisk import Activation, ActivationResponse, KeyValue
from tests.playground.helpers.loop import in_loop

LIMITS = KeyValue("limits", {"memory": 256, "timeout": 60000, "logs": 10})
WARM = Activation(
    namespace="guest",
    name="f",
    version="0.0.1",
    subject="guest",
    activation_id="0" * 32,
    start=1000,
    end=1003,
    duration=3,
    response=ActivationResponse(0),
    annotations=(KeyValue("path", "guest/f"), LIMITS, KeyValue("faas-memory-peak", 41)),
)
COLD = replace(WARM, annotations=(*WARM.annotations, KeyValue("initTime", 2)))
WHOLE = replace(WARM, annotations=(*WARM.annotations, KeyValue("kind", "sequence")))


@pytest.mark.parametrize(
    ("activation", "use"),
    [
        (WARM, RunUsage(256, False, 3, 41)),
        (COLD, RunUsage(256, True, 3, 41)),
        (WHOLE, RunUsage(0, False, 3)),
        (replace(WARM, end=None, duration=None), RunUsage()),
        (replace(WARM, annotations=()), RunUsage()),
    ],
    ids=["warm", "cold", "sequence", "trigger", "without limits"],
)
def test_use_of_a_run(activation: Activation, use: RunUsage) -> None:
    assert usage_of(activation) == use


def row(
    number: int, start: int, use: RunUsage, entity: str = "f", namespace: str = "guest"
) -> ActivationRow:
    memory, cold, duration, peak = use
    return ActivationRow(
        f"{number:032x}", namespace, entity, start, b"{}", b"{}", None, memory, cold, duration, peak
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    store = Database(tmp_path / "records.db")
    store.commit(
        [
            row(1, 10, RunUsage(256, False, 3, 41)),
            row(2, 30, RunUsage(256, False, 3, 300)),
            row(3, 20, RunUsage(256, False, 3)),
            row(4, 40, RunUsage(256, True, 80, 44)),
            row(5, 50, RunUsage(512, False, 3, 41)),
            row(6, 50, RunUsage(0, False, 90), entity="pair"),
            row(7, 50, RunUsage(), entity="trigger"),
            row(8, 50, RunUsage(256, False, 3, 41), namespace="other"),
        ],
        [],
    )
    yield store
    store.close()


def rolled_up(store: Database) -> Database:
    while store.roll_up():
        pass
    return store


def test_runs_that_are_alike_are_one_row(store: Database) -> None:
    assert rolled_up(store).usage(UsageFilter("guest", step_mb=1)) == [
        ("f", 256, 0, 30, 2, 300, [3], [3], [41 + 300 + 256]),
        ("f", 256, 1, 40, 1, 44, [80], [1], [44]),
        ("f", 512, 0, 50, 1, 41, [3], [1], [41]),
        ("pair", 0, 0, 50, 0, None, [90], [1], [0]),
    ]
    assert rolled_up(store).usage(UsageFilter("guest", entity="pair")) == [
        ("pair", 0, 0, 50, 0, None, [90], [1], []),
    ]


def test_filters(store: Database) -> None:
    def counted(**more: Any) -> list[tuple[str, int]]:
        found = rolled_up(store).usage(UsageFilter("guest")._replace(**more))
        return [(each[0], sum(each[7])) for each in found]

    assert counted(entity="pair") == [("pair", 1)]
    assert counted(since=30, upto=40) == [("f", 1), ("f", 1)]
    assert counted(entity="nothing") == []


def test_memory_that_was_used_is_rounded_as_the_provider_does(store: Database) -> None:
    (first, *_) = rolled_up(store).usage(UsageFilter("guest", step_mb=128, minimum_mb=128))
    assert first[-1] == [128 + 384 + 256]


def test_writing_a_record_again_counts_once(store: Database) -> None:
    rolled_up(store).commit([row(1, 10, RunUsage(256, False, 3, 41))], [])
    assert rolled_up(store).usage(UsageFilter("guest"))[0][7] == [3]


def test_part_of_an_hour_comes_from_the_index_alone(store: Database) -> None:
    statements: list[str] = []
    store.writer.set_trace_callback(statements.append)
    list(runs_between(store.writer, UsageFilter("guest"), 5, 50, 99))
    store.writer.set_trace_callback(None)
    plan = str(store.writer.execute(f"EXPLAIN QUERY PLAN {statements[0]}").fetchall())
    assert "COVERING INDEX activations_by_use" in plan


def test_file_of_the_second_format_learns_what_was_used(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    Database(path).close()
    connection = sqlite3.connect(path)
    connection.executescript(
        "DROP INDEX activations_by_use; DROP TABLE sums; DROP TABLE tallies;"
        + "".join(
            f"ALTER TABLE activations DROP COLUMN {column};"
            for column in ("memory", "cold", "duration", "peak")
        )
        + "UPDATE meta SET value = 2 WHERE key='format';"
    )
    for number, activation in enumerate((WARM, COLD, WHOLE)):
        summary = orjson.dumps(activation.summary_json())
        values = (f"{number:032x}", "guest", "f", 1000, summary, b"{}", None)
        connection.execute("INSERT INTO activations VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    connection.commit()
    connection.close()
    store = Database(path)
    assert [(*each[:3], *each[6:8]) for each in rolled_up(store).usage(UsageFilter("guest"))] == [
        ("f", 0, 0, [3], [1]),
        ("f", 256, 0, [3], [1]),
        ("f", 256, 1, [3], [1]),
    ]
    store.close()


@in_loop
async def test_what_has_just_ended_is_counted(tmp_path: Path) -> None:
    store, threads = Database(tmp_path / "records.db"), DatabaseThreads()
    records = ActivationStore(store, Journal(tmp_path / "journal"), threads)
    for number in range(3):
        await records.add(replace(WARM, activation_id=f"{number:032x}"))
        (found,) = await records.usage(UsageFilter("guest"))
        assert found[7] == [number + 1]
    await records.close()
    threads.close()
    store.close()
