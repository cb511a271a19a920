"""Batches on a real playground."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas
import pytest

from jupyter_faas.client import Client, playground_target
from jupyter_faas.errors import (
    ActionNotFound,
    ActivationFailed,
    ActivationTimedOut,
    InputError,
    ParametersRejected,
)
from jupyter_faas.workspace import Workspace
from tests.hosts.helpers.provider import started_playground

CODE = """
import time

def main(args):
    time.sleep(args.get("wait", 0))
    if args["n"] < 0:
        return {"error": "n is negative"}
    return {"double": 2 * args["n"], "more": [args["n"]]}
"""
SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer"}, "wait": {"type": "number", "default": 0}},
    "required": ["n"],
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with started_playground(tmp_path_factory.mktemp("many")) as workspace:
        put(workspace, "double", CODE, SCHEMA)
        yield workspace


def put(workspace: Workspace, name: str, code: str, schema: dict[str, Any]) -> None:
    client = Client(playground_target(workspace.data_dir))
    annotations = [{"key": "faas-schema", "value": schema}]
    body = {"exec": {"kind": "python:default", "code": code}, "annotations": annotations}
    client.put_action(name, body)
    client.close()


def test_two_thousand_calls_take_seconds(workspace: Workspace) -> None:
    began = time.monotonic()
    found = workspace.batches.map("double", pandas.DataFrame({"n": range(2000)}))
    assert time.monotonic() - began < 15
    assert [each["double"] for each in found] == [2 * n for n in range(2000)]
    assert found.cost_usd is not None
    assert found.cost_usd > 0
    ids = {each.activation_id for each in found.answers}
    assert len(ids) == 2000
    assert not list((workspace.data_dir / "batches").iterdir())


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_a_hundred_thousand_calls(workspace: Workspace) -> None:
    began = time.monotonic()
    found = workspace.batches.map("double", range(100_000))
    print(f"100,000 calls in {time.monotonic() - began:.1f} s")
    assert [each["double"] for each in found] == [2 * n for n in range(100_000)]
    assert len({each.activation_id for each in found.answers}) == 100_000


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_results_in_a_file(suffix: str, workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / f"out.{suffix}"
    found = workspace.batches.map("double", [{"n": 1}, {"n": -1}], output=path)
    text = path.read_text("utf-8")
    if suffix == "csv":
        first, second = csv.DictReader(text.splitlines())
        assert (first["n"], first["double"], first["more"]) == ("1", "2", "[1]")
        assert (first["error"], second["error"]) == ("", "n is negative")
    else:
        first, second = map(json.loads, text.splitlines())
        assert first == {
            "n": 1,
            "double": 2,
            "more": [1],
            "error": None,
            "activation": found.answers[0].activation_id,
        }
        assert second["error"] == "n is negative"
    assert found.lines()[-1] == f"Written to {path}"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_parquet_is_read_and_written(workspace: Workspace, tmp_path: Path) -> None:
    inputs, path = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pandas.DataFrame({"n": [1, -1, 3]}).to_parquet(inputs)
    found = workspace.batches.map("double", inputs, output=path)
    assert [answer.ok for answer in found.answers] == [True, False, True]
    frame = pandas.read_parquet(path)
    assert frame["n"].tolist() == [1, -1, 3]
    assert frame["double"].fillna(0).tolist() == [2, 0, 6]
    assert frame["error"].tolist()[1] == "n is negative"
    assert [list(each) for each in frame["more"].dropna()] == [[1], [3]]
    assert {each.name for each in tmp_path.iterdir()} == {"in.parquet", "out.parquet"}


def test_a_result_that_is_no_object_is_returned_without_its_box(workspace: Workspace) -> None:
    schema = {**SCHEMA, "x-faas-boxed": True}
    put(workspace, "plain", "def main(args):\n    return {'value': args['n']}\n", schema)
    found = workspace.batches.map("plain", [3, 4])
    assert list(found) == [3, 4]
    assert [row["result"] for row in found.rows()] == [3, 4]


def test_no_rows_are_no_calls(workspace: Workspace) -> None:
    assert len(workspace.batches.map("double", [])) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"concurrency": 0}, "concurrency must be from 1 to 1,000, not 0"),
        ({"output": "out.xlsx"}, "out.xlsx is not a file that map can write"),
        ({"output": "not/there/out.csv"}, "is not a folder"),
    ],
)
def test_options_are_checked_first(
    options: dict[str, Any], words: str, workspace: Workspace
) -> None:
    with pytest.raises(InputError, match=words):
        workspace.batches.map("double", [1], **options)


def test_an_unknown_function_is_an_error(workspace: Workspace) -> None:
    with pytest.raises(ActionNotFound, match="duoble"):
        workspace.batches.map("duoble", [1])


def test_a_spawned_run_is_not_waited_for(workspace: Workspace) -> None:
    run = workspace.batches.spawn("double", {"n": 4, "wait": 1})
    assert len(run.activation_id) == 32
    assert not run.done()
    with pytest.raises(ActivationTimedOut, match=r"no record after 0\.05 s"):
        run.result(timeout=0.05)
    assert run.result(timeout=60)["double"] == 8
    assert run.done()
    assert run.record().id == run.activation_id


def test_a_spawned_run_that_fails_raises(workspace: Workspace) -> None:
    run = workspace.batches.spawn("double", {"n": -4})
    with pytest.raises(ActivationFailed, match="double failed: n is negative"):
        run.result(timeout=60)


def test_a_parameter_that_the_function_lacks_is_found_before_the_call(workspace: Workspace) -> None:
    with pytest.raises(ParametersRejected, match="double does not take m"):
        workspace.batches.spawn("double", {"m": 1})
    with pytest.raises(ParametersRejected, match="double needs n"):
        workspace.batches.spawn("double", {})
