"""What functions cost, over a million records in the playground."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from jupyter_faas.playground import control
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.options import PREFIX
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.filters import ActivationRow
from jupyter_faas.playground.storage.usage import RunUsage
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.costs.service import CostQuery
from tests.ui.helpers.lab import free_port
from tools.bench.figures import Figure, sized

RECORDS = sized(1_000_000, 2_000)
FUNCTIONS = 20
AT_ONCE = sized(20_000, 500)
# The newest record's; one a second before it.
NOW_MS = 1_795_000_000_000


def figures() -> list[Figure]:
    whole = Figure(f"costs of {RECORDS:,} records, all functions", bound_ms=300)
    some = Figure("costs of their last day, all functions", bound_ms=300)
    one = Figure("costs of one of the functions", bound_ms=300)
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        with running(data_dir):
            pass
        fill(data_dir)
        with running(data_dir):
            catch_up(data_dir)
            costs = Workspace.open(data_dir).costs
            day_ms = 86_400_000
            for figure, question in (
                (whole, CostQuery(since=0, until=NOW_MS)),
                (some, CostQuery(since=NOW_MS - day_ms, until=NOW_MS)),
                (one, CostQuery(name="f0", since=0, until=NOW_MS)),
            ):
                for _ in range(5):
                    with figure.timed():
                        found = costs.report(question)
                        found.to_json()
                if question.since == 0 and not question.name and found.seen.runs != RECORDS:
                    raise RuntimeError(f"only {found.seen.runs:,} records were seen")
    return [whole, some, one]


@contextmanager
def running(data_dir: Path, kept: int = 0) -> Iterator[control.PlaygroundInfo]:
    """A playground that keeps so many records, or all, however old they have become."""
    bounds = {"KEEP_ACTIVATIONS": str(kept), "KEEP_DAYS": "0", "KEEP_MB": "0"}
    with mock.patch.dict(os.environ, {f"{PREFIX}{name}": one for name, one in bounds.items()}):
        info = control.start(data_dir, port=free_port())
    try:
        yield info
    finally:
        control.stop(data_dir)


def catch_up(data_dir: Path) -> None:
    """Wait until the sums have followed, as they do by themselves."""
    store = Database(DataDirectory(data_dir).records)
    while store.backlog():
        time.sleep(0.1)
    store.close()


def fill(data_dir: Path) -> None:
    """A million records of functions whose durations scatter over four orders of magnitude."""
    store = Database(DataDirectory(data_dir).records)
    store.writer.execute("PRAGMA synchronous=OFF")
    for first in range(0, RECORDS, AT_ONCE):
        store.commit(list(rows(first)), [])
    store.close()


def rows(first: int, count: int = RECORDS) -> Iterator[ActivationRow]:
    """Yield the next ``AT_ONCE`` of ``count`` records."""
    chance = random.Random(first)
    for number in range(first, min(first + AT_ONCE, count)):
        which = chance.randrange(FUNCTIONS)
        memory = (128, 256, 512, 3891)[which % 4]
        typical = 4 ** (which % 7)
        duration = max(1, int(chance.lognormvariate(0, 0.8) * typical))
        use = RunUsage(memory, chance.random() < 0.01, duration, chance.randint(30, 90))
        start = NOW_MS - (count - number) * 1000
        yield ActivationRow(
            *(f"{number:032x}", "guest", f"f{which}", start, b"{}", b"{}", None), *use
        )
