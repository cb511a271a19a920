"""What a forked worker finds, against what a fresh one does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from jupyter_faas.playground.workers.exchange import OutcomeStatus
from jupyter_faas.playground.workers.process import WorkerSpec
from jupyter_faas.playground.workers.zygote import Zygote
from jupyter_faas.whisk.limits import MB
from tests.playground.conftest import MakeSpec
from tests.playground.helpers.loop import eventually, in_loop
from tests.playground.helpers.processes import lives
from tests.playground.helpers.zygotes import (
    ZYGOTE,
    ask,
    at_work,
    is_forked,
    start,
    with_zygote,
    zygotes_for,
)

# All that an action could look at, besides what differs from process to process.
LOOK = """
import sys
modules = sorted(sys.modules)
import gc, os, resource, signal, stat, threading

def kind(number):
    try:
        return stat.S_IFMT(os.fstat(number).st_mode), os.get_inheritable(number)
    except OSError:
        return None

def calls(count=1):
    try:
        return calls(count + 1)
    except RecursionError:
        return count

def about(stream):
    names = "name", "mode", "encoding", "errors", "line_buffering", "newlines", "write_through"
    found = {name: getattr(stream, name, None) for name in names}
    own = getattr(sys, "__%s__" % found["name"][1:-1])
    return {**found, "seekable": stream.seekable(), "tty": stream.isatty(), "at": stream.fileno(),
            "raw": repr(stream.buffer.raw), "own": stream is own}

def main(p):
    with open("/proc/self/oom_score_adj") as file:
        oom = file.read()
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return {
        "environ": dict(os.environ), "cwd": os.getcwd(), "argv": sys.argv, "path": sys.path,
        "flags": repr(sys.flags), "prefix": [sys.prefix, sys.exec_prefix, sys.executable],
        "descriptors": {name: kind(int(name)) for name in os.listdir("/proc/self/fd")
                        if kind(int(name))},
        "streams": [about(each) for each in (sys.stdin, sys.stdout, sys.stderr)],
        "signals": {each.name: repr(signal.getsignal(each)) for each in signal.valid_signals()
                    if isinstance(each, signal.Signals)},
        # Those below 32: the C library keeps two of the others for itself, once it needs them.
        "blocked": [int(status[name], 16) & 0xffffffff for name in ("SigBlk", "SigIgn", "SigCgt")],
        "limits": [resource.getrlimit(each) for each in range(16)],
        "collects": [gc.isenabled(), gc.get_threshold()], "oom": oom, "umask": os.umask(0o22),
        "session": os.getsid(0) == os.getppid(), "group": os.getpgid(0) == os.getpid(),
        "threads": threading.active_count(), "hooks": len(sys.path_hooks),
        "finders": [repr(type(each)) for each in sys.meta_path],
        "recursion": calls(), "priority": os.nice(0), "main": __name__,
        "modules": modules,
    }
"""


@in_loop
async def test_finds_what_a_fresh_one_does(spec: MakeSpec) -> None:
    made = with_zygote(spec(LOOK, data_bytes=700 * MB, mine="value"))
    found: list[dict[str, Any]] = []
    async with zygotes_for(made) as zygotes:
        for each in (made, made._replace(zygote=())):
            async with at_work(zygotes, each) as worker:
                assert is_forked(worker) == bool(each.zygote)
                found.append(await ask(worker))
    forked, fresh = found
    for one in found:
        # The numbers above the streams' are those that were free in this process.
        kinds = one.pop("descriptors")
        one["streams' descriptors"] = [kinds.pop(number) for number in ("0", "1", "2")]
        one["other descriptors"] = sorted(kinds.values())
    modules, expected = set(forked.pop("modules")), set(fresh.pop("modules"))
    assert forked == fresh
    # It has more of them, as is the purpose; none of ours, and none is missing.
    assert expected <= modules
    assert not {"launcher", "zygote", "python_worker", "prefork"} & modules
    assert {"numpy", "onnxruntime"} <= modules


@in_loop
async def test_forked_siblings_have_chances_of_their_own(spec: MakeSpec) -> None:
    source = """
import random, secrets, tempfile, uuid
import numpy
def main(p):
    return {"random": random.random(), "numpy": float(numpy.random.rand()),
            "new": float(numpy.random.default_rng().random()), "uuid": str(uuid.uuid4()),
            "secret": secrets.token_hex(), "file": tempfile.mktemp()}
"""
    made = with_zygote(spec(source))
    async with (
        zygotes_for(made) as zygotes,
        at_work(zygotes, made) as one,
        at_work(zygotes, made) as other,
    ):
        assert is_forked(one)
        assert is_forked(other)
        mine, theirs = await ask(one), await ask(other)
    assert all(mine[name] != theirs[name] for name in mine)


@in_loop
async def test_what_one_changes_no_other_sees(spec: MakeSpec) -> None:
    source = """
import json, os, sys
import numpy
before = {"environ": os.environ.get("CHANGED"), "json": hasattr(json, "changed"),
          "path": "/changed" in sys.path, "numpy": hasattr(numpy, "changed")}
def main(p):
    json.changed = True
    os.environ["CHANGED"] = "1"; sys.path.append("/changed"); numpy.changed = True
    numpy.seterr(all="raise")
    return before
