"""Sequences and compositions where something goes wrong that no client can bring about.

What a client sees is in tests/contract.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import orjson
import pytest

from jupyter_faas.errors import ActionConflict, ActivationNotFound, InputError, PlaygroundError
from jupyter_faas.playground.workers.exchange import Outcome, OutcomeStatus
from tests.playground.helpers.invoking import CODE, TalkingWorker, house
from tests.playground.helpers.loop import eventually, in_loop


async def echo(name: str, value: Any) -> object:
    return value


async def conduct(name: str, value: Any) -> object:
    """``conductor`` runs what its payload names, once."""
    if name != "conductor" or "action" not in value:
        return value
    return {"action": value["action"], "params": {"n": 1}}


@in_loop
async def test_plain_action(tmp_path: Path) -> None:
    async with house(tmp_path, echo) as home:
        await home.put("a")
        activation = await home.run("a", {"n": 1})
        assert activation.response.result == {"n": 1}
        assert activation.cause is None
        assert activation.annotation("causedBy") is None


@in_loop
async def test_client_that_does_not_wait_gets_the_id_of_a_run_that_ends_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(self: Any, request: bytes, timeout_s: float, logs: Any, on_outcome: Any) -> None:
        # As when the worker's reply is read in the iteration of the loop that follows.
        outcome = Outcome(OutcomeStatus.ANSWERED, b"{}", 2, 0.001, ())
        asyncio.get_running_loop().call_soon(on_outcome, outcome)

    async with house(tmp_path, echo) as home:
        await home.put("a")
        await home.run("a")
        monkeypatch.setattr(TalkingWorker, "run", run)
        answer = await home.invoke("a", wait_s=None)
        assert isinstance(answer, str)
        assert (await home.record(answer)).response.success


@in_loop
async def test_run_that_waits_for_the_worker_begins_before_the_last_one_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[tuple[str, Any]] = []

    async def answer(name: str, value: Any) -> object:
        return value

    async with house(tmp_path, answer, budget_mb=256) as home:
        await home.put("a")
        await home.run("a")
        run, add = TalkingWorker.run, home.records.add_encoded

        def begin(self: Any, request: bytes, *arguments: Any) -> None:
            events.append(("begins", orjson.loads(request)["value"]["n"]))
            run(self, request, *arguments)

        def record(activation_id: str, doc: bytes, row: Any) -> None:
            events.append(("recorded", orjson.loads(doc)["response"]["result"]["n"]))
            add(activation_id, doc, row)

        monkeypatch.setattr(TalkingWorker, "run", begin)
        monkeypatch.setattr(home.records, "add_encoded", record)
        await asyncio.gather(*(home.run("a", {"n": n}) for n in (1, 2)))
    assert events == [("begins", 1), ("begins", 2), ("recorded", 1), ("recorded", 2)]


@in_loop
async def test_component_that_gives_no_answer(tmp_path: Path) -> None:
    release = asyncio.Event()

    async def slow(name: str, value: Any) -> object:
        if name == "slow":
            await release.wait()
        return value

    async with house(tmp_path, slow, grace_s=0.01) as home:
        await home.put("slow", limits={"timeout": 100})
        await home.sequence("chain", "slow", "slow")
        activation = await home.run("chain", {"n": 1})
        (late,) = activation.logs
        assert activation.response.status == "whisk internal error"
        assert activation.response.result == {
            "error": f"Timeout reached when retrieving activation {late} for sequence component."
        }
        with pytest.raises(ActivationNotFound):
            await home.record(late)
        assert home.invoker.busy
        release.set()
        await eventually(lambda: not home.invoker.busy)
        # It went on; its id has been told, so it has its record.
        assert (await home.record(late)).response.result == {"n": 1}
        assert (await home.record(late)).cause == activation.activation_id


@in_loop
async def test_component_of_a_composition_that_gives_no_answer(tmp_path: Path) -> None:
    async def slow(name: str, value: Any) -> object:
        if name == "slow":
            await asyncio.Event().wait()
        return await conduct(name, value)

    async with house(tmp_path, slow, grace_s=0.01) as home:
        await home.put("slow", limits={"timeout": 100})
        await home.conductor("conductor")
        activation = await home.run("conductor", {"action": "slow"})
        _, late = activation.logs
        assert activation.response.status == "whisk internal error"
        assert activation.response.result == {
            "error": f"Timeout reached when retrieving activation {late} during composition."
        }


@pytest.mark.parametrize(
    ("name", "payload", "error"),
    [
        ("chain", {}, "Sequence failed."),
        ("conductor", {"action": "unlucky"}, "Activation failure during composition."),
    ],
)
def test_component_that_cannot_be_started(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
    payload: dict[str, Any],
    error: str,
) -> None:
    @in_loop
    async def run() -> None:
        async with house(tmp_path, conduct) as home:
            home.failure = OSError("no more processes")
            await home.put("unlucky")
            await home.conductor("conductor")
            await home.sequence("chain", "unlucky", "unlucky")
            activation = await home.run(name, payload)
            assert activation.response.status == "whisk internal error"
            assert activation.response.result == {"error": error}
            assert (await home.record(activation.activation_id)) == activation

    with caplog.at_level(logging.ERROR):
        run()
    assert "no more processes" in caplog.text


@in_loop
async def test_one_worker_is_enough(tmp_path: Path) -> None:
    async with house(tmp_path, conduct, budget_mb=256) as home:
        for each in "abc":
            await home.put(each)
        await home.conductor("conductor")
        await home.sequence("inner", "b", "c")
        await home.sequence("outer", "a", "inner", "conductor")
        runs = [home.run("outer", {"action": "inner"}) for _ in range(10)]
        for activation in await asyncio.gather(*runs):
            assert activation.response.result == {"n": 1}


@in_loop
async def test_busy_until_the_last_component_has_ended(tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def slow(name: str, value: Any) -> object:
        await gate.wait()
        return value

    async with house(tmp_path, slow) as home:
        await home.put("a")
        await home.sequence("chain", "a", "a")
        started = await home.invoke("chain", wait_s=None)
        assert isinstance(started, str)
        assert home.invoker.busy
        gate.set()
        await eventually(lambda: not home.invoker.busy)
        assert (await home.record(started)).response.success


@in_loop
async def test_stopping_begins_no_further_component(tmp_path: Path) -> None:
    seen: list[str] = []

    async def slow(name: str, value: Any) -> object:
        seen.append(name)
        await asyncio.Event().wait()
        return value

    async with house(tmp_path, slow) as home:
        await home.put("a")
        await home.put("b")
        await home.sequence("inner", "a", "b")
        await home.sequence("outer", "inner", "b")
        started = await home.invoke("outer", wait_s=None)
        assert isinstance(started, str)
        await eventually(lambda: seen == ["a"])
        await home.invoker.close()
        assert not home.invoker.busy
    assert seen == ["a"]
    async with house(tmp_path, echo) as home:
        record = await home.record(started)
        assert record.response.status == "whisk internal error"
        assert record.response.result == {
            "error": "The playground was stopped during this run, which may already have had "
            "effects."
        }
        assert record.kind == "sequence"
        assert record.name == "outer"


@in_loop
async def test_records_that_cannot_be_kept_end_it(tmp_path: Path) -> None:
    async with house(tmp_path, echo) as home:
        await home.put("a")
        await home.sequence("chain", "a", "a")

        async def full(activation: object) -> bytes:
            raise PlaygroundError("The journal cannot be written: the disk is full.")

        home.records.add = full  # type: ignore[method-assign]
        with pytest.raises(PlaygroundError, match="disk is full"):
            await home.run("chain")


@in_loop
async def test_action_that_is_a_sequence_by_the_time_of_its_turn(tmp_path: Path) -> None:
    async with house(tmp_path, echo) as home:
        await home.put("a")
        await home.put("b")
        home.able.meanwhile = lambda: home.sequence("b", "a")
        with pytest.raises(ActionConflict, match="Concurrent modification"):
            await home.run("b")


@in_loop
async def test_nested_no_deeper_than_may_be(tmp_path: Path) -> None:
    async with house(tmp_path, echo) as home:
        await home.put("a")
        await home.sequence("s0", "a")
        for number in range(1, 101):
            await home.sequence(f"s{number}", f"s{number - 1}")
        assert (await home.run("s99", {"n": 1})).response.result == {"n": 1}
        activation = await home.run("s100", {"n": 1})
        assert activation.response.status == "application error"
        assert activation.response.result == {"error": "Too many actions in the sequence."}


@in_loop
async def test_error_does_not_stay_with_the_next_run(tmp_path: Path) -> None:
    async def fail_once(name: str, value: Any) -> object:
        return {"error": 1} if value.get("fail") else value

    async with house(tmp_path, fail_once) as home:
        await home.put("a", CODE)
        await home.sequence("chain", "a", "a")
        assert (await home.run("chain", {"fail": True})).response.status == "application error"
        assert (await home.run("chain")).response.success


@pytest.mark.parametrize(
    ("error", "logged"),
    [(InputError("no"), False), (PlaygroundError("full"), True), (ValueError("ours"), True)],
    ids=["refusal", "disk", "fault"],
)
def test_which_failures_are_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, logged: bool
) -> None:
    @in_loop
    async def run() -> None:
        async with house(tmp_path, echo) as home:
            await home.put("a")

            async def fail(activation: object) -> bytes:
                raise error

            home.records.add = fail  # type: ignore[method-assign]
            with pytest.raises(type(error), match=str(error)):
                await home.run("a")
            await eventually(lambda: not home.invoker.busy)

    with caplog.at_level(logging.ERROR):
        run()
    assert ("An invocation failed." in caplog.text) is logged


@in_loop
async def test_composites_end_before_their_components(tmp_path: Path) -> None:
    ended: list[str] = []

    async def endless(name: str, value: Any) -> object:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)
        return value

    async with house(tmp_path, endless) as home:
        await home.put("a")
        await home.sequence("chain", "a", "a")
        await home.invoke("chain", wait_s=None)
        await eventually(lambda: len(home.invoker.caused_by("1".zfill(32))) == 1)
        await home.invoker.close()
        assert not home.invoker.busy
    # The second component has not begun.
    assert ended == ["a"]


@in_loop
async def test_caller_waits_no_longer_than_it_says_while_a_worker_starts(tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def slow(name: str, value: Any) -> object:
        await gate.wait()
        return value

    async with house(tmp_path, slow) as home:
        await home.put("a")
        late = await home.invoke("a", {"n": 1}, wait_s=0.01)
        assert isinstance(late, str)
        gate.set()
        await eventually(lambda: not home.invoker.busy)
        assert (await home.record(late)).response.result == {"n": 1}


@in_loop
async def test_id_that_the_journal_cannot_promise(tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def slow(name: str, value: Any) -> object:
        await gate.wait()
        return value

    async with house(tmp_path, slow) as home:
        await home.put("a")

        def full(activation: object) -> None:
            raise PlaygroundError("The journal cannot be written: the disk is full.")

        home.records.accept = full  # type: ignore[method-assign]
        for wait_s in (None, 0.01):
            with pytest.raises(PlaygroundError, match="disk is full"):
                await home.invoke("a", wait_s=wait_s)
        gate.set()
        await eventually(lambda: not home.invoker.busy)
