"""What cannot be brought about over HTTP; the rest is in tests/contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.invocation.trigger_firing import Firing
from jupyter_faas.playground.rate_limits import RateLimiter
from jupyter_faas.whisk import FullName, RuleLink, Trigger
from jupyter_faas.whisk.triggers import ACTIVE
from tests.playground.helpers.loop import in_loop
from tests.playground.storage.test_activations import opened

CALLER = Caller("guest", "guest", "")
TRIGGER = Trigger("guest", "t", "0.0.1", False, (), (), 0).linked(
    FullName("guest", None, "r"), RuleLink(FullName("guest", "models", "a"), ACTIVE)
)
ID = f"{7:032x}"
RATES = RateLimiter(None, in_flight=lambda namespace: 0, now_ms=lambda: 0)


class Stopping:
    """An invoker whose playground is about to end."""

    async def invoke(self, *args: Any, **kwargs: Any) -> str:
        raise PlaygroundError("The playground is stopping.")


@in_loop
async def test_fault_of_the_playground_is_told_in_the_record(tmp_path: Path) -> None:
    invoker: Any = Stopping()
    with opened(tmp_path) as parts:
        firing = Firing(invoker, parts.records, RATES, new_id=lambda: ID, now_ms=lambda: 1234)
        fired = await firing.fire(TRIGGER, {}, {}, caller=CALLER, transaction_id="x")
        assert fired == ID
        record = orjson.loads(await parts.records.get(ID, "guest"))
        await parts.records.close()
    assert record["start"] == 1234
    assert [orjson.loads(line) for line in record["logs"]] == [
        {
            "rule": "guest/r",
            "action": "guest/models/a",
            "statusCode": 3,
            "success": False,
            "error": "The playground is stopping.",
        }
    ]


@in_loop
async def test_record_that_was_acknowledged_survives_a_crash(tmp_path: Path) -> None:
    invoker: Any = Stopping()
    with opened(tmp_path) as parts:
        firing = Firing(invoker, parts.records, RATES, new_id=lambda: ID, now_ms=lambda: 1234)
        await firing.fire(TRIGGER, {"n": 1}, {}, caller=CALLER, transaction_id="x")
        doc = await parts.records.get(ID, "guest")
        # No close: the process is gone before anything was flushed.
    with opened(tmp_path) as parts:
        assert await parts.records.get(ID, "guest") == doc
        assert {"end", "duration", "statusCode"}.isdisjoint(orjson.loads(doc))
