"""Actions that misbehave, and what the caller is told (contract §3.3, §5.3)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.contract.helpers.api import Api, node, python

APPLICATION, DEVELOPER = "application error", "action developer error"
EXITED = "command exited"
NODE_EXITED = "The action did not produce a valid response and exited unexpectedly."
# On a busy machine the time may be over before the code is loaded.
TIMED_OUT = r"The action exceeded its time limits of {} milliseconds( during initialization)?\."

# What a case leaves running has this among its arguments, and no other worker's case has.
LEFT = f"left-behind-by-a-test-{os.getpid()}"
_DAEMON = (
    f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', {LEFT!r}], "
    "start_new_session=True)"
)


@dataclass(frozen=True)
class Hostile:
    """``error`` is a pattern for the whole text; None: it succeeds, with ``result``.

    ``logged`` is a pattern for some line of its logs. ``either``: another error that it may come
    to first.
    """

    name: str
    code: str
    status: str = "success"
    error: str | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] | None = None
    logged: str = ""
    either: str | None = None
    node: bool = False

    @property
    def body(self) -> dict[str, Any]:
        make = node if self.node else python
        return make(self.code, limits=dict(self.limits))

    def judge(self, record: Mapping[str, Any]) -> None:
        response = record["response"]
        assert response["status"] == self.status, response
        if self.error is None:
            assert response["result"] == self.result
        else:
            error = str(response["result"]["error"])
            allowed = [self.error, *filter(None, [self.either])]
            assert any(re.fullmatch(each, error) for each in allowed), error
        if self.logged:
            assert any(re.search(self.logged, line) for line in record["logs"]), record["logs"]


def invoke(api: Api, name: str, case: Hostile) -> dict[str, Any]:
    """Run it once, under ``name``, which nothing has; give its record."""
    assert api.put(name, case.body).status_code == 200
    answer = api.invoke(name, case.payload)
    assert answer.status_code == (200 if case.status == "success" else 502), answer.text
    return api.record(answer.json()["activationId"])


def main(body: str, imports: str = "os, sys, time, threading, subprocess, signal") -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"import {imports}\ndef main(args):\n{lines}\n"


def exited(name: str, code: str, **more: Any) -> Hostile:
    return Hostile(name, code, DEVELOPER, re.escape(EXITED), **more)


def exhausted(name: str, code: str, **more: Any) -> Hostile:
    return Hostile(name, code, DEVELOPER, re.escape(EXITED), **more)


def timed_out(name: str, code: str, timeout: int, **more: Any) -> Hostile:
    error = TIMED_OUT.format(timeout)
    return Hostile(name, code, DEVELOPER, error, limits={"timeout": timeout}, **more)


# Of each fork both sides go on; the number in the file bounds it should nothing else do so.
_FORK_BOMB = """
path = args["counter"]
while os.path.getsize(path) < 3000:
    with open(path, "ab") as file:
        file.write(b"x")
    os.fork()
