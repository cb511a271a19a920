"""A worker, with the real launcher below it."""

from __future__ import annotations

import asyncio
import os
import select
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from jupyter_faas.playground.workers.exchange import Outcome, OutcomeStatus
from jupyter_faas.playground.workers.logs import LogCollector
from jupyter_faas.playground.workers.process import WorkerSpec
from jupyter_faas.playground.workers.worker import Worker
from jupyter_faas.whisk.limits import MB
from tests.playground.conftest import MakeSpec
from tests.playground.helpers.loop import eventually, in_loop
from tests.playground.helpers.processes import lives, run_worker

PATIENCE_S = 20.0

# Nothing tells an action the number of its reply pipe, which depends on the descriptors that the
# playground has open.
FIND_REPLY = """
import fcntl, os

def is_written_to(number):
    try:
        return fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
    except OSError:
        return False

reply = next(number for number in range(64, 4096) if is_written_to(number))

"""


def logs() -> LogCollector:
    return LogCollector(10 * MB)


async def started(spec: WorkerSpec, timeout_s: float = PATIENCE_S) -> tuple[Worker, Outcome]:
    worker = Worker(MB + 1)
    return worker, await worker.start(spec, timeout_s, logs())


async def run(worker: Worker, timeout_s: float = PATIENCE_S, **value: Any) -> Outcome:
    return await run_worker(worker, orjson.dumps({"value": value}), timeout_s, logs())


@asynccontextmanager
async def at_work(spec: WorkerSpec) -> AsyncIterator[Worker]:
    worker, outcome = await started(spec)
    assert outcome.reply == b'{"ok":true}', outcome
    try:
        yield worker
    finally:
        await worker.end()
        assert worker.termination.done()


def texts(outcome: Outcome) -> list[str]:
    return [line.split(" ", 1)[1] for line in outcome.logs]


@in_loop
async def test_answers(spec: MakeSpec) -> None:
    async with at_work(spec("n = 0\ndef main(p):\n  global n; n += 1; return {'n': n, **p}")) as it:
        assert (await run(it, a="ä")).reply == '{"n": 1, "a": "ä"}'.encode()
        outcome = await run(it)
        assert (outcome.status, outcome.reply, outcome.size) == (
            OutcomeStatus.ANSWERED,
            b'{"n": 2}',
            8,
        )
        assert it.alive


@in_loop
async def test_main_of_another_name(spec: MakeSpec) -> None:
    async with at_work(spec("def handler(p): return {}", main="handler")) as it:
        assert (await run(it)).reply == b"{}"


@in_loop
async def test_logs_of_both_streams(spec: MakeSpec) -> None:
    source = (
        "import sys\nprint('at start')\ndef main(p):\n  print('out'); print('err', file=sys.stderr)"
    )
    source += "\n  sys.stdout.write('no newline'); return {}"
    worker, outcome = await started(spec(source))
    assert texts(outcome) == ["stdout: at start"]
    # Text without a line break at the end is lost, as in OpenWhisk.
    assert sorted(texts(await run(worker))) == ["stderr: err", "stdout: out"]
    assert texts(await run(worker))[0] in ("stdout: out", "stderr: err")
    await worker.end()


@in_loop
async def test_logs_are_in_order_even_if_the_playground_is_busy_until_the_reply(
    spec: MakeSpec,
) -> None:
    code = "import sys\ndef main(p):\n  print('first')\n"
    code += "  print('second', file=sys.stderr)\n  return {}"
    async with at_work(spec(code)) as worker:
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        worker.run(b'{"value": {}}', PATIENCE_S, logs(), done.set_result)
        assert worker._pipes is not None
        # Until then, this loop does nothing else.
        assert select.select([worker._pipes.reply], [], [], PATIENCE_S)[0]
        assert texts(await done) == ["stderr: second", "stdout: first"]


@in_loop
async def test_what_a_child_process_prints_is_a_log(spec: MakeSpec) -> None:
    source = (
        "import subprocess\ndef main(p):\n  subprocess.run(['echo', 'from a child'])\n  return {}"
    )
    async with at_work(spec(source)) as it:
        assert texts(await run(it)) == ["stdout: from a child"]


@in_loop
async def test_much_output_does_not_stall(spec: MakeSpec) -> None:
    source = "def main(p):\n  for _ in range(20_000): print('x' * 1000)\n  return {}"
    async with at_work(spec(source)) as it:
        outcome = await run(it)
        assert outcome.status is OutcomeStatus.ANSWERED
        assert sum(map(len, outcome.logs[:-1])) <= 10 * MB
        assert "Logs were truncated" in outcome.logs[-1]


