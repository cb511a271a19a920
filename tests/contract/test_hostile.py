"""Contract §3.3, §3.4, §5.3: actions that misbehave, and what becomes of the others."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import HELLO, Api, annotated

MB = 1024 * 1024
EXITED = "command exited"
CANNOT_START = "Cannot start action. Check logs for details."


def misbehave(api: Api, deploy: Deploy, code: str, **limits: int) -> dict[str, Any]:
    """The record of a run of ``code``; a healthy action answers after it."""
    healthy = deploy(HELLO)
    name = deploy(code, limits=limits)
    first = api.invoke(name)
    assert api.invoke(healthy, result=True).json() == {"greeting": "Hello stranger"}
    record = api.record(first.json()["activationId"])
    code_of = {"success": 200, "application error": 502, "action developer error": 502}
    assert first.status_code == code_of[record["response"]["status"]]
    return record


def failed(record: dict[str, Any], status: str, error: object) -> None:
    assert record["response"]["status"] == status
    assert record["response"]["success"] is False
    assert record["response"]["result"] == {"error": error}


def developer_error(record: dict[str, Any], error: object) -> None:
    failed(record, "action developer error", error)


def test_loop(api: Api, deploy: Deploy) -> None:
    record = misbehave(api, deploy, "def main(args):\n    while True: pass\n", timeout=300)
    developer_error(record, "The action exceeded its time limits of 300 milliseconds.")
    assert annotated(record)["timeout"] is True


def test_loop_while_it_starts(api: Api, deploy: Deploy) -> None:
    record = misbehave(api, deploy, "while True: pass\n", timeout=300)
    developer_error(
        record,
        "The action exceeded its time limits of 300 milliseconds during initialization.",
    )
    assert annotated(record)["timeout"] is True


def test_sleep_beyond_the_limit(api: Api, deploy: Deploy) -> None:
    record = misbehave(
        api, deploy, "import time\ndef main(args):\n    time.sleep(60)\n", timeout=200
    )
    developer_error(record, "The action exceeded its time limits of 200 milliseconds.")


def out_of_memory(record: dict[str, Any], error: str) -> None:
    """As in OpenWhisk, whose Python proxy survives, the error does not tell; the note does."""
    developer_error(record, error)
    limit = annotated(record)["limits"]["memory"]
    # Other remarks on a cold start may follow.
    note = annotated(record).get("faas-note", "")
    assert note.startswith(f"The action needed more than its memory limit of {limit} MB.")


def test_memory_piece_by_piece(api: Api, deploy: Deploy) -> None:
    code = "def main(args):\n    held = []\n    while True: held.append(bytearray(10_000_000))\n"
    out_of_memory(misbehave(api, deploy, code, memory=128), EXITED)


def test_memory_all_at_once(api: Api, deploy: Deploy) -> None:
    code = "def main(args):\n    return {'n': len(bytearray(50_000_000_000))}\n"
    out_of_memory(misbehave(api, deploy, code, memory=128), EXITED)


def test_memory_in_arrays(api: Api, deploy: Deploy, ours: None) -> None:
    code = "import numpy\ndef main(args):\n    held = []\n"
    code += "    while True: held.append(numpy.ones(2_000_000))\n"
    out_of_memory(misbehave(api, deploy, code, memory=256), EXITED)


def test_memory_of_child_processes(api: Api, deploy: Deploy, ours: None) -> None:
    code = "import os, time\ndef main(args):\n    for _ in range(4):\n"
    code += "        if os.fork() == 0:\n            held = bytearray(60_000_000)\n"
    code += "            time.sleep(60)\n    time.sleep(60)\n"
    out_of_memory(misbehave(api, deploy, code, memory=128), EXITED)


def test_memory_while_it_starts(api: Api, deploy: Deploy, ours: None) -> None:
    code = "held = []\nwhile True: held.append(bytearray(10_000_000))\n"
    out_of_memory(misbehave(api, deploy, code, memory=128), CANNOT_START)


def test_fifty_megabytes_of_logs(api: Api, deploy: Deploy) -> None:
    code = (
        "def main(args):\n    for n in range(50 * 1024): print('x' * 1023)\n    return {'ok': 1}\n"
    )
    record = misbehave(api, deploy, code)
    assert record["response"]["result"] == {"ok": 1}
    assert record["logs"][-1].endswith(
        "Logs were truncated because the total bytes size exceeds the limit of 10485760 bytes."
    )
    assert 9 * MB < sum(map(len, record["logs"])) < 11 * MB


def test_logs_without_a_line_end(api: Api, deploy: Deploy) -> None:
    code = "import sys\ndef main(args):\n"
    code += "    for n in range(20): sys.stdout.write('x' * 1024 * 1024)\n    return {'ok': 1}\n"
    record = misbehave(api, deploy, code, logs=1)
    assert record["response"]["result"] == {"ok": 1}
    assert "exceeds the limit of 1048576 bytes." in record["logs"][-1]


def test_no_logs_at_all(api: Api, deploy: Deploy) -> None:
    code = "def main(args):\n    print('hi')\n    return {}\n"
    assert misbehave(api, deploy, code, logs=0)["logs"] == []


def test_logs_that_are_no_text(api: Api, deploy: Deploy) -> None:
    code = "import sys\ndef main(args):\n    sys.stdout.buffer.write(bytes(range(256)) + b'\\n')\n"
    record = misbehave(api, deploy, code + "    return {}\n")
    assert record["response"]["success"] is True
    assert record["logs"]


@pytest.mark.parametrize(
    "result",
    ["object()", "{'a': object()}", "{1, 2}", "b'x'", "{'a': (x for x in [])}", "{'\\ud800': 1}"],
)
def test_result_that_is_no_json(api: Api, deploy: Deploy, ours: None, result: str) -> None:
    record = misbehave(api, deploy, f"def main(args):\n    return {result}\n")
    developer_error(record, EXITED)
    assert re.search(r"stderr: \w+Error: ", record["logs"][-2])


def test_result_of_a_class_that_is_named_coroutine(api: Api, deploy: Deploy, ours: None) -> None:
    code = "class coroutine:\n    pass\n\ndef main(args):\n    return coroutine()\n"
    record = misbehave(api, deploy, code)
    developer_error(record, EXITED)
    assert "TypeError: Object of type coroutine is not JSON serializable" in record["logs"][-2]
    assert "AttributeError" not in "".join(record["logs"])


def test_result_that_contains_itself(api: Api, deploy: Deploy, ours: None) -> None:
    code = "def main(args):\n    args['self'] = args\n    return args\n"
    developer_error(misbehave(api, deploy, code), EXITED)


@pytest.mark.parametrize("result", ["3", "'text'", "True", "{'a': float('nan')}"])
def test_result_that_is_no_dictionary(api: Api, deploy: Deploy, result: str) -> None:
    record = misbehave(api, deploy, f"def main(args):\n    return {result}\n")
    developer_error(record, "The action did not return a dictionary or array.")


def test_result_that_is_none(api: Api, deploy: Deploy) -> None:
    record = misbehave(api, deploy, "def main(args):\n    return None\n")
    developer_error(
        record, "The action did not produce a valid JSON or JSON Array response: null\n"
    )
    assert record["response"]["size"] == 5


def test_result_that_is_too_long(api: Api, deploy: Deploy) -> None:
    record = misbehave(api, deploy, "def main(args):\n    return {'a': 'x' * 2_000_000}\n")
    assert record["response"]["status"] == "application error"
    assert record["response"]["result"]["error"].startswith(
        "The action produced a response that exceeded the allowed length: 2000010 > 1048576 bytes. "
        'The truncated response was: {"a": "xxx'
    )


def test_result_that_is_just_short_enough(api: Api, deploy: Deploy) -> None:
    code = f"def main(args):\n    return {{'a': 'x' * {MB - 10}}}\n"
    assert misbehave(api, deploy, code)["response"]["success"] is True


@pytest.mark.parametrize(
    "leave",
    ["os._exit(3)", "os._exit(0)", "sys.exit(1)", "sys.exit(0)", "os.abort()", "exit()"],
)
def test_exit(api: Api, deploy: Deploy, ours: None, leave: str) -> None:
    record = misbehave(api, deploy, f"import os, sys\ndef main(args):\n    {leave}\n")
    developer_error(record, EXITED)


def test_exit_while_it_starts(api: Api, deploy: Deploy, ours: None) -> None:
    record = misbehave(api, deploy, "import os\nos._exit(3)\n")
    developer_error(record, "Cannot start action. Check logs for details.")


def test_segmentation_fault(api: Api, deploy: Deploy, ours: None) -> None:
    code = "import ctypes\ndef main(args):\n    ctypes.string_at(0)\n"
    developer_error(misbehave(api, deploy, code), EXITED)


def test_exception(api: Api, deploy: Deploy) -> None:
    record = misbehave(api, deploy, "def main(args):\n    raise ValueError('went wrong')\n")
    failed(record, "application error", "went wrong")
    assert [line[31:] for line in record["logs"][-2:]] == [
        "stderr: ValueError: went wrong",
        "stderr: ",
    ]


def test_exception_keeps_the_worker(api: Api, deploy: Deploy) -> None:
    name = deploy("def main(args):\n    raise ValueError('went wrong')\n")
    api.invoke(name)
    assert "initTime" not in annotated(api.invoke(name).json())


def test_worker_that_failed_is_not_used_again(api: Api, deploy: Deploy) -> None:
    name = deploy("def main(args):\n    return None\n")
    api.invoke(name)
    assert "initTime" in annotated(api.invoke(name).json())


def test_deep_recursion(api: Api, deploy: Deploy) -> None:
    record = misbehave(api, deploy, "def main(args):\n    return main(args)\n")
    failed(record, "application error", record["response"]["result"]["error"])
    assert "maximum recursion depth" in record["response"]["result"]["error"]


def test_error_beside_other_keys(api: Api, deploy: Deploy) -> None:
    code = "def main(args):\n    return {'error': {'code': 7}, 'beside': 1}\n"
    failed(misbehave(api, deploy, code), "application error", {"code": 7})


def test_closed_output(api: Api, deploy: Deploy, ours: None) -> None:
    code = "import os, sys\ndef main(args):\n    sys.stdout.close(); os.close(2)\n"
    record = misbehave(api, deploy, code + "    return {'ok': 1}\n")
    assert record["response"]["result"] == {"ok": 1}


def test_own_files_deleted(api: Api, deploy: Deploy, ours: None) -> None:
    code = "import os, shutil\ndef main(args):\n    shutil.rmtree(os.getcwd())\n    os._exit(0)\n"
    name = deploy(code)
    for _ in range(2):
        record = api.invoke(name).json()
        developer_error(record, EXITED)
