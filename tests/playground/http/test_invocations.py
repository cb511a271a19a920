"""The answer to a blocking invocation that no action brings about over HTTP."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from jupyter_faas.playground.http.invocations import answer_of
from jupyter_faas.playground.invocation.run import Finished
from jupyter_faas.whisk import Activation, ActivationResponse

ACTIVATION = Activation(
    namespace="guest",
    name="a",
    version="0.0.1",
    subject="guest",
    activation_id="a" * 32,
    start=1000,
    end=1001,
    duration=1,
    response=ActivationResponse(0, {}),
)


@pytest.mark.parametrize(("code", "status"), [(0, 200), (1, 502), (2, 502), (3, 500)])
def test_status_of_the_answer(code: int, status: int) -> None:
    activation = replace(ACTIVATION, response=ActivationResponse(code, {"error": "no"}))
    doc = orjson.dumps(activation.to_json())
    done = Finished.of(activation, doc)
    whole, result = answer_of(done, False), answer_of(done, True)
    assert whole[:2] == result[:2] == (status, "a" * 32)
    assert orjson.loads(whole[2]) == activation.to_json()
    assert orjson.loads(result[2]) == {"error": "no"}
