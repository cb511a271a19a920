"""Contract §3.4, §5.1, §5.3: Python actions, and what they find around them."""

from __future__ import annotations

import base64
import io
import marshal
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import Api, annotated


def test_tar(api: Api, deploy: Deploy) -> None:
    files = {
        "__main__.py": "from pkg.helper import word\ndef main(args):\n    return {'word': word}\n",
        "pkg/__init__.py": "",
        "pkg/helper.py": "word = 'deep'\n",
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        folder = tarfile.TarInfo("pkg")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(folder)
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    action = deploy(base64.b64encode(buffer.getvalue()).decode())
    assert api.invoke(action, result=True).json() == {"word": "deep"}


def test_version_is_that_of_the_kind(api: Api, name: str, ours: None) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    code = "import sys\ndef main(args):\n    return {'v': '%d.%d' % sys.version_info[:2]}\n"
    api.put(name, {"exec": {"kind": f"python:{version}", "code": code}})
    record = api.invoke(name).json()
    assert record["response"]["result"] == {"v": version}
    assert annotated(record)["kind"] == f"python:{version}"


def test_bytecode_of_the_same_version(api: Api, name: str, ours: None) -> None:
    """As composer-python sends functions: marshalled by the client, whose version is the kind's."""
    compiled = compile("def twice(n):\n    return 2 * n\n", "<client>", "exec")
    data = base64.b64encode(marshal.dumps(compiled)).decode()
    code = (
        "import base64, marshal\n"
        "found = {}\n"
        f"exec(marshal.loads(base64.b64decode({data!r})), found)\n"
        "def main(args):\n"
        "    return {'n': found['twice'](args['n'])}\n"
    )
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    body = {"exec": {"kind": f"python:{version}", "code": code}}
    assert api.put(name, body).status_code == 200
    assert api.invoke(name, {"n": 21}, result=True).json() == {"n": 42}


def test_code_is_loaded_once(api: Api, deploy: Deploy) -> None:
    name = deploy("print('loaded')\ndef main(args):\n    print('run')\n    return {}\n")
    logs = [api.record(api.invoke(name).json()["activationId"])["logs"] for _ in range(3)]
    texts = [[line.partition(": ")[2] for line in lines] for lines in logs]
    assert texts == [["loaded", "run"], ["run"], ["run"]]


def test_environment_of_a_warm_run_is_its_own(api: Api, deploy: Deploy) -> None:
    code = (
        "import os\n"
        "def main(args):\n"
        "    return {key: os.environ[f'__OW_{key}'] for key in\n"
        "            ('ACTIVATION_ID', 'TRANSACTION_ID', 'DEADLINE')}\n"
    )
    name = deploy(code)
    for transaction_id in ("first", "second"):
        response = api.request(
            "POST",
            f"actions/{name}?blocking=true",
            json={},
            headers={"X-Request-ID": transaction_id},
        )
        record = response.json()
        found = record["response"]["result"]
        assert found["ACTIVATION_ID"] == record["activationId"]
        assert found["TRANSACTION_ID"] == transaction_id
        assert record["start"] < int(found["DEADLINE"]) <= record["end"] + 60_000
    assert "initTime" not in annotated(record)


def test_one_run_at_a_time(api: Api, deploy: Deploy) -> None:
    """Whatever comes at once, a worker has one of it."""
    code = (
        "import time\n"
        "running = 0\n"
        "def main(args):\n"
        "    global running\n"
        "    running += 1\n"
        "    time.sleep(0.1)\n"
        "    seen, running = running, running - 1\n"
        "    return {'running': seen}\n"
    )
    name = deploy(code)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: api.invoke(name, result=True).json(), range(6)))
    assert answers == [{"running": 1}] * 6


def test_logs_come_in_the_order_of_time(api: Api, deploy: Deploy) -> None:
    code = (
        "import sys, time\n"
        "def main(args):\n"
        "    for n in range(6):\n"
        "        print(n, file=(sys.stdout, sys.stderr)[n % 2], flush=True)\n"
        "        time.sleep(0.05)\n"
        "    return {}\n"
    )
    record = api.record(api.invoke(deploy(code)).json()["activationId"])
    assert [line[31:] for line in record["logs"]] == [
        f"{('stdout', 'stderr')[n % 2]}: {n}" for n in range(6)
    ]
    times = [line[:30] for line in record["logs"]]
    assert times == sorted(times)


def test_no_sentinel_is_in_the_logs(api: Api, deploy: Deploy) -> None:
    name = deploy("import sys\ndef main(args):\n    print('hi')\n    return {}\n")
    for _ in range(2):
        record = api.record(api.invoke(name).json()["activationId"])
        assert [line[31:] for line in record["logs"]] == ["stdout: hi"]


def test_files_that_can_be_open(api: Api, deploy: Deploy) -> None:
    code = """
import resource
def main(args):
    held = []
    try:
        while True: held.append(open('/dev/null'))
    except OSError as error:
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        return {'open': len(held), 'why': error.strerror, 'limit': limit}
"""
    result = api.invoke(deploy(code), result=True).json()
    assert (result["why"], result["limit"]) == ("Too many open files", [1024, 1024])
    assert 1000 <= result["open"] <= 1024


def test_output_that_is_not_flushed_comes_at_the_end_of_the_run(api: Api, deploy: Deploy) -> None:
    code = "import sys\ndef main(args):\n    print('first')\n"
    code += "    print('second', file=sys.stderr)\n    return {}\n"
    record = api.record(api.invoke(deploy(code)).json()["activationId"])
    assert [line[31:] for line in record["logs"]] == ["stderr: second", "stdout: first"]


def test_environment_of_the_proxy(api: Api, deploy: Deploy) -> None:
    names = ("__OW_EXECUTION_ENV", "__OW_PROXY_VERSION", "__OW_WAIT_FOR_ACK")
    code = f"import os\ndef main(args):\n    return {{k: os.environ.get(k) for k in {names}}}\n"
    result = api.invoke(deploy(code), result=True).json()
    assert result["__OW_EXECUTION_ENV"].startswith("openwhisk/action-python-v3.")
    assert all(result[name] for name in names)


def test_traceback_has_the_frames_of_the_launcher(api: Api, deploy: Deploy) -> None:
    code = "def main(args):\n    raise ValueError('no')\n"
    record = api.record(api.invoke(deploy(code)).json()["activationId"])
    lines = [line[31:].removeprefix("stderr: ") for line in record["logs"]]
    assert lines[:3] == [
        "Traceback (most recent call last):",
        '  File "/action/1/bin/exec__.py", line 65, in <module>',
        "    res = main(payload)",
    ]
    assert lines[-4:] == [
        '  File "/action/1/bin/main__.py", line 2, in main',
        "    raise ValueError('no')",
        "ValueError: no",
        "",
    ]
