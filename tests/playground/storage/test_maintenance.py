"""Sums follow and records go by themselves, beside what is asked."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_faas.playground import start, stop
from jupyter_faas.playground.options import PREFIX
from jupyter_faas.playground.storage.activations import ActivationStore
from jupyter_faas.playground.storage.backup import daily
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.filters import ActivationFilter
from jupyter_faas.playground.storage.journal import Journal
from jupyter_faas.playground.storage.maintenance import Maintenance
from jupyter_faas.playground.storage.retention import Retention
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.storage.usage import UsageFilter
from jupyter_faas.playground.storage.usage_buckets import DAY_MS
from tests.contract.helpers.api import Api, Target, python
from tests.playground.helpers.loop import eventually, in_loop, wait_until
from tests.playground.storage.test_usage import WARM

GUEST = ActivationFilter("guest")


@in_loop
async def test_records_go_while_others_come(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store, threads = Database(tmp_path / "records.db"), DatabaseThreads()
    maintenance = Maintenance(store, threads, Retention(activations=100), lambda: 2 * DAY_MS)
    records = ActivationStore(
        store, Journal(tmp_path / "journal"), threads, maintenance.records_written
    )
    maintenance.start()
    with caplog.at_level(logging.INFO):
        for number in range(1500):
            await records.add(replace(WARM, activation_id=f"{number:032x}", start=number))
            if number % 300 == 0:
                (one,) = await records.usage(UsageFilter("guest"))
                assert sum(one[7]) == number + 1
        await eventually(lambda: "that exceeded the limits for age" in caplog.text)
    await records.close()
    await maintenance.sweep()
    assert await records.count(GUEST) == 100
    newest = await records.list(GUEST, limit=200, skip=0, docs=False)
    assert len(newest) == 100
    assert sum((await records.usage(UsageFilter("guest")))[0][7]) == 1500
    await maintenance.close()
    threads.close()
    store.close()


@in_loop
async def test_failure_is_logged_and_the_next_time_it_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store, threads = Database(tmp_path / "records.db"), DatabaseThreads()
    maintenance = Maintenance(store, threads, Retention(), lambda: 0)
    records = ActivationStore(
        store, Journal(tmp_path / "journal"), threads, maintenance.records_written
    )
    store.writer.execute("ALTER TABLE tallies RENAME TO mislaid")
    await records.add(WARM)
    await records.close()
    maintenance.start()
    await eventually(lambda: "maintenance of the activation records failed" in caplog.text)
    store.writer.execute("ALTER TABLE mislaid RENAME TO tallies")
    maintenance.records_written(10_000)
    await eventually(lambda: store.backlog() == 0)
    await maintenance.close()
    threads.close()
    store.close()


def test_playground_keeps_what_it_is_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}KEEP_ACTIVATIONS", "5")

    def api() -> Api:
        info = start(tmp_path, port=0, wait_s=30)
        auth = info.wskprops.read_text().splitlines()[1].removeprefix("AUTH=")
        return Api(Target(info.apihost, auth, is_playground=True))

    def count(api: Api) -> int:
        found: int = api.request("GET", "activations?count=true").json()["activations"]
        return found

    try:
        first = api()
        assert first.put("f", python("def main(args):\n    return {}\n")).status_code == 200
        ids = [first.invoke("f").json()["activationId"] for _ in range(9)]
        assert count(first) == 9
        stop(tmp_path)
        second = api()
        wait_until(lambda: count(second) == 5)
        assert second.request("GET", f"activations/{ids[3]}").status_code == 404
        assert second.request("GET", f"activations/{ids[4]}").status_code == 200
    finally:
        stop(tmp_path)


@in_loop
async def test_backup_once_a_day(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    for _ in range(2):
        # The first time, the database is new, and a backup would be empty for a day.
        assert not daily(path).exists()
        store, threads = Database(path), DatabaseThreads()
        maintenance = Maintenance(store, threads, Retention(), lambda: 0)
        await maintenance.back_up()
        threads.close()
        store.close()
    first = daily(path).stat()
    await maintenance.back_up()
    assert daily(path).stat().st_ino == first.st_ino
    os.utime(daily(path), (first.st_atime, first.st_mtime - 25 * 3600))
    await maintenance.back_up()
    assert daily(path).stat().st_mtime > first.st_mtime - 3600
