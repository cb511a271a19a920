"""What a forked worker has for itself, and what a zygote does for that."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil

from jupyter_faas.playground.workers.memory import process_tree_usage
from jupyter_faas.whisk.limits import MB
from tests.playground.conftest import MakeSpec
from tests.playground.helpers.loop import in_loop
from tests.playground.helpers.zygotes import ZYGOTE, ask, at_work, with_zygote, zygotes_for


@in_loop
async def test_what_it_shares_is_not_held_against_it(spec: MakeSpec) -> None:
    made = with_zygote(spec("def main(p): return {}"))
    async with zygotes_for(made) as zygotes, at_work(zygotes, made) as worker:
        own = process_tree_usage(worker.launcher_pid, worker.inherited_bytes).size
        assert own < 4 * MB
        held = with_zygote(spec("held = bytearray(b'x' * 30_000_000)\ndef main(p): return {}"))
        async with at_work(zygotes, held) as other:
            own = process_tree_usage(other.launcher_pid, other.inherited_bytes).size
            assert 28 * MB < own < 36 * MB


@in_loop
async def test_worker_and_launcher_have_little_to_themselves(spec: MakeSpec) -> None:
    made = with_zygote(spec("def main(p): return {}"))
    async with zygotes_for(made) as zygotes, at_work(zygotes, made) as worker:
        await ask(worker)
        processes = [worker.launcher_pid, psutil.Process(worker.launcher_pid).children()[0].pid]
        own = sum(psutil.Process(pid).memory_full_info().uss for pid in processes)
        # 2.4 MB were seen: it moves with the kernel and the load.
        assert own < 2.8 * MB


def test_variables_of_a_run_share_the_class_of_their_buffers() -> None:
    code = """
import sys
sys.path.insert(0, FOLDER)
import python_worker

python_worker.VARIABLES.set({"action_name": "/guest/iris", "api_key": "x" * 100})
print(len({type(each) for each in python_worker.VARIABLES._texts.values()}))
"""
    code = code.replace("FOLDER", repr(os.path.dirname(ZYGOTE)))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_practice_leaves_descriptors_and_signals_as_they_were() -> None:
    code = """
import os, signal, sys
sys.path.insert(0, FOLDER)
import zygote

def look():
    handlers = [signal.getsignal(each) for each in sorted(signal.valid_signals())]
    wake = signal.set_wakeup_fd(-1)
    return sorted(os.listdir("/proc/self/fd")), handlers, wake, "main__" in sys.modules

before = look()
zygote.prefork.warm_up_prefork()
print(look() == before)
"""
    code = code.replace("FOLDER", repr(os.path.dirname(ZYGOTE)))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
