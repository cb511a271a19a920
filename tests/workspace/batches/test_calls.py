"""What becomes of a call, on a host that is slow, busy and cuts connections."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.errors import ActivationInterrupted, NotAuthorized, TargetNotReachable
from jupyter_faas.workspace.batches import calls as calls_module
from tests.client.helpers.server import closed_port
from tests.hosts.helpers.flaky import FlakyHost


def rows(count: int) -> list[dict[str, int]]:
    return [{"n": n} for n in range(count)]


def doubled(count: int) -> list[dict[str, int]]:
    return [{"double": 2 * n} for n in range(count)]


def test_calls_that_the_host_did_not_accept_are_repeated(tmp_path: Path) -> None:
    host = FlakyHost(lambda n, attempt: ("429", "503", "ok")[min(attempt, 2)] if n < 3 else "ok")
    with host.serve(tmp_path) as workspace:
        found = workspace.batches.map("double", rows(60))
    assert list(found) == doubled(60)
    assert set(host.ran.values()) == {1}


def test_a_call_that_may_have_run_is_not_repeated(tmp_path: Path) -> None:
    host = FlakyHost(lambda n, attempt: {3: "cut", 5: "502"}.get(n, "ok"))
    with host.serve(tmp_path) as workspace:
        found = workspace.batches.map("double", rows(20))
        assert [each.row for each in found.failed] == [3, 5]
        assert (
            "may have run. To repeat calls that may have run, use --retry (in Python: retry=True)"
            in found.answers[3].error
        )
        assert set(host.ran.values()) == {1}
        # The same batch with ``retry`` calls only these two.
        host.plan = lambda n, attempt: "ok"
        again = workspace.batches.map("double", rows(20), retry=True)
    assert list(again) == doubled(20)
    assert again.resumed == 18
    assert {n for n, count in host.ran.items() if count > 1} == {3, 5}
    assert not list((tmp_path / "batches").iterdir())


def test_with_retry_a_call_that_may_have_run_is_repeated(tmp_path: Path) -> None:
    host = FlakyHost(lambda n, attempt: ("cut", "502", "ok")[min(attempt, 2)] if n == 4 else "ok")
    with host.serve(tmp_path) as workspace:
        assert list(workspace.batches.map("double", rows(8), retry=True)) == doubled(8)
    assert host.ran[4] == 3


def test_a_run_without_an_answer_yet_is_asked_for_by_its_id(tmp_path: Path) -> None:
    host = FlakyHost(lambda n, attempt: "202")
    with host.serve(tmp_path) as workspace:
        found = workspace.batches.map("double", rows(6))
    assert list(found) == doubled(6)
    assert set(host.ran.values()) == {1}
    assert found.answers[0].activation_id


def test_failed_runs_are_rows_with_their_cause(tmp_path: Path) -> None:
    host = FlakyHost(lambda n, attempt: "failed" if n % 2 else "ok")
    with host.serve(tmp_path) as workspace:
        found = workspace.batches.map("double", rows(4))
    frame = found.as_frame()
    assert frame["error"].fillna("").tolist() == ["", "n is odd", "", "n is odd"]
    assert frame["double"].tolist()[::2] == [0, 4]
    assert list(found) == [{"double": 0}, None, {"double": 4}, None]
    assert "2 failed" in found.lines()[0]
    assert "2 × n is odd" in found.lines()[1]
    # A run that failed has answered.
    assert not list((tmp_path / "batches").iterdir())


def test_an_input_that_the_host_refuses_is_a_row(tmp_path: Path) -> None:
    host = FlakyHost(lambda n, attempt: "400" if n == 1 else "ok")
    with host.serve(tmp_path) as workspace:
        found = workspace.batches.map("double", rows(3))
    assert "malformed" in found.answers[1].error
    assert host.attempts[1] == 1


def test_a_key_that_the_host_refuses_ends_the_batch(tmp_path: Path) -> None:
    host = FlakyHost(lambda n, attempt: "401" if n >= 50 else "ok")
    with host.serve(tmp_path) as workspace:
        with pytest.raises(NotAuthorized, match="does not accept the key"):
            workspace.batches.map("double", rows(100), concurrency=4)
        assert 50 <= sum(host.attempts.values()) <= 54
        host.plan = lambda n, attempt: "ok"
        found = workspace.batches.map("double", rows(100))
    assert list(found) == doubled(100)
    assert found.resumed == 50
    assert set(host.ran.values()) == {1}


def test_a_host_that_does_not_answer_ends_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(calls_module._PATIENCE_S, "unreachable", 0.5)
    host = FlakyHost(lambda n, attempt: "ok")
    with host.serve(tmp_path) as workspace:
        workspace.batches.map("double", rows(1))
        gone = f"http://127.0.0.1:{closed_port()}"
        real = workspace.batches.connect

        def connect(**options: object) -> object:
            connection = real()
            object.__setattr__(connection.client.target, "apihost", gone)
            return connection

        monkeypatch.setattr("jupyter_faas.workspace.batches.service.find_action", _action)
        object.__setattr__(workspace.batches, "connect", connect)
        with pytest.raises(TargetNotReachable, match="is not reachable"):
            workspace.batches.map("double", rows(3))


def _action(client: object, name: str) -> object:
    from jupyter_faas.whisk import Action
    from tests.hosts.helpers.flaky import ACTION

    return Action.from_json(ACTION)


def test_the_hosts_limit_of_calls_at_a_time_is_kept(tmp_path: Path) -> None:
    host = FlakyHost(lambda n, attempt: "slow", {"concurrentInvocations": 3})
    with host.serve(tmp_path) as workspace:
        workspace.batches.map("double", rows(12), concurrency=50)
    assert host.most_at_once == 3


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_thousands_of_calls_of_a_flaky_host(tmp_path: Path) -> None:
    """Of one that is slow at times, busy in bursts, and loses an answer in a thousand."""
    count = 20_000

    def plan(n: int, attempt: int) -> str:
        if n % 10_000 < 40 and attempt == 0:
            return ("429", "503")[n % 2]
        words = {1: "cut", 2: "502", 3: "202", 4: "failed"}
        return words.get(n % 2000) or ("slow" if n % 4 == 0 else "ok")

    host = FlakyHost(plan)
    with host.serve(tmp_path) as workspace:
        found = workspace.batches.map("double", rows(count), concurrency=100)
        assert set(host.ran.values()) == {1}
        assert len(host.ran) == count
        lost = {each.row for each in found.answers if not each.known}
        assert lost == {n for n in range(count) if n % 2000 in (1, 2)}
        host.plan = lambda n, attempt: "ok"
        whole = workspace.batches.map("double", rows(count), retry=True)
    assert whole.resumed == count - len(lost)
    assert {each.row for each in whole.failed} == set(range(4, count, 2000))
    assert {n for n, count in host.ran.items() if count > 1} == lost


def test_progress_tells_the_rate_the_cost_and_the_time_left(tmp_path: Path) -> None:
    host = FlakyHost(lambda n, attempt: "slow")
    words: list[str] = []
    with host.serve(tmp_path) as workspace:
        workspace.batches.map("double", rows(40), concurrency=2, progress=words.append)
    assert any("of 40 calls · " in each and "/s · $" in each for each in words), words
    assert any(each.endswith(" s left") for each in words), words


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Python's own handler of SIGINT: a Jupyter server of another test leaves its own."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_lets_running_calls_end(tmp_path: Path, interruptible: None) -> None:
    started = threading.Event()

    def plan(n: int, attempt: int) -> str:
        if n >= 8:
            started.set()
        return "slow"

    ended = threading.Event()

    def interrupt() -> None:
        started.wait(30)
        # An interrupt that arrives in a callback of the garbage collector is lost.
        for _ in range(5):
            if not ended.is_set():
                os.kill(os.getpid(), signal.SIGINT)
                ended.wait(2)

    host = FlakyHost(plan)
    threading.Thread(target=interrupt, daemon=True).start()
    with host.serve(tmp_path) as workspace:
        try:
            with pytest.raises(ActivationInterrupted, match=r"of 200 calls have been answered"):
                workspace.batches.map("double", rows(200), concurrency=4)
        finally:
            ended.set()
        found = workspace.batches.map("double", rows(200))
    assert found.resumed >= 8
    assert list(found) == doubled(200)
    assert set(host.ran.values()) == {1}


PROGRAM = """
    import sys
    from pathlib import Path
    from jupyter_faas.workspace import Workspace

    workspace = Workspace.open(Path(sys.argv[1]), target="flaky")
    workspace.batches.map("double", [{"n": n} for n in range(300)], concurrency=8)