@in_loop
async def test_environment(spec: MakeSpec) -> None:
    source = "import os\nat_init = os.environ['mine']\n"
    source += "def main(p): return {'mine': at_init, 'id': os.environ['__OW_ACTIVATION_ID']}"
    async with at_work(spec(source, mine="value")) as it:
        outcome = await run_worker(
            it, orjson.dumps({"value": {}, "activation_id": "abc"}), PATIENCE_S, logs()
        )
        assert orjson.loads(outcome.reply) == {"mine": "value", "id": "abc"}


@pytest.mark.parametrize("length", [0, 90], ids=["always the same", "longer each time"])
@in_loop
async def test_variables_are_those_of_the_run_for_everybody(spec: MakeSpec, length: int) -> None:
    source = """
import ctypes, os, subprocess
def main(p):
    name = '__OW_ACTIVATION_ID'
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    found = [os.environ[name], os.getenv(name), getenv(name.encode()).decode()]
    found.append(subprocess.run(['printenv', name], capture_output=True, text=True).stdout.strip())
    if p.get('set'):
        os.environ[name] = 'mine'
    if p.get('delete'):
        del os.environ[name]
    return {'found': found}
"""
    async with at_work(spec(source)) as it:
        for number, value in enumerate(({}, {"set": 1}, {"delete": 1}, {}, {})):
            mine = "x" * length * number + str(number if length else 0)
            request = orjson.dumps({"value": value, "activation_id": mine})
            outcome = await run_worker(it, request, PATIENCE_S, logs())
            assert orjson.loads(outcome.reply) == {"found": [mine] * 4}


@in_loop
async def test_variables_leave_nothing_behind(spec: MakeSpec) -> None:
    source = "def main(p): return {'pages': int(open('/proc/self/statm').read().split()[1])}"

    async def pages(number: int) -> int:
        fields = {"activation_id": f"{number:032}", "transaction_id": f"{number:032}"}
        outcome = await run_worker(it, orjson.dumps({"value": {}, **fields}), PATIENCE_S, logs())
        found: int = orjson.loads(outcome.reply)["pages"]
        return found

    async with at_work(spec(source)) as it:
        for number in range(1000):
            before = await pages(number)
        for number in range(1000, 7000):
            after = await pages(number)
        # With setenv(3), each run leaves some 200 bytes.
        assert (after - before) * 4096 < 6000 * 50


@in_loop
async def test_place(spec: MakeSpec) -> None:
    source = "import os, sys, helper\ndef main(p):\n"
    source += "  return {'cwd': os.getcwd(), 'helper': helper.x, 'stdin': sys.stdin.read()}"
    made = spec(source)
    (made.directory / "helper.py").write_text("x = 1")
    async with at_work(made) as it:
        found = orjson.loads((await run(it)).reply)
    assert found == {"cwd": str(made.directory), "helper": 1, "stdin": ""}


@in_loop
async def test_exception(spec: MakeSpec) -> None:
    async with at_work(spec("def main(p): raise ValueError('no')")) as it:
        outcome = await run(it)
        assert outcome.reply == b'{"error": "no"}'
        assert texts(outcome)[-2:] == ["stderr: ValueError: no", "stderr: "]
        assert "launcher.py" not in "".join(outcome.logs)
        assert it.alive


@in_loop
async def test_result_that_is_no_json_ends_it(spec: MakeSpec) -> None:
    worker, _ = await started(spec("def main(p): return {'a': object()}"))
    outcome = await run(worker)
    assert outcome.status is OutcomeStatus.EXITED
    assert "not JSON serializable" in outcome.logs[-1]
    assert not worker.alive


@in_loop
async def test_exit_code(spec: MakeSpec) -> None:
    for leave, code in (("os._exit(3)", 3), ("os.kill(os.getpid(), 9)", -9)):
        worker, _ = await started(spec(f"import os\ndef main(p): {leave}"))
        assert worker.exit_code is None
        await run(worker)
        assert worker.exit_code == code


@in_loop
async def test_exit(spec: MakeSpec) -> None:
    for leave in ("os._exit(3)", "sys.exit(0)", "os.kill(os.getpid(), 9)"):
        worker, _ = await started(spec(f"import os, sys\ndef main(p): {leave}"))
        assert (await run(worker)).status is OutcomeStatus.EXITED
        assert worker.termination.done()


@in_loop
async def test_exit_while_threads_go_on(spec: MakeSpec) -> None:
    source = "import sys, threading, time\ndef main(p):\n"
    source += "  threading.Thread(target=time.sleep, args=(60,)).start()\n  sys.exit(1)"
    worker, _ = await started(spec(source))
    assert (await run(worker)).status is OutcomeStatus.EXITED


