from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.invocation.builtin_actions import BuiltinActions
from jupyter_faas.playground.workers.exchange import OutcomeStatus
from tests.playground.helpers.loop import in_loop
from tests.playground.invocation.test_run import ACTION, run


async def double(caller: Caller, given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"namespace": caller.namespace, "n": given.get("n", 0) * 2}


async def fail(caller: Caller, given: Mapping[str, Any]) -> Mapping[str, Any]:
    raise LookupError("a fault of the playground")


@in_loop
async def test_native_action_answers_as_a_worker_does() -> None:
    builtin_actions, invocation = BuiltinActions(), run()
    builtin_actions.add(ACTION.full_name, double)
    invocation.payload = {"n": 21}
    outcome = await builtin_actions.run(invocation)
    assert outcome.status is OutcomeStatus.ANSWERED
    assert outcome.reply == b'{"namespace":"guest","n":42}'
    assert outcome.size == len(outcome.reply)
    assert outcome.logs == ()


@in_loop
async def test_native_action_that_fails_is_a_fault_of_the_playground() -> None:
    builtin_actions = BuiltinActions()
    builtin_actions.add(ACTION.full_name, fail)
    with pytest.raises(LookupError, match="a fault of the playground"):
        await builtin_actions.run(run())


def test_other_actions_are_for_workers() -> None:
    builtin_actions = BuiltinActions()
    assert not builtin_actions.has(run().plan)
    builtin_actions.add(ACTION.full_name, double)
    assert builtin_actions.has(run().plan)
