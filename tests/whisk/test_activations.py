from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.whisk import Activation, ActivationResponse, KeyValue

ACTIVATION = Activation(
    namespace="guest",
    name="iris",
    version="0.0.2",
    subject="guest",
    activation_id="c41e09ab6f1e4f0d9e09ab6f1e1f0d22",
    start=1795565998000,
    end=1795565998025,
    duration=25,
    response=ActivationResponse(0, {"species": "setosa"}, 20),
    logs=("2026-11-24T22:36:23.189364123Z stdout: hi",),
    annotations=(
        KeyValue("path", "guest/iris"),
        KeyValue("waitTime", 4),
        KeyValue("initTime", 22),
        KeyValue("kind", "python:3.11"),
        KeyValue("timeout", False),
        KeyValue("limits", {"timeout": 60000, "memory": 512, "logs": 10, "concurrency": 1}),
    ),
    cause="00000000000000000000000000000001",
)


def test_record_is_read_back() -> None:
    assert Activation.from_json(ACTIVATION.to_json()) == ACTIVATION


def test_record_has_no_status_code() -> None:
    obj = ACTIVATION.to_json()
    assert "statusCode" not in obj
    assert obj["response"] == {
        "status": "success",
        "success": True,
        "result": {"species": "setosa"},
        "size": 20,
    }


def test_list_entry() -> None:
    obj = ACTIVATION.summary_json()
    assert obj["statusCode"] == 0
    assert "response" not in obj
    assert "logs" not in obj
    entry = Activation.from_json(obj)
    assert entry.cold
    assert entry.response.success
    assert entry.logs == ()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "success"),
        (1, "application error"),
        (2, "action developer error"),
        (3, "whisk internal error"),
    ],
)
def test_status_words(code: int, words: str) -> None:
    activation = replace(ACTIVATION, response=ActivationResponse(code, {}))
    assert activation.response.status == words
    assert activation.response.success == (code == 0)
    assert Activation.from_json(activation.to_json()).response.status_code == code
    assert Activation.from_json(activation.summary_json()).response.status_code == code


def test_facts_from_annotations() -> None:
    assert ACTIVATION.init_ms == 22
    assert ACTIVATION.wait_ms == 4
    assert ACTIVATION.cold
    assert ACTIVATION.memory_mb == 512
    assert ACTIVATION.kind == "python:3.11"
    assert not ACTIVATION.timed_out


def test_facts_when_warm() -> None:
    warm = replace(ACTIVATION, annotations=(KeyValue("timeout", True),))
    assert not warm.cold
    assert warm.init_ms is None
    assert warm.memory_mb is None
    assert warm.timed_out


def test_record_of_a_trigger_has_no_end() -> None:
    obj = {"activationId": "a" * 32, "name": "t", "start": 1, "end": 0}
    activation = Activation.from_json(obj)
    assert activation.end is None
    assert activation.duration is None
    assert "statusCode" not in activation.summary_json()
    assert "end" not in activation.to_json()


def test_record_of_a_foreign_server() -> None:
    obj = {
        "activationId": "a" * 32,
        "name": "x",
        "start": 1000,
        "end": 1500,
        "response": {"statusCode": 2, "result": {"error": "no"}, "success": False},
        "entityType": "activation",
    }
    activation = Activation.from_json(obj)
    assert activation.duration == 500
    assert activation.response.status_code == 2


def test_record_that_is_none() -> None:
    with pytest.raises(InputError, match="no activationId"):
        Activation.from_json({"error": "nope"})