"""
    made = with_zygote(spec(source))
    nothing = {"environ": None, "json": False, "path": False, "numpy": False}
    async with zygotes_for(made) as zygotes:
        for _ in range(2):
            async with at_work(zygotes, made) as worker:
                assert is_forked(worker)
                assert await ask(worker) == nothing


@in_loop
async def test_siblings_have_none_of_each_others_descriptors(spec: MakeSpec) -> None:
    """Else the end of one would not be seen while another lives."""
    made = with_zygote(spec("def main(p): return {}"))
    async with zygotes_for(made) as zygotes, at_work(zygotes, made) as other:
        async with at_work(zygotes, made) as worker:
            pids = [worker.launcher_pid, other.launcher_pid]
            workers = [psutil.Process(pid).children()[0].pid for pid in pids]
            pipes = [pipes_of(pid) for pid in (*workers, *zygotes.pids)]
            assert pipes[0]
            assert not pipes[0] & pipes[1]
            assert not pipes[2] & (pipes[0] | pipes[1])
        assert other.alive


def pipes_of(pid: int) -> set[str]:
    folder = f"/proc/{pid}/fd"
    targets = {os.readlink(f"{folder}/{name}") for name in os.listdir(folder)}
    return {each for each in targets if each.startswith(("pipe:", "socket:"))}


@in_loop
async def test_exit_and_logs(spec: MakeSpec) -> None:
    made = with_zygote(spec("import os\nprint('here')\ndef main(p): os._exit(3)"))
    async with zygotes_for(made) as zygotes:
        worker, outcome = await start(zygotes, made)
        assert is_forked(worker)
        assert [line.split(" ", 1)[1] for line in outcome.logs] == ["stdout: here"]
        assert (await ask(worker)).status is OutcomeStatus.EXITED
        assert worker.exit_code == 3


@in_loop
async def test_traceback_shows_the_action_only(spec: MakeSpec) -> None:
    made = with_zygote(spec("raise ValueError('no')"))
    fine = made._replace(directory=spec("def main(p): return {}").directory)
    async with zygotes_for(fine) as zygotes:
        worker, outcome = await start(zygotes, made)
        assert is_forked(worker)
        assert "ValueError: no" in outcome.logs[-2]
        assert not any("shipped" in line for line in outcome.logs)
        await worker.end()


@in_loop
async def test_nothing_is_left_after_a_timeout(spec: MakeSpec, tmp_path: Path) -> None:
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
    made = with_zygote(spec(source))
    async with zygotes_for(made) as zygotes, at_work(zygotes, made) as worker:
        outcome = await ask(worker, timeout_s=1)
        assert outcome.status is OutcomeStatus.TIMED_OUT
        assert not lives(int((tmp_path / "pid").read_text()))
        assert zygotes.pids


@in_loop
async def test_worker_goes_when_its_launcher_is_killed(spec: MakeSpec) -> None:
    source = "import os, time\ndef main(p):\n  os.kill(os.getppid(), 9); time.sleep(600)"
    made = with_zygote(spec(source))
    async with zygotes_for(made) as zygotes, at_work(zygotes, made) as worker:
        assert (await ask(worker)).status is OutcomeStatus.EXITED


def said_by(environment: dict[str, str], spec: WorkerSpec) -> Zygote:
    changes: list[Zygote] = []
    zygote = Zygote(
        (sys.executable, ZYGOTE), {**spec.environment, **environment}, on_change=changes.append
    )
    zygote.start()
    return zygote


@in_loop
async def test_says_what_it_has_loaded(spec: MakeSpec) -> None:
    zygote = said_by({}, spec(""))
    await eventually(lambda: zygote.ready)
    assert zygote.report is not None
    assert {"numpy", "onnxruntime", "json"} <= zygote.report.modules
    assert sys.executable in zygote.report.folders
    assert MB < zygote.report.inherited_bytes < 200 * MB
    await zygote.end()
    assert zygote.pid == 0


@in_loop
async def test_environment_without_numpy_has_one_too(spec: MakeSpec, tmp_path: Path) -> None:
    hide = "import sys\nfor name in ('numpy', 'onnxruntime'): sys.modules[name] = None\n"
    (tmp_path / "sitecustomize.py").write_text(hide)
    zygote = said_by({"PYTHONPATH": str(tmp_path)}, spec(""))
    await eventually(lambda: zygote.ready)
    await zygote.end()


@in_loop
async def test_threads_make_it_unsafe(spec: MakeSpec, tmp_path: Path) -> None:
    threaded = "import threading, time\n"
    threaded += "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    (tmp_path / "sitecustomize.py").write_text(threaded)
    zygote = said_by({"PYTHONPATH": str(tmp_path)}, spec(""))
    await eventually(lambda: zygote.ended)
    assert zygote.failure == "it has more than one thread"
    await zygote.end()


@in_loop
async def test_broken_installation_makes_it_unsafe(spec: MakeSpec, tmp_path: Path) -> None:
    (tmp_path / "onnxruntime.py").write_text("raise OSError('libsomething.so is missing')")
    zygote = said_by({"PYTHONPATH": str(tmp_path)}, spec(""))
    await eventually(lambda: zygote.ended)
    assert "libsomething.so is missing" in zygote.failure
    await zygote.end()


def test_it_imports_nothing_but_the_standard_library(tmp_path: Path) -> None:
    folder = os.path.dirname(ZYGOTE)
    code = f"import sys; sys.path.insert(0, {folder!r})\n"
    code += "import zygote; zygote.warm_up(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    names = {name.partition(".")[0] for name in done.stdout.split()}
    ours = {"__main__", "launcher", "python_worker", "prefork", "zygote"}
    assert names <= set(sys.stdlib_module_names) | ours


def test_its_model_is_one() -> None:
    import onnx

    text = (
        Path(ZYGOTE)
        .with_name("prefork.py")
        .read_text()
        .partition("bytes.fromhex(")[2]
        .partition("\n)")[0]
    )
    model = onnx.load_from_string(bytes.fromhex("".join(re.findall("[0-9a-f]{2,}", text))))
    onnx.checker.check_model(model)
    assert [node.op_type for node in model.graph.node] == ["Identity"]
