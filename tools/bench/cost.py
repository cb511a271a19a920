"""What functions cost, over a million records in the playground."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

from jupyter_faas.playground import control
from jupyter_faas.playground.folder import Folder
from jupyter_faas.playground.recordfilter import RecordRow
from jupyter_faas.playground.store import Store
from jupyter_faas.playground.usage import RunUse
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.costs import Question
from tests.ui.lab import free_port
from tools.bench.figures import Figure

RECORDS = 1_000_000
FUNCTIONS = 20
AT_ONCE = 20_000
# The newest record's; one a second before it.
NOW_MS = 1_795_000_000_000


def figures() -> list[Figure]:
    whole = Figure(f"costs of {RECORDS:,} records, all functions", bound_ms=1000)
    some = Figure("costs of their last day, all functions", bound_ms=1000)
    one = Figure("costs of one of the functions", bound_ms=1000)
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        control.start(data_dir, port=free_port())
        control.stop(data_dir)
        fill(data_dir)
        control.start(data_dir, port=free_port())
        try:
            costs = Workspace.open(data_dir).costs
            day_ms = 86_400_000
            for figure, question in (
                (whole, Question(since=0, until=NOW_MS)),
                (some, Question(since=NOW_MS - day_ms, until=NOW_MS)),
                (one, Question(name="f0", since=0, until=NOW_MS)),
            ):
                for _ in range(5):
                    with figure.timed():
                        found = costs.report(question)
                        found.to_json()
                if question.since == 0 and not question.name and found.seen.runs != RECORDS:
                    raise RuntimeError(f"only {found.seen.runs:,} records were seen")
        finally:
            control.stop(data_dir)
    return [whole, some, one]


def fill(data_dir: Path) -> None:
    """A million records of functions whose durations scatter over four orders of magnitude."""
    store = Store(Folder(data_dir).records)
    store.writer.execute("PRAGMA synchronous=OFF")
    for first in range(0, RECORDS, AT_ONCE):
        store.commit(list(rows(first)), [])
    store.close()


def rows(first: int) -> Iterator[RecordRow]:
    chance = random.Random(first)
    for number in range(first, first + AT_ONCE):
        which = chance.randrange(FUNCTIONS)
        memory = (128, 256, 512, 3891)[which % 4]
        typical = 4 ** (which % 7)
        duration = max(1, int(chance.lognormvariate(0, 0.8) * typical))
        use = RunUse(memory, chance.random() < 0.01, duration, chance.randint(30, 90))
        start = NOW_MS - (RECORDS - number) * 1000
        yield RecordRow(
            *(f"{number:032x}", "guest", f"f{which}", start, b"{}", b"{}", None), *astuple(use)
        )