@in_loop
async def test_timeout(spec: MakeSpec) -> None:
    worker, _ = await started(
        spec("def main(p):\n  print('begun', flush=True)\n  while True: pass")
    )
    outcome = await run(worker, timeout_s=0.2)
    assert outcome.status is OutcomeStatus.TIMED_OUT
    assert 0.1 < outcome.seconds < PATIENCE_S
    assert texts(outcome) == ["stdout: begun"]
    assert worker.termination.done()


@in_loop
async def test_timeout_of_one_that_ignores_signals(spec: MakeSpec) -> None:
    source = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    worker, _ = await started(spec(source + "def main(p): time.sleep(60)"))
    assert (await run(worker, timeout_s=0.1)).status is OutcomeStatus.TIMED_OUT
    assert worker.termination.done()


@in_loop
async def test_timeout_in_init(spec: MakeSpec) -> None:
    _, outcome = await started(spec("while True: pass"), timeout_s=0.3)
    assert outcome.status is OutcomeStatus.TIMED_OUT


@in_loop
async def test_start_that_fails(spec: MakeSpec) -> None:
    for source, words in (
        ("import missing_module", "ModuleNotFoundError: No module named 'missing_module'"),
        ("def other(p): return p", "ImportError: cannot import name 'main'"),
        ("raise ValueError('no')", "ValueError: no"),
    ):
        worker, outcome = await started(spec(source))
        assert outcome.status is OutcomeStatus.EXITED
        assert any(words in line for line in outcome.logs)
        assert texts(outcome)[-1] == "stderr: Command exited abruptly during initialization."
        await worker.end()


@in_loop
async def test_code_with_a_syntax_error(spec: MakeSpec) -> None:
    worker, outcome = await started(spec("def main(p:"))
    assert orjson.loads(outcome.reply) == {
        "error": "The action failed to generate or locate a binary. See logs for details."
    }
    assert texts(outcome) == ["stderr: '(' was never closed"]
    await worker.end()


@in_loop
async def test_start_that_exits(spec: MakeSpec) -> None:
    _, outcome = await started(spec("import os; print('bye', flush=True); os._exit(0)"))
    assert outcome.status is OutcomeStatus.EXITED
    assert texts(outcome) == [
        "stdout: bye",
        "stderr: Command exited abruptly during initialization.",
    ]


@in_loop
async def test_interpreter_that_is_not_there(spec: MakeSpec, tmp_path: Path) -> None:
    made = spec("")._replace(command=(str(tmp_path / "python"), "x"))
    worker, outcome = await started(made)
    assert outcome.status is OutcomeStatus.EXITED
    assert "cannot be started" in outcome.logs[-1]
    await worker.end()


@in_loop
async def test_memory_error(spec: MakeSpec) -> None:
    source = "def main(p): return {'n': len(bytearray(10**12))}"
    worker, _ = await started(spec(source, data_bytes=500 * MB))
    assert (await run(worker)).status is OutcomeStatus.OUT_OF_MEMORY
    worker, outcome = await started(spec("x = bytearray(10**12)", data_bytes=500 * MB))
    assert outcome.status is OutcomeStatus.OUT_OF_MEMORY
    await worker.end()


@in_loop
async def test_exhausted(spec: MakeSpec) -> None:
    worker, _ = await started(spec("import time\ndef main(p): time.sleep(60)"))
    asyncio.get_running_loop().call_later(0.05, worker.end_out_of_memory)
    assert (await run(worker)).status is OutcomeStatus.OUT_OF_MEMORY


@in_loop
async def test_answer_that_is_too_long_is_cut_and_counted(spec: MakeSpec) -> None:
    async with at_work(spec("def main(p): return {'a': 'x' * 3_000_000}")) as it:
        outcome = await run(it)
        assert (len(outcome.reply), outcome.size) == (MB + 1, 3_000_009)


@in_loop
async def test_request_that_is_longer_than_a_pipe(spec: MakeSpec) -> None:
    async with at_work(spec("def main(p): return {'n': len(p['text'])}")) as it:
        assert (await run(it, text="x" * 900_000)).reply == b'{"n": 900000}'
        assert (await run(it, text="x")).reply == b'{"n": 1}'


@in_loop
async def test_request_that_is_never_read(spec: MakeSpec, tmp_path: Path) -> None:
    deaf = tmp_path / "deaf.py"
    deaf.write_text(
        "import os, sys, time\nos.write(int(sys.argv[3]), b'{\"ok\":true}\\n')\ntime.sleep(0.3)"
    )
    worker, _ = await started(spec("")._replace(command=(sys.executable, str(deaf))))
    assert (await run(worker, text="x" * 900_000)).status is OutcomeStatus.EXITED
    assert worker.termination.done()


