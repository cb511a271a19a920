"""Starting and stopping real playgrounds, and killing them."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import requests

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground import PlaygroundInfo, start, status, stop
from tests.contract.helpers.api import HELLO, Api, Target, python
from tests.playground.helpers.loop import wait_until
from tests.playground.helpers.processes import lives, with_argument


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    stop(tmp_path)


def started(data_dir: Path, port: int | None = 0) -> PlaygroundInfo:
    return start(data_dir, port=port, wait_s=30)


def api_of(info: PlaygroundInfo) -> Api:
    auth = info.wskprops.read_text().splitlines()[1].removeprefix("AUTH=")
    return Api(Target(info.apihost, auth, is_playground=True))


def kill(info: PlaygroundInfo) -> None:
    os.kill(info.pid, signal.SIGKILL)
    wait_until(lambda: not lives(info.pid))


def test_start_finds_the_one_that_runs(data_dir: Path) -> None:
    assert status(data_dir) is None
    first = started(data_dir)
    assert not first.already_running
    second = started(data_dir)
    assert second.already_running
    assert (second.pid, second.port) == (first.pid, first.port)
    found = status(data_dir)
    assert found is not None
    assert found.pid == first.pid
    assert found.started_ms == first.started_ms


def test_several_starts_at_once_make_one(data_dir: Path) -> None:
    code = "import sys; from pathlib import Path; from jupyter_faas.playground import start\n"
    code += "print(start(Path(sys.argv[1]), port=0, wait_s=30).pid)"
    commands = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(data_dir)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    pids = {command.communicate()[0].strip() for command in commands}
    info = status(data_dir)
    assert info is not None
    assert pids == {str(info.pid)}


def test_two_that_want_one_port_at_the_same_time_have_one_each(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        state = json.dumps({"port": probe.getsockname()[1]})
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        (folder / "playground").mkdir(parents=True)
        (folder / "playground" / "state.json").write_text(state)
    try:
        with ThreadPoolExecutor() as pool:
            infos = list(pool.map(lambda folder: started(folder, port=None), folders))
        assert infos[0].port != infos[1].port
        # Each is reached where it says that it is: another would not know the key.
        assert [api_of(info).request("GET", "actions").status_code for info in infos] == [200, 200]
    finally:
        for folder in folders:
            stop(folder)


def test_files(data_dir: Path) -> None:
    info = started(data_dir)
    folder = data_dir / "playground"
    assert info.wskprops == folder / "wskprops"
    apihost, auth = info.wskprops.read_text().splitlines()
    assert apihost == f"APIHOST={info.apihost}"
    assert auth == f"AUTH={(folder / 'key').read_text().strip()}"
    for name in ("wskprops", "key"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    state = json.loads((folder / "state.json").read_text())
    assert state == {
        "port": info.port,
        "pid": info.pid,
        "started": info.started_ms,
        "tls": False,
    }
    assert (info.ca, info.https) == (None, None)
    assert not (folder / "ca.pem").exists()


def test_it_is_nobodys_child_and_has_its_own_session(data_dir: Path) -> None:
    info = started(data_dir)
    assert os.getsid(info.pid) != os.getsid(0)
    assert info.pid not in {child.pid for child in psutil.Process().children(recursive=True)}


def test_it_listens_to_this_machine_only(data_dir: Path) -> None:
    info = started(data_dir)
    listening = [
        each.laddr.ip
        for each in psutil.Process(info.pid).net_connections()
        if each.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


def test_port_and_key_are_remembered(data_dir: Path) -> None:
    first = started(data_dir)
    wskprops = first.wskprops.read_text()
    stop(data_dir)
    second = started(data_dir, port=None)
    assert second.port == first.port
    assert second.wskprops.read_text() == wskprops


def test_remembered_port_that_is_taken(data_dir: Path) -> None:
    first = started(data_dir)
    stop(data_dir)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", first.port))
        other.listen()
        assert started(data_dir, port=None).port != first.port


def test_wanted_port_that_is_taken(data_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PlaygroundError, match="did not start") as error:
            started(data_dir, port=port)
    assert f"Port {port} is already in use." in error.value.hint


def test_start_that_fails_tells_the_log(data_dir: Path) -> None:
    (data_dir / "playground").mkdir()
    (data_dir / "playground/key").write_text("nonsense")
    with pytest.raises(PlaygroundError, match="did not start") as error:
        started(data_dir)
    assert "does not contain a key" in error.value.hint
    assert status(data_dir) is None


def test_stop(data_dir: Path) -> None:
    info = started(data_dir)
    api = api_of(info)
    api.put("hello", python())
    assert api.invoke("hello").status_code == 200
    assert len(with_argument(f"{data_dir}/playground/shipped/launcher.py")) == 2
    assert stop(data_dir)
    assert not lives(info.pid)
    assert with_argument(str(data_dir)) == []
    assert not stop(data_dir)


def test_stop_of_one_that_does_not_answer(data_dir: Path) -> None:
    info = started(data_dir)
    os.kill(info.pid, signal.SIGSTOP)
    assert stop(data_dir, wait_s=0.2)
    assert not lives(info.pid)


SLOW_END = """
import os, signal, sys, time
from pathlib import Path
from jupyter_faas.playground.data_dir import DataDirectory
folder = DataDirectory(Path(sys.argv[1]))
folder.create()
lock = folder.acquire_lock()
def end(*_):
    os.close(lock)
    time.sleep(0.5)
    os._exit(0)
