from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from jupyter_faas.client import Client
from jupyter_faas.cost import PriceList, load_price_list
from jupyter_faas.errors import ActionNotFound, ActivationTimedOut
from jupyter_faas.whisk import Activation
from jupyter_faas.workspace.activations import describe, invoke, summarize
from tests.client.conftest import target_at
from tests.client.helpers.server import Answer, Asked, FakeHost, serving
from tests.workspace.helpers.samples import assert_same_shape, sample

ID = "c41e09ab6f1e4f0d9e09ab6f1e1f0d22"


RESULT = {"species": "setosa", "confidence": 0.98}


def record(**more: object) -> dict[str, Any]:
    return {
        "namespace": "guest",
        "name": "iris",
        "version": "0.0.2",
        "subject": "guest",
        "activationId": ID,
        "start": 1795565998000,
        "end": 1795565998003,
        "duration": 3,
        "response": {"status": "success", "success": True, "result": RESULT},
        "logs": ["2026-11-24T22:36:23.189364123Z stdout: hi"],
        "annotations": [
            {"key": "path", "value": "guest/iris"},
            {"key": "kind", "value": "python:3.11"},
            {"key": "limits", "value": {"memory": 256, "timeout": 60000, "logs": 10}},
            {"key": "waitTime", "value": 4},
            {"key": "faas-memory-peak", "value": 41},
        ],
        "publish": False,
        **more,
    }


@pytest.fixture
def prices() -> PriceList:
    return load_price_list("openwhisk")


class Clock:
    """Time that passes only while somebody pauses."""

    def __init__(self) -> None:
        self.s = 0.0

    def now(self) -> float:
        return self.s

    def pause(self, seconds: float) -> None:
        self.s += seconds


def ran(
    host: FakeHost, clock: Clock, *, blocking: bool = True, timeout_s: float = 30
) -> Activation:
    return invoke(
        Client(target_at(host.url)),
        "iris",
        {},
        blocking=blocking,
        timeout_s=timeout_s,
        now=clock.now,
        pause=clock.pause,
    )


def test_a_record_has_the_shape_that_is_displayed(prices: PriceList) -> None:
    made = describe(Activation.from_json(record()), prices, "playground").to_json()
    wanted = sample("activation")
    del wanted["annotations"]["timeout"]  # an annotation more or less is the host's affair
    limits = {"limits": {"memory": 256, "timeout": 60000, "logs": 10}}
    assert made == {**wanted, "annotations": {**wanted["annotations"], **limits}}
    assert list(made) == list(wanted)


def test_an_entry_has_the_shape_that_is_listed(prices: PriceList) -> None:
    entry = {key: value for key, value in record().items() if key not in ("response", "logs")}
    made = summarize(Activation.from_json({**entry, "statusCode": 0}), prices).to_json()
    assert made == sample("activations")["activations"][0]
    assert_same_shape(made, sample("activations")["activations"][1])


def test_a_cold_start_is_told_with_its_cost(prices: PriceList) -> None:
    annotations = [
        {"key": "initTime", "value": 46880},
        {"key": "limits", "value": {"memory": 3891}},
    ]
    made = summarize(Activation.from_json(record(duration=49090, annotations=annotations)), prices)
    assert (made.cold, made.init_ms, made.billed_ms) == (True, 46880, 49100)
    assert made.cost_per_million == Decimal("3171.69697265625")
    assert made.to_json()["cost_text"] == "$3,171.70"


@pytest.mark.parametrize(
    "more",
    [
        {"duration": None, "end": None},
        {"duration": -5},
        {"annotations": []},
        {"annotations": [{"key": "limits", "value": "large"}]},
        {
            "annotations": [
                {"key": "kind", "value": "sequence"},
                {"key": "limits", "value": {"memory": 256}},
            ]
        },
    ],
    ids=["trigger", "negative", "no memory", "odd memory", "sequence"],
)
def test_what_has_no_cost_of_its_own_shows_none(prices: PriceList, more: dict[str, object]) -> None:
    made = summarize(Activation.from_json(record(**more)), prices).to_json()
    assert made["cost_per_million_usd"] is None
    assert made["cost_text"] is None
    assert made["billed_ms"] is None


def test_a_packaged_action_is_named_with_its_package(prices: PriceList) -> None:
    annotations = [{"key": "path", "value": "guest/models/iris"}]
    made = summarize(Activation.from_json(record(annotations=annotations)), prices)
    assert made.name == "models/iris"


