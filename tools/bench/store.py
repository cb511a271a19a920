"""Lists and counts of a million records, and warm calls while old records are deleted."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import requests

from jupyter_faas.client import Client, playground_target
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.filters import ActivationFilter
from tools.bench.cost import NOW_MS, RECORDS, fill, running
from tools.bench.figures import Figure, sized
from tools.bench.playground import ECHO

BOUND_MS = 20
DAY_MS = 86_400_000
# Of the records in the middle of the time, and the number of those that are left out.
MIDDLE_MS = NOW_MS - RECORDS * 500
FAR = RECORDS * 9 // 10

QUESTIONS: dict[str, dict[str, Any]] = {
    "newest 30": {},
    "newest 30, whole records": {"docs": True},
    "newest 30 by name": {"name": "f3"},
    "newest 30 since a day ago": {"since": NOW_MS - DAY_MS},
    "newest 30 before the middle": {"upto": MIDDLE_MS},
    "newest 30 by name, in a day": {"name": "f3", "since": MIDDLE_MS, "upto": MIDDLE_MS + DAY_MS},
    f"30 after {FAR:,}": {"skip": FAR},
    "30 by name after 20,000": {"name": "f3", "skip": 20_000},
    "count": {"count": True},
    "count by name": {"name": "f3", "count": True},
    "count in a day": {"since": MIDDLE_MS, "upto": MIDDLE_MS + DAY_MS, "count": True},
    "count of top-level activations": {"cause": "", "count": True},
}


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        with running(data_dir):
            pass
        fill(data_dir)
        summing = Figure(f"computing the sums of {RECORDS:,} records, once")
        with summing.timed():
            store = Database(DataDirectory(data_dir).records)
            while store.roll_up():
                pass
        found = [summing, *_in_store(store)]
        store.close()
        return [*found, *_over_http(data_dir), *_while_records_go(data_dir)]


def _in_store(store: Database) -> list[Figure]:
    found = []
    for label, question in QUESTIONS.items():
        figure = Figure(f"store: {label}", bound_ms=BOUND_MS)
        where = ActivationFilter(
            "guest",
            question.get("name"),
            question.get("since"),
            question.get("upto"),
            () if "cause" in question else None,
        )
        for _ in range(sized(20, 1)):
            with figure.timed():
                if "count" in question:
                    store.count(where, [])
                else:
                    store.records(where, 30, "docs" in question, question.get("skip", 0))
        found.append(figure)
    return found


def _over_http(data_dir: Path) -> list[Figure]:
    found = []
    with running(data_dir) as info, _session(data_dir) as session:
        url = f"{info.apihost}/api/v1/namespaces/_/activations"
        for label, question in QUESTIONS.items():
            figure = Figure(f"HTTP: {label}", bound_ms=BOUND_MS)
            for _ in range(sized(20, 1)):
                with figure.timed():
                    answer = session.get(url, params={"limit": "30", **question}, timeout=60)
                answer.raise_for_status()
            found.append(figure)
    return found


def _session(data_dir: Path) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    user, _, key = playground_target(data_dir).auth.partition(":")
    session.auth = (user, key)
    return session


def _while_records_go(data_dir: Path) -> list[Figure]:
    """Warm calls when no other work happens, and while half of the records are deleted."""
    found = []
    for label, kept in (("no other work", 0), ("records being deleted", RECORDS // 2)):
        figure = Figure(f"warm blocking invoke, {label}")
        with running(data_dir, kept):
            client = Client(playground_target(data_dir))
            body = {"exec": {"kind": "python:default", "code": ECHO}}
            client.put_action("echo", body, overwrite=True)
            client.invoke("echo", {})
            for _ in range(sized(1000, 5)):
                with figure.timed():
                    client.invoke("echo", {})
        late = sorted(figure.samples)[len(figure.samples) * 99 // 100]
        found += [figure, Figure(f"{figure.name}, p99", samples=[late])]
    store = Database(DataDirectory(data_dir).records)
    left = store.count(ActivationFilter("guest"), [])
    store.close()
    if not RECORDS // 2 < left < RECORDS - sized(1000, 5):
        raise RuntimeError(f"the records were not deleted during the calls: {left:,} are left")
    return found
