"""When inputs are written. What is kept of them is in ``tests/contract/test_inputs.py``."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from jupyter_faas.playground.invocation import kept_inputs
from jupyter_faas.playground.invocation.kept_inputs import KeptInputs
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.inputs import InputStore
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.whisk import FullName
from tests.playground.helpers.loop import in_loop

NAME = FullName.parse("/guest/a")


class _Actions:
    def get(self, name: FullName) -> Any:
        action = SimpleNamespace(annotation=lambda key: None, parameters=())
        return SimpleNamespace(action=action)


def run(number: int) -> Any:
    resolved = SimpleNamespace(action=SimpleNamespace(full_name=NAME))
    return SimpleNamespace(activation_id=f"{number:032x}", resolved=resolved, payload={"n": number})


def test_a_deploy_waits_for_one_write_of_inputs_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_inputs, "_DELAY_S", 0)
    database, threads = Database(tmp_path / "records.db"), DatabaseThreads()
    store, writes = InputStore(database), []
    entered, disk = threading.Event(), threading.Event()
    add = store.add

    def slow_add(*arguments: Any) -> None:
        entered.set()
        disk.wait(30)
        writes.append(len(arguments[1]))
        add(*arguments)

    monkeypatch.setattr(store, "add", slow_add)

    @in_loop
    async def scenario() -> None:
        inputs = KeptInputs(store, threads, cast("Any", _Actions()), lambda: 1)
        inputs.keep(run(0))
        await asyncio.to_thread(entered.wait, 30)
        # The disk is slow, and calls go on meanwhile.
        for number in range(1, 50):
            inputs.keep(run(number))
            await asyncio.sleep(0)
        deploy = asyncio.ensure_future(threads.write(lambda: len(writes)))
        await asyncio.sleep(0)
        disk.set()
        assert await deploy == 1
        assert [row.params for row in await inputs.latest(NAME, 1)] == [b'{"n":49}']
        await inputs.close()

    scenario()
    threads.close()
    database.close()