def test_a_failed_run_is_told_by_its_status(prices: PriceList) -> None:
    response = {"status": "action developer error", "success": False, "result": {"error": "no"}}
    made = describe(Activation.from_json(record(response=response)), prices, "playground")
    assert (made.ok, made.status, made.result) == (
        False,
        "action developer error",
        {"error": "no"},
    )


def test_a_blocking_answer_gets_its_logs_from_the_record() -> None:
    def script(asked: Asked) -> Answer:
        return Answer(body=record(logs=[]) if asked.method == "POST" else record())

    with serving(script) as host:
        found = ran(host, Clock())
    assert found.logs == ("2026-11-24T22:36:23.189364123Z stdout: hi",)
    assert host.asked[0].path.endswith("?blocking=true&timeout=30000")


def test_a_record_that_never_appears_leaves_the_answer_as_it_is() -> None:
    def script(asked: Asked) -> Answer:
        if asked.method == "POST":
            return Answer(body=record(logs=[]))
        return Answer(404, {"error": "The requested resource does not exist."})

    clock = Clock()
    with serving(script) as host:
        found = ran(host, clock)
    assert found.response.result == RESULT
    assert clock.s < 2


def answers_after(misses: int) -> Callable[[Asked], Answer]:
    """A 202, then ``misses`` times no record, then the record."""

    def script() -> Iterator[Answer]:
        yield Answer(202, {"activationId": ID})
        for _ in range(misses):
            yield Answer(404, {"error": "The requested resource does not exist."})
        yield Answer(body=record())

    answers = script()
    return lambda _: next(answers)


@pytest.mark.parametrize("blocking", [True, False])
def test_a_run_that_is_not_finished_is_polled_for(blocking: bool) -> None:
    with serving(answers_after(5)) as host:
        found = ran(host, Clock(), blocking=blocking)
    assert found.activation_id == ID
    assert len(host.asked) == 7


def test_polling_slows_down() -> None:
    clock = Clock()
    with serving(answers_after(30)) as host:
        ran(host, clock, timeout_s=600)
    assert 30 < clock.s < 60


def test_a_run_without_a_record_in_time_is_named() -> None:
    clock = Clock()
    with (
        serving(answers_after(1000)) as host,
        pytest.raises(ActivationTimedOut, match=rf"{ID} of 'iris' has no record after 3 s"),
    ):
        ran(host, clock, timeout_s=3)
    assert clock.s == pytest.approx(3)


def test_an_action_that_is_not_there_is_told_at_once() -> None:
    missing = Answer(404, {"error": "The requested resource does not exist."})
    with serving(lambda _: missing) as host, pytest.raises(ActionNotFound, match="'iris'"):
        ran(host, Clock())


def test_a_session_lasts_from_its_start_to_its_end(prices: PriceList) -> None:
    annotations = [{"key": "kind", "value": "sequence"}, {"key": "conductor", "value": True}]
    whole = record(annotations=annotations, end=1795565998000 + 3839, duration=3391)
    made = describe(Activation.from_json(whole), prices, "lab")
    entry = {key: value for key, value in whole.items() if key not in ("response", "logs")}
    listed = summarize(Activation.from_json({**entry, "duration": 3839, "statusCode": 0}), prices)
    assert (made.duration_ms, listed.duration_ms) == (3839, 3839)


def test_a_too_long_response_is_shown_with_its_sizes_and_its_beginning(prices: PriceList) -> None:
    said = (
        "The action produced a response that exceeded the allowed length: 2000012 > 1048576 bytes. "
        f"The truncated response was: {'x' * 1_048_576}"
    )
    response = {"status": "application error", "success": False, "result": {"error": said}}
    made = describe(Activation.from_json(record(response=response)), prices, "lab")
    assert made.result["error"] == (
        "The action produced a response that exceeded the allowed length: 2,000,012 > 1,048,576 "
        f"bytes. The truncated response was: {'x' * 200}…"
    )


def test_a_record_that_is_stored_late_is_asked_for_soon(prices: PriceList) -> None:
    clock, asked_at = Clock(), []

    def answer(asked: Asked) -> Answer:
        if asked.method == "POST":
            return Answer(200, record(logs=[]))
        asked_at.append(round(clock.s, 3))
        return Answer(404, {"error": "no"}) if len(asked_at) < 4 else Answer(200, record())

    with serving(answer) as host:
        assert ran(host, clock).logs
    assert asked_at == [0.0, 0.02, 0.07, 0.17]