signal.signal(signal.SIGTERM, end)
print("holds", flush=True)
signal.pause()
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux")
def test_stop_waits_for_the_end_of_the_process_and_not_only_for_its_lock(data_dir: Path) -> None:
    command = [sys.executable, "-c", SLOW_END, str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holds\n"
        assert stop(data_dir) is not None
        assert not lives(process.pid)


def test_everything_acknowledged_survives_sigkill(data_dir: Path) -> None:
    info = started(data_dir)
    api = api_of(info)
    action = api.put("hello", python()).json()
    api.put("gone", python())
    api.delete("gone")
    records = [api.invoke("hello", {"name": str(n)}).json() for n in range(20)]
    kill(info)
    api = api_of(started(data_dir))
    assert api.get("hello").json() == action
    assert api.get("gone").status_code == 404
    listed = api.activations(limit=200, docs=True).json()
    assert sorted(each["activationId"] for each in listed) == sorted(
        each["activationId"] for each in records
    )
    for record in records:
        assert {**api.record(record["activationId"]), "logs": []} == record
    assert api.invoke("hello", result=True).json() == {"greeting": "Hello stranger"}


def test_no_zygote_and_no_worker_of_one_outlives_sigkill(data_dir: Path) -> None:
    info = started(data_dir)
    api = api_of(info)
    source = "import os\ndef main(p):\n  with open(f'/proc/{os.getppid()}/cmdline') as file:\n"
    api.put("forked", python(source + "    return {'is': 'zygote.py' in file.read()}"))

    def forked() -> bool:
        api.put("forked", python(source + "    return {'is': 'zygote.py' in file.read()}"), True)
        return bool(api.invoke("forked").json()["response"]["result"]["is"])

    wait_until(forked)
    assert len(with_argument(str(data_dir))) > 2
    kill(info)
    wait_until(lambda: not with_argument(str(data_dir)))


def test_accepted_run_ends_as_internal_error_after_sigkill(data_dir: Path) -> None:
    info = started(data_dir)
    api = api_of(info)
    ran = data_dir / "ran"
    code = f"import time\ndef main(args):\n    open({str(ran)!r}, 'a').write('x')\n"
    api.put("slow", python(code + "    time.sleep(600)\n"))
    accepted = api.invoke("slow", blocking=False).json()["activationId"]
    waited = api.invoke("slow", timeout=300).json()["activationId"]
    wait_until(lambda: ran.exists() and len(ran.read_text()) == 2)
    kill(info)
    wait_until(lambda: with_argument(f"{data_dir}/playground/shipped/launcher.py") == [])
    api = api_of(started(data_dir))
    for activation_id in (accepted, waited):
        record = api.activation(activation_id).json()
        assert record["response"]["status"] == "whisk internal error"
        assert record["response"]["result"] == {
            "error": "The playground stopped before this activation ended."
        }
    assert len(api.activations().json()) == 2
    # It was not run a second time.
    assert ran.read_text() == "xx"


def test_stop_ends_runs_with_a_record_and_names_them(data_dir: Path) -> None:
    api = api_of(started(data_dir))
    ran = data_dir / "ran"
    code = f"import time\ndef main(args):\n    open({str(ran)!r}, 'a').write('x')\n"
    api.put("slow", python(code + "    print('begun', flush=True)\n    time.sleep(600)\n"))
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(api.invoke, "slow")
        wait_until(ran.exists)
        accepted = api_of(started(data_dir)).invoke("slow", blocking=False).json()["activationId"]
        wait_until(lambda: len(ran.read_text()) == 2)
        stopped = stop(data_dir)
    assert stopped is not None
    reply = waiting.result()
    error = "The playground was stopped during this run, which may already have had effects."
    assert (reply.status_code, reply.json()["response"]["result"]) == (500, {"error": error})
    ids = [reply.json()["activationId"], accepted]
    assert [(run.name, run.activation_id) for run in stopped.ended] == [
        ("slow", each) for each in ids
    ]
    api = api_of(started(data_dir))
    for activation_id in ids:
        record = api.activation(activation_id).json()
        assert record["response"]["status"] == "whisk internal error"
        assert record["response"]["result"] == {"error": error}
        # Both ran until the stop, which gives requests 3 s.
        assert record["duration"] > 1000
        assert "begun" in record["logs"][0]
    assert ran.read_text() == "xx"


def test_stop_without_runs_names_none(data_dir: Path) -> None:
    api_of(started(data_dir))
    stopped = stop(data_dir)
    assert stopped is not None
    assert stopped.ended == ()


def test_stop_tells_the_caller_of_a_run_that_has_not_begun(data_dir: Path) -> None:
    api = api_of(started(data_dir))
    ran, begun = data_dir / "ran", data_dir / "begun"
    # The first line runs while the worker starts.
    code = f"import time\nopen({str(begun)!r}, 'w').close()\ntime.sleep(600)\n"
    api.put("cold", python(f"{code}def main(args):\n    open({str(ran)!r}, 'w').close()\n"))
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(api.invoke, "cold")
        wait_until(begun.exists)
        stop(data_dir)
    reply = waiting.result()
    assert reply.status_code == 500
    assert reply.json()["error"] == "The playground was stopped before it called the function."
    assert not ran.exists()


def test_torn_journal_is_no_obstacle(data_dir: Path) -> None:
    info = started(data_dir)
    api = api_of(info)
    api.put("hello", python())
    kept = api.invoke("hello").json()["activationId"]
    kill(info)
    with (data_dir / "playground/journal").open("ab") as journal:
        journal.write(b'deadbeef R{"activationId": "')
    api = api_of(started(data_dir))
    assert [each["activationId"] for each in api.activations().json()] == [kept]


def test_it_stops_when_nobody_needs_it(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JUPYTER_FAAS_PLAYGROUND_IDLE_MINUTES", "0.005")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    info = started(data_dir)
    wait_until(lambda: not lives(info.pid))
    assert "no Jupyter server is running" in (data_dir / "playground/playground.log").read_text()


def test_it_stays_while_a_jupyter_server_runs(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    server = runtime / "jpserver-1.json"
    server.write_text(json.dumps({"pid": os.getpid()}))
    monkeypatch.setenv("JUPYTER_FAAS_PLAYGROUND_IDLE_MINUTES", "0.002")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    info = started(data_dir)
    wait_until(lambda: time.time() * 1000 > info.started_ms + 800)
    assert lives(info.pid)
    server.unlink()
    wait_until(lambda: not lives(info.pid))


def test_idle_workers_leave(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_FAAS_PLAYGROUND_WORKER_IDLE_SECONDS", "0.1")
    api = api_of(started(data_dir))
    api.put("hello", python())
    api.invoke("hello")
    wait_until(lambda: with_argument(f"{data_dir}/playground/shipped/launcher.py") == [])
    assert api.invoke("hello").status_code == 200


def test_no_key_in_log_or_arguments(data_dir: Path) -> None:
    info = started(data_dir)
    api = api_of(info)
    api.put("hello", python(HELLO))
    api.invoke("hello")
    api.session.auth = ("wrong", "key")
    api.get("hello")
    key = api.target.auth.partition(":")[2]
    assert key not in (data_dir / "playground/playground.log").read_text()
    assert key not in str(psutil.Process(info.pid).cmdline())


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlaygroundError, match="cannot be used"):
        start(tmp_path / "file")


def test_tls_keeps_its_certificate_over_restarts(data_dir: Path) -> None:
    first = start(data_dir, port=0, tls=True, wait_s=30)
    assert first.ca == data_dir / "playground/ca.pem"
    assert first.https == f"https://127.0.0.1:{first.port}"
    trusted = first.ca.read_bytes()
    assert status(data_dir) == replace(first, already_running=True)
    stop(data_dir)
    second = start(data_dir, tls=True, wait_s=30)
    assert second.port == first.port
    assert first.ca.read_bytes() == trusted
    assert requests.get(f"{second.https}/ping", verify=str(second.ca), timeout=10).text == "pong"


def test_tls_is_not_asked_of_a_playground_that_runs_without(data_dir: Path) -> None:
    running = started(data_dir)
    with pytest.raises(
        PlaygroundError, match=r"is already running, without TLS\.\n.*playground stop"
    ):
        start(data_dir, tls=True)
    assert status(data_dir) == replace(running, already_running=True)


def test_a_playground_with_tls_is_found_by_whoever_does_not_ask_for_it(data_dir: Path) -> None:
    running = start(data_dir, port=0, tls=True, wait_s=30)
    assert started(data_dir) == replace(running, already_running=True)


def test_after_tls_it_can_be_without_again(data_dir: Path) -> None:
    running = start(data_dir, port=0, tls=True, wait_s=30)
    stop(data_dir)
    plain = started(data_dir, port=None)
    assert plain.ca is None
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://127.0.0.1:{running.port}/ping", timeout=10)


def test_the_environment_can_ask_for_tls(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_FAAS_PLAYGROUND_TLS", "1")
    assert started(data_dir).https is not None


def test_stop_with_tls_waits_for_no_silent_connection(data_dir: Path) -> None:
    info = start(data_dir, port=0, tls=True, wait_s=30)
    with socket.create_connection(("127.0.0.1", info.port)) as silent:
        assert requests.get(f"{info.https}/ping", verify=str(info.ca), timeout=10).ok
        stop(data_dir)
        assert silent.recv(1) == b""
    assert "Stopped." in (data_dir / "playground/playground.log").read_text()