@in_loop
async def test_garbage_on_the_reply_pipe_is_an_answer_of_its_own(spec: MakeSpec) -> None:
    source = "def main(p):\n  os.write(reply, b'gar\\nbage\\n'); return {}"
    worker, _ = await started(spec(FIND_REPLY + source))
    outcome = await run(worker)
    assert outcome.reply == b"gar"
    assert not worker.alive
    await worker.end()


@in_loop
async def test_answer_that_nobody_asked_for_ends_it(spec: MakeSpec) -> None:
    source = "import threading\ndef main(p):\n"
    source += "  threading.Timer(0.05, lambda: os.write(reply, b'{}\\n')).start(); return {}"
    worker, _ = await started(spec(FIND_REPLY + source))
    await run(worker)
    await eventually(worker.termination.done)


@in_loop
async def test_idle_worker_that_ends_by_itself(spec: MakeSpec) -> None:
    source = "import os, threading\ndef main(p):\n  threading.Timer(0.05, os._exit, [0]).start()"
    worker, _ = await started(spec(source + "; return {}"))
    assert (await run(worker)).status is OutcomeStatus.ANSWERED
    await eventually(worker.termination.done)
    assert not worker.alive
    assert (await run(worker)).status is OutcomeStatus.EXITED


@in_loop
async def test_nothing_is_left_after_a_timeout(spec: MakeSpec, tmp_path: Path) -> None:
    """A daemon made the classic way: forked twice, in a session of its own."""
    source = f"""
import os, time
def main(p):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            open({str(tmp_path / "pid")!r}, "w").write(str(os.getpid()))
            time.sleep(600)
        os._exit(0)
    time.sleep(600)
"""
    worker, _ = await started(spec(source))
    pid_file = tmp_path / "pid"
    running = asyncio.ensure_future(run(worker, timeout_s=1))
    await eventually(lambda: pid_file.exists() and pid_file.read_text() != "")
    daemon = int(pid_file.read_text())
    assert lives(daemon)
    assert (await running).status is OutcomeStatus.TIMED_OUT
    assert not lives(daemon)


@in_loop
async def test_nothing_is_left_when_the_worker_ends(spec: MakeSpec, tmp_path: Path) -> None:
    source = "import os, subprocess\ndef main(p):\n  it = subprocess.Popen(['sleep', '600'], "
    source += "start_new_session=True)\n  print(it.pid, flush=True)\n  os._exit(0)"
    worker, _ = await started(spec(source))
    outcome = await run(worker)
    assert not lives(int(texts(outcome)[0].removeprefix("stdout: ")))


@in_loop
async def test_worker_goes_when_its_launcher_is_killed(spec: MakeSpec) -> None:
    source = "import os, time\ndef main(p):\n  os.kill(os.getppid(), 9); time.sleep(600)"
    worker, _ = await started(spec(source))
    assert (await run(worker)).status is OutcomeStatus.EXITED


@in_loop
async def test_descriptors_are_given_back(spec: MakeSpec) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))

    made = spec("def main(p): return p")
    async with at_work(made):
        pass
    before = count()
    for _ in range(3):
        async with at_work(made) as it:
            await run(it)
    assert count() <= before


@in_loop
async def test_playground_is_no_parent_of_the_worker(spec: MakeSpec) -> None:
    async with at_work(spec("import os\ndef main(p): return {'parent': os.getppid()}")) as it:
        parent = orjson.loads((await run(it)).reply)["parent"]
        assert parent == it.launcher_pid
        assert parent != os.getpid()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this scheduling policy")
@in_loop
async def test_worker_that_does_not_interrupt_others_keeps_its_priority(spec: MakeSpec) -> None:
    worker = Worker(MB)
    source = (
        "import os\ndef main(p): return {'policy': os.sched_getscheduler(0), 'nice': os.nice(0)}"
    )
    await worker.start(spec(source), 20, LogCollector(MB))

    async def policy() -> dict[str, int]:
        outcome = await run_worker(worker, b'{"value": {}}', 20, LogCollector(MB))
        found: dict[str, int] = orjson.loads(outcome.reply)
        return found

    first = await policy()
    assert first["policy"] == os.SCHED_OTHER
    worker.set_preempting(False)
    assert await policy() == {**first, "policy": os.SCHED_BATCH}
    worker.set_preempting(True)
    assert await policy() == first
    await worker.end()
    worker.set_preempting(False)
