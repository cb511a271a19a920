"""Activation records in a playground."""

from __future__ import annotations

from pathlib import Path

import orjson

from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.filters import ActivationRow
from jupyter_faas.workspace.costs.service import CostQuery
from tools.bench.cost import AT_ONCE, NOW_MS, catch_up, rows
from tools.bench.figures import sized
from tools.bench.scale.curve import Curve, Point, measured
from tools.bench.scale.machine import folder, median_ms, playground, processor_seconds, start_s

SIZES = sized((1_000, 10_000, 100_000, 1_000_000), (200, 400))


def curve() -> Curve:
    return measured("records", "activation records", SIZES, _measure)


def _measure(count: int) -> Point:
    with folder() as data_dir:
        with playground(data_dir):
            pass
        store = Database(DataDirectory(data_dir).records)
        written = processor_seconds(lambda: _write(store, count))
        summed = processor_seconds(lambda: _sum_up(store))
        store.close()
        started = start_s(data_dir)
        with playground(data_dir) as running:
            catch_up(data_dir)
            client, costs = running.client, running.workspace.costs
            query = CostQuery(since=0, until=NOW_MS)
            middle = NOW_MS - count * 500
            if costs.report(query).seen.runs != count:
                raise RuntimeError("not all records were seen")
            return {
                ("processor time to write the records", "s"): written,
                ("processor time to compute the totals for the costs", "s"): summed,
                ("start the playground", "s"): started,
                ("list the latest 30", "ms"): median_ms(lambda: client.list_activations(limit=30)),
                ("list 30 records of a function", "ms"): median_ms(
                    lambda: client.list_activations(limit=30, name="f3")
                ),
                ("list 30 records from the middle", "ms"): median_ms(
                    lambda: client.list_activations(limit=30, upto=middle)
                ),
                ("compute the costs of all records", "ms"): median_ms(
                    lambda: costs.report(query).to_json()
                ),
                ("memory of the playground", "MB"): running.memory_mb,
                ("database on the disk", "MB"): _size_mb(DataDirectory(data_dir).records),
            }


def _write(store: Database, count: int) -> None:
    for first in range(0, count, AT_ONCE):
        store.commit([_whole(row) for row in rows(first, count)], [])


def _whole(row: ActivationRow) -> ActivationRow:
    """Give a row the documents that a run of a small function has."""
    annotations = [
        {"key": "path", "value": f"guest/{row.entity}"},
        {"key": "kind", "value": "python:3.11"},
        {"key": "limits", "value": {"timeout": 60000, "memory": row.memory, "logs": 10}},
        {"key": "waitTime", "value": 1},
        {"key": "timeout", "value": False},
    ]
    summary = {
        "namespace": "guest",
        "name": row.entity,
        "version": "0.0.1",
        "activationId": row.id,
        "start": row.start,
        "end": row.start + (row.duration or 0),
        "duration": row.duration,
        "annotations": annotations,
        "publish": False,
    }
    response = {"status": "success", "success": True, "result": {"species": "setosa"}, "size": 22}
    doc = {**summary, "subject": "guest", "logs": [], "response": response}
    summary["statusCode"] = 0
    return row._replace(summary=orjson.dumps(summary), doc=orjson.dumps(doc))


def _sum_up(store: Database) -> None:
    while store.roll_up():
        pass


def _size_mb(path: Path) -> float:
    return path.stat().st_size / 1024**2