"""


def test_a_killed_batch_continues_and_calls_nothing_twice_that_answered(tmp_path: Path) -> None:
    def plan(n: int, attempt: int) -> str:
        words = {2: "202", 3: "failed"}
        if n % 11 in (2, 3):
            return words[n % 11]
        # Once in a while, the host does not accept calls.
        return ("429", "503")[n % 2] if n % 40 < 2 and attempt == 0 else "slow"

    host = FlakyHost(plan)
    with host.serve(tmp_path) as workspace:
        command = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(tmp_path)]
        with subprocess.Popen(command) as child:
            deadline = time.monotonic() + 60
            # Not at a multiple of 40, where calls are refused and all others may end meanwhile.
            while len(host.ran) < 95 and time.monotonic() < deadline:
                assert child.poll() is None
                time.sleep(0.01)
            child.kill()
        before = dict(host.ran)
        (ledger,) = (tmp_path / "batches").iterdir()
        answered = {
            int(line.split(",")[1])
            for line in ledger.read_text().splitlines()
            if line.startswith('["done"')
        }
        assert len(answered) >= 60
        found = workspace.batches.map("double", rows(300))
        unknown = {each.row for each in found.failed if not each.known}
        assert found.resumed == len(answered)
        # Only calls that were on their way may have run without an answer.
        assert len(unknown) <= 8
        assert unknown.isdisjoint(answered)
        assert max(host.ran.values()) == 1
        whole = workspace.batches.map("double", rows(300), retry=True)
    assert {each.row for each in whole.failed} == {n for n in range(300) if n % 11 == 3}
    again = {n for n, count in host.ran.items() if count > 1}
    assert again <= unknown
    assert again.isdisjoint(answered)
    assert set(before) <= set(host.ran)