time.sleep(60)
"""

PROCESSES = (
    Hostile(
        "fork bomb",
        main(_FORK_BOMB),
        DEVELOPER,
        re.escape(EXITED),
        # It is held in any case; which limit it meets first is up to the machine.
        either=TIMED_OUT.format(30000),
        limits={"memory": 512, "timeout": 30000},
    ),
    exited(
        "too many small processes",
        main(
            "for _ in range(600): os.posix_spawn('/bin/sleep', ['sleep', '600'], {})\n"
            "time.sleep(60)"
        ),
        limits={"memory": 1024, "timeout": 30000},
        logged="stderr: The action exceeded the limit of 512 processes and threads",
    ),
    Hostile(
        "thread bomb",
        main(
            "for _ in range(5000): threading.Thread(target=time.sleep, args=(60,), daemon=True)"
            ".start()\nreturn {}"
        ),
        APPLICATION,
        "can't start new thread",
    ),
    timed_out("setsid escape", main(f"{_DAEMON}\ntime.sleep(60)"), 700),
    timed_out(
        "double fork",
        main(
            "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
            f"        os.execv(sys.executable, [sys.executable, '-c', "
            f"'import time; time.sleep(600)', {LEFT!r}])\n    os._exit(0)\ntime.sleep(60)"
        ),
        700,
    ),
    exited("kills its parent", main(f"{_DAEMON}\nos.kill(os.getppid(), 9)\ntime.sleep(60)")),
    timed_out(
        "stops its parent", main(f"{_DAEMON}\nos.kill(os.getppid(), 19)\ntime.sleep(60)"), 700
    ),
    exited("kills its group", main("os.killpg(0, 9)")),
    timed_out(
        "ignores signals",
        main(
            "for n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n"
            "    except (OSError, ValueError): pass\ntime.sleep(60)"
        ),
        400,
    ),
    exited("stops itself and is killed", main("os.kill(os.getpid(), signal.SIGKILL)")),
    timed_out("stops itself", main("os.kill(os.getpid(), signal.SIGSTOP)"), 400),
    Hostile("leaves a daemon", main(f"{_DAEMON}\nreturn {{}}"), result={}),
    Hostile(
        "leaves threads",
        main(
            "for _ in range(20): threading.Thread(target=time.sleep, args=(600,)).start()\n"
            "return {}"
        ),
        result={},
    ),
    exited("leaves with a thread at work", main(f"{_DAEMON}\nsys.exit(0)")),
    Hostile(
        "node: leaves a daemon",
        "const { spawn } = require('child_process');\nfunction main() { spawn(process.execPath, "
        f"['-e', 'setInterval(() => 0, 1000)', '{LEFT}'], {{ detached: true, stdio: 'ignore' }})"
        ".unref(); return {} }",
        result={},
        node=True,
    ),
    Hostile(
        "node: kills its parent",
        "const { spawn } = require('child_process');\nfunction main() { spawn(process.execPath, "
        f"['-e', 'setInterval(() => 0, 1000)', '{LEFT}'], {{ detached: true, stdio: 'ignore' }})"
        ".unref(); process.kill(process.ppid, 9); return new Promise(() => {}) }",
        DEVELOPER,
        re.escape(NODE_EXITED),
        node=True,
    ),
)

PIPES = (
    Hostile(
        "closes fd 3", main("os.close(3)"), APPLICATION, re.escape("[Errno 9] Bad file descriptor")
    ),
    exited("closes everything", main("os.closerange(0, 65536)\nreturn {}")),
    Hostile(
        "writes garbage to fd 3",
        main("os.write(3, b'garbage\\n')"),
        APPLICATION,
        re.escape("[Errno 9] Bad file descriptor"),
    ),
    Hostile(
        "writes garbage to every pipe",
        main(
            "for n in range(3, 256):\n    try: os.write(n, b'gar\\nbage')\n"
            "    except OSError: pass\nreturn {}"
        ),
        DEVELOPER,
        "The action did not return a dictionary or array.",
    ),
    timed_out(
        "writes a partial line to every pipe",
        main(
            "for n in range(3, 256):\n    try: os.write(n, b'{\"a\": ')\n"
            "    except OSError: pass\ntime.sleep(60)"
        ),
        500,
    ),
    Hostile(
        "answers twice",
        main(
            'for n in range(3, 256):\n    try: os.write(n, b\'{"first": 1}\\n{"second": 2}\\n\')\n'
            "    except OSError: pass\nreturn {'third': 3}"
        ),
        result={"first": 1},
    ),
    Hostile("reads its input", main("return {'read': sys.stdin.read()}"), result={"read": ""}),
    Hostile(
        "reads every pipe",
        main(
            "import fcntl\nfor n in range(3, 256):\n    try:\n"
            "        fcntl.fcntl(n, fcntl.F_SETFL, os.O_NONBLOCK)\n        os.read(n, 1 << 20)\n"
            "    except OSError: pass\nreturn {'ok': 1}"
        ),
        result={"ok": 1},
    ),
    Hostile(
        "a gigabyte of logs",
        main("line = b'x' * 65535 + b'\\n'\nfor _ in range(16384): os.write(1, line)\nreturn {}"),
        result={},
        limits={"timeout": 60000},
        logged="Logs were truncated because the total bytes size exceeds the limit",
    ),
    Hostile(
        "logs that are no text",
        main("os.write(1, bytes(range(256)) * 100 + b'\\xff\\n')\nreturn {}"),
        result={},
        logged="stdout: ",
    ),
)

ENDINGS = (
    timed_out("loop", main("while True: pass"), 300),
    timed_out("sleep", main("time.sleep(60)"), 300),
    exhausted(
        "memory",
        main("held = []\nwhile True: held.append(bytearray(10_000_000))"),
        limits={"memory": 128},
    ),
    exhausted(
        "arrays",
        main("held = []\nwhile True: held.append(numpy.ones(2_000_000))", "numpy"),
        limits={"memory": 256},
    ),
    exited("exits 0", main("os._exit(0)")),
    exited("exits 1", main("sys.exit(1)")),
    exited("segmentation fault", main("ctypes.string_at(0)", "ctypes")),
    Hostile(
        "recursion",
        "def main(args):\n    return main(args)\n",
        APPLICATION,
        "maximum recursion depth exceeded.*",
    ),
    exited(
        "recursion without a limit",
        main("sys.setrecursionlimit(10**9)\ndef f(x):\n    return [f(each) for each in [x]]\nf(1)"),
        either=re.escape(EXITED),
        limits={"memory": 128},
    ),
    Hostile(
        "not a number",
        main("return {'a': float('nan')}"),
        DEVELOPER,
        "The action did not return a dictionary or array.",
    ),
    Hostile(
        "two megabytes",
        main("return {'a': 'x' * 2_000_000}"),
        APPLICATION,
        "(?s)The action produced a response that exceeded the allowed length: 2000010 > .*",
    ),
    exited("generator", main("return (n for n in range(3))")),
    exited("cycle", main("args['self'] = args\nreturn args")),
    exited("bytes", main("return {'a': b'x'}")),
    exited("set", main("return {1, 2}")),
    exited(
        "a dictionary that is deep", main("d = {}\nfor _ in range(100000): d = {'d': d}\nreturn d")
    ),
)

FILES = (
    Hostile(
        "changes its folder",
        main("os.chdir('/')\nreturn {'cwd': os.getcwd()}"),
        result={"cwd": "/"},
    ),
    Hostile(
        "deletes its files",
        main("import shutil\nshutil.rmtree(os.getcwd())\nreturn {}"),
        result={},
    ),
    Hostile(
        "a file that is too long",
        main(
            "import tempfile\nwith tempfile.TemporaryFile() as file:\n    file.truncate(5 << 30)\n"
            "return {}"
        ),
        APPLICATION,
        re.escape("[Errno 27] File too large"),
    ),
)

ALL = (*ENDINGS, *PIPES, *PROCESSES, *FILES)
