"""Contract §3.3, §5.4: Node.js actions that misbehave."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.helpers.api import Api, annotated, node

EXITED = "The action did not produce a valid response and exited unexpectedly."
EXHAUSTED = "The action exhausted its memory and was aborted."


def fails(api: Api, name: str, code: str, **limits: int) -> tuple[Any, dict[str, Any]]:
    """The error of a run that is the developer's; another worker comes after it."""
    assert api.put(name, node(code, limits=limits)).status_code == 200
    answer = api.invoke(name)
    assert answer.status_code == 502
    record = api.record(answer.json()["activationId"])
    assert record["response"]["status"] == "action developer error"
    assert "initTime" in annotated(api.invoke(name).json())
    return record["response"]["result"]["error"], record


def test_loop(api: Api, name: str) -> None:
    error, record = fails(api, name, "function main() { while (true) {} }", timeout=500)
    assert error == "The action exceeded its time limits of 500 milliseconds."
    assert annotated(record)["timeout"] is True


def test_loop_while_it_starts(api: Api, name: str) -> None:
    error, _ = fails(api, name, "while (true) {}", timeout=500)
    assert error == (
        "The action exceeded its time limits of 500 milliseconds during initialization."
    )


def test_promise_that_never_settles(api: Api, name: str) -> None:
    error, _ = fails(api, name, "const main = () => new Promise(() => {})", timeout=500)
    assert error == "The action exceeded its time limits of 500 milliseconds."


@pytest.mark.parametrize(
    "hold",
    [
        "held.push(Buffer.alloc(5000000, 1))",
        "held.push(new Array(100000).fill(held.length))",
        "held.push({ text: String(held.length).repeat(100) })",
    ],
    ids=["buffers", "arrays", "objects"],
)
def test_memory(api: Api, name: str, hold: str) -> None:
    code = f"function main() {{ const held = []; while (true) {hold} }}"
    error, _ = fails(api, name, code, memory=128)
    assert error == EXHAUSTED


def test_memory_while_it_starts(api: Api, name: str) -> None:
    error, _ = fails(
        api, name, "const held = []; while (true) held.push(Buffer.alloc(5000000, 1))", memory=128
    )
    assert error == EXHAUSTED


def test_memory_of_child_processes(api: Api, name: str, ours: None) -> None:
    child = "const held = Buffer.alloc(60000000, 1); setInterval(() => held, 1000)"
    code = (
        "const { spawn } = require('child_process');\n"
        "function main() { for (let n = 0; n < 4; n++) "
        f"spawn(process.execPath, ['-e', '{child}']); return new Promise(() => {{}}) }}"
    )
    error, _ = fails(api, name, code, memory=128, timeout=20000)
    assert error == EXHAUSTED


@pytest.mark.parametrize(
    "leave",
    [
        *("process.exit(3)", "process.exit(0)", "process.abort()", "process.kill(process.pid, 9)"),
        "return new Promise(() => setTimeout(() => { throw new Error('late') }, 1))",
        "Promise.reject(new Error('nobody waits')); return new Promise(() => {})",
    ],
)
def test_exit(api: Api, name: str, leave: str) -> None:
    assert fails(api, name, f"function main() {{ {leave} }}")[0] == EXITED


def test_exit_while_it_starts(api: Api, name: str) -> None:
    error, _ = fails(api, name, "process.exit(3)")
    assert error == "The action did not initialize and exited unexpectedly."


def test_fifty_megabytes_of_logs(api: Api, name: str) -> None:
    code = "function main() { for (let n = 0; n < 51200; n++) console.log('x'.repeat(1023)); "
    api.put(name, node(code + "return { ok: 1 } }"))
    record = api.record(api.invoke(name).json()["activationId"])
    assert record["response"]["result"] == {"ok": 1}
    assert record["logs"][-1].endswith(
        "Logs were truncated because the total bytes size exceeds the limit of 10485760 bytes."
    )


def test_pipes_are_out_of_reach(api: Api, name: str, ours: None) -> None:
    """Neither at the numbers that an action might try, nor in what it starts."""
    code = """
const fs = require('fs');
const { execSync } = require('child_process');
const taken = n => { try { fs.writeSync(n, '{"a": 1}\\n'); return true } catch { return false } };
function main() {
  const inherited = execSync('ls -l /proc/self/fd').toString().split('\\n');
  return {
    three: taken(3),
    input: fs.readFileSync(0, 'utf8'),
    inherited: inherited.filter(line => /\\d -> /.test(line) && !/ [0-3] -> /.test(line)),
  };
}
"""
    api.put(name, node(code))
    for _ in range(2):
        answer = api.invoke(name, result=True)
        assert answer.json() == {"three": False, "input": "", "inherited": []}


def test_globals_that_are_damaged(api: Api, name: str) -> None:
    code = (
        "function main() { console.log = () => { throw 1 }; JSON.stringify = () => 'no'; "
        "JSON.parse = () => null; process.stdout.write = null; return { ok: 1 } }"
    )
    api.put(name, node(code))
    for _ in range(2):
        assert api.invoke(name, result=True).json() == {"ok": 1}
