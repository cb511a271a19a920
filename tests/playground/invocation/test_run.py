from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from jupyter_faas.playground.entities.actions import DeployedAction
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.resolved_action import resolve_action
from jupyter_faas.playground.invocation.run import Run
from jupyter_faas.playground.workers.exchange import Outcome, OutcomeStatus
from jupyter_faas.playground.workers.logs import MISSING
from jupyter_faas.whisk import Action, ActionLimits, ActivationResponse, Exec, KeyValue, as_dict

AUTH = "secret:key"
ACTION = Action(
    namespace="guest",
    name="a",
    version="0.0.3",
    publish=False,
    exec=Exec("python:3.11"),
    parameters=(),
    annotations=(KeyValue("provide-api-key", False),),
    limits=ActionLimits(),
    updated=0,
)


def run(action: Action = ACTION) -> Run:
    caller = Caller("guest", "guest", AUTH)
    return Run("a" * 32, "t" * 32, caller, {}, 0.0, resolve_action(DeployedAction(action, 1)))


def outcome(seconds: float, ending: OutcomeStatus = OutcomeStatus.ANSWERED) -> Outcome:
    return Outcome(ending, b"", 0, seconds, ("a line",))


def test_record_of_a_cold_run() -> None:
    activation = run().record(
        ActivationResponse(0, {}),
        started=outcome(0.0205),
        outcome=outcome(0.0031),
        waited_s=0.0255,
        end=10_000,
    )
    assert (activation.start, activation.end, activation.duration) == (9976, 10_000, 24)
    assert as_dict(activation.annotations) == {
        "path": "guest/a",
        "kind": "python:3.11",
        "limits": {"timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1},
        "waitTime": 5,
        "timeout": False,
        "initTime": 21,
    }
    assert activation.logs == ("a line",)


def test_record_says_what_ran_it_instead() -> None:
    activation = run().record(
        ActivationResponse(0, {}),
        started=None,
        outcome=outcome(0.001),
        waited_s=0.0,
        end=10_000,
        runtime="node v22.3.0",
    )
    assert as_dict(activation.annotations)["faas-runtime"] == "node v22.3.0"


def test_record_of_a_warm_run() -> None:
    activation = run().record(
        ActivationResponse(0, {}),
        started=None,
        outcome=outcome(0.00001),
        waited_s=0.0004,
        end=10_000,
    )
    assert activation.duration == 1
    assert activation.wait_ms == 0
    assert not activation.cold


def test_record_of_a_run_that_timed_out() -> None:
    activation = run().record(
        ActivationResponse(2, {}),
        started=None,
        outcome=outcome(1.0, OutcomeStatus.TIMED_OUT),
        waited_s=0.0,
        end=10_000,
    )
    assert activation.timed_out


def test_record_of_a_start_that_timed_out() -> None:
    activation = run().record(
        ActivationResponse(2, {}),
        started=outcome(1.0, OutcomeStatus.TIMED_OUT),
        outcome=None,
        waited_s=1.0,
        end=10_000,
    )
    assert activation.timed_out
    assert activation.init_ms == activation.duration == 1000
    assert activation.logs[0] == "a line"
    assert activation.logs[1].endswith(f" stderr: {MISSING}")


def test_record_of_a_run_that_never_ended() -> None:
    activation = run().never_ended(5000)
    assert activation.response.status == "whisk internal error"
    assert activation.response.result == {
        "error": "The playground stopped before this activation ended."
    }
    assert (activation.start, activation.end) == (5000, 5000)


@pytest.mark.parametrize("wanted", [True, False])
def test_key_is_given_to_those_who_ask(wanted: bool) -> None:
    action = replace(ACTION, annotations=(KeyValue("provide-api-key", wanted),))
    message = run(action).message({"x": 1}, 99)
    environment = run(action).environment("http://127.0.0.1:3233", 99)
    assert (AUTH in message.decode()) is wanted
    assert (environment.get("__OW_API_KEY") == AUTH) is wanted
    assert AUTH not in repr(run(action))


def test_message() -> None:
    assert orjson.loads(run().message({"x": "a\nb"}, 99)) == {
        "value": {"x": "a\nb"},
        "namespace": "guest",
        "action_name": "/guest/a",
        "action_version": "0.0.3",
        "activation_id": "a" * 32,
        "transaction_id": "t" * 32,
        "deadline": "99",
    }
    assert b"\n" not in run().message({"x": "a\nb"}, 99)


def test_environment() -> None:
    assert run().environment("http://127.0.0.1:3233", 99) == {
        "__OW_API_HOST": "http://127.0.0.1:3233",
        "__OW_NAMESPACE": "guest",
        "__OW_ACTION_NAME": "/guest/a",
        "__OW_ACTION_VERSION": "0.0.3",
        "__OW_ACTIVATION_ID": "a" * 32,
        "__OW_TRANSACTION_ID": "t" * 32,
        "__OW_DEADLINE": "99",
    }
