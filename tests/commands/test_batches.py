"""``jupyter faas map``, as a terminal shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.commands.table import Call, Outcome, parse
from jupyter_faas.workspace import Workspace
from tests.hosts.helpers.flaky import FlakyHost


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    host = FlakyHost(lambda n, attempt: "failed" if n % 2 else "ok")
    with host.serve(tmp_path) as workspace:
        yield workspace


def run(workspace: Workspace, *words: str) -> Outcome:
    call = parse("cli", ["map", *words])
    assert isinstance(call, Call)
    return call.run(workspace)


def test_rows_are_printed_as_json(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("n\n2\n3\n")
    outcome = run(workspace, "double", str(tmp_path / "in.csv"))
    first, second = map(json.loads, outcome.lines)
    assert (first["n"], first["double"], first["error"]) == (2, 4, None)
    assert (second["n"], second["error"]) == (3, "n is odd")
    assert outcome.failed


def test_with_an_output_the_totals_are_printed(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"n": 2}\n')
    out = tmp_path / "out.csv"
    outcome = run(workspace, "double", str(tmp_path / "in.jsonl"), "--output", str(out))
    assert outcome.lines[0].startswith("1 call of double · ")
    assert outcome.lines[1] == f"Written to {out}"
    assert out.read_text().splitlines()[0] == "n,double,error,activation"
    assert not outcome.failed
