"""``jupyter faas playground`` with processes that come and go."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from pathlib import Path
from urllib.request import urlopen

import pytest

from jupyter_faas.playground import status
from tests.cli.conftest import Program


def actions_per_minute(apihost: str) -> int:
    with urlopen(apihost, timeout=30) as reply:
        return int(json.load(reply)["limits"]["actions_per_minute"])


def test_start_stop_and_start_again(faas: Program) -> None:
    started = faas("playground", "start")
    assert started.code == 0
    first, second = started.out.splitlines()
    assert first.startswith("The playground is running at http://127.0.0.1:")
    assert second == f"wskprops: {faas.data_dir / 'playground' / 'wskprops'}"
    assert faas("playground").out.splitlines() == [first, second]
    assert faas("playground", "start").out.startswith("The playground was already running at ")
    assert faas("playground", "stop").out == "The playground has stopped.\n"
    assert faas("playground").code == 3


def test_port_that_is_taken(faas: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = faas("playground", "start", "--port", str(port))
    assert done.code == 3
    assert f"Port {port} is already in use" in done.err


@pytest.mark.parametrize("more", [(), ("--rate-limits",)], ids=["off", "on"])
def test_rate_limits(faas: Program, more: tuple[str, ...]) -> None:
    assert faas("playground", "start", *more).code == 0
    running = status(faas.data_dir)
    assert running is not None
    assert actions_per_minute(running.apihost) == (60 if more else 1_000_000)


@pytest.mark.parametrize("more", [(), ("--foreground",)], ids=["background", "foreground"])
@pytest.mark.parametrize("port", ["65536", "-1"])
def test_port_that_does_not_exist(faas: Program, port: str, more: tuple[str, ...]) -> None:
    done = faas("playground", "start", f"--port={port}", *more)
    assert done.code == 2
    assert done.error.startswith(f"Error: Invalid port {port}.\nA port is a number up to 65535")
    assert not faas.data_dir.exists()


def test_rate_limits_of_one_that_is_not_started(faas: Program) -> None:
    done = faas("playground", "stop", "--rate-limits")
    assert done.code == 2
    assert "--rate-limits can be used only with playground start." in done.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_foreground_lasts_until_a_signal(faas: Program, number: signal.Signals) -> None:
    command = [*faas.command, "playground", "start", "--foreground"]
    with subprocess.Popen(
        command, env=faas.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        running = status(faas.data_dir)
        assert running is not None
        assert line == f"The playground is running at {running.apihost}\n"
        assert process.poll() is None
        process.send_signal(number)
        assert process.wait(30) == 0
    assert status(faas.data_dir) is None


def test_foreground_with_rate_limits(faas: Program) -> None:
    command = [*faas.command, "playground", "start", "--foreground", "--rate-limits"]
    with subprocess.Popen(
        command, env=faas.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        running = status(faas.data_dir)
        assert running is not None
        assert actions_per_minute(running.apihost) == 60
        process.terminate()
        assert process.wait(30) == 0


def test_foreground_when_one_runs(faas: Program) -> None:
    assert faas("playground", "start").code == 0
    done = faas("playground", "start", "--foreground")
    assert done.code == 0
    assert done.out.startswith("The playground was already running at ")


def test_foreground_with_a_port_that_is_taken(faas: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = faas("playground", "start", "--foreground", "--port", str(port))
    assert done.code == 3
    assert f"Port {port} is already in use" in done.err
    assert "Error: The playground did not start.\n" in done.err


def test_namespaces(faas: Program) -> None:
    assert faas("playground", "start").code == 0
    added = faas("playground", "namespace", "add", "other")
    path = faas.data_dir / "playground" / "namespaces" / "other.wskprops"
    assert added.out == f"Added the namespace other.\nwskprops: {path}\n"
    (key,) = (line[5:] for line in path.read_text().splitlines() if line.startswith("AUTH="))
    listed = faas("playground", "namespace", "list", "--json")
    assert [each["name"] for each in listed.json["namespaces"]] == ["guest", "other"]
    assert faas("playground", "namespace", "add", "other").code == 2
    removed = faas("playground", "namespace", "remove", "other")
    assert removed.code == 0
    assert faas("playground", "namespace", "remove", "other").code == 4
    assert not any(key in done.out + done.err for done in (added, listed, removed))


def test_tls_says_where_and_what_to_trust(faas: Program) -> None:
    done = faas("playground", "start", "--tls")
    assert done.code == 0, done.err
    running = status(faas.data_dir)
    assert running is not None
    folder = faas.data_dir / "playground"
    assert done.out.splitlines() == [
        f"The playground is running at {running.apihost}",
        f"wskprops: {folder / 'wskprops'}",
        f"https: https://127.0.0.1:{running.port}",
        f"ca: {folder / 'ca.pem'}",
    ]
    found = faas("playground", "--json").json
    assert (found["https"], found["ca"]) == (running.https, str(folder / "ca.pem"))


def test_tls_for_one_that_runs_without(faas: Program) -> None:
    assert faas("playground", "start").code == 0
    done = faas("playground", "start", "--tls")
    assert done.code == 3
    assert "is already running, without TLS.\n" in done.err
    assert done.err.endswith("jupyter faas playground stop\n")


def test_tls_goes_with_start_only(faas: Program) -> None:
    done = faas("playground", "stop", "--tls")
    assert (done.code, done.error) == (2, "Error: --tls can be used only with playground start.\n")


def test_foreground_with_tls(faas: Program) -> None:
    command = [*faas.command, "playground", "start", "--foreground", "--tls"]
    with subprocess.Popen(
        command, env=faas.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(4)]
        running = status(faas.data_dir)
        assert running is not None
        assert lines[2:] == [f"https: {running.https}", f"ca: {running.ca}"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_damaged_database_is_repaired(faas: Program) -> None:
    assert faas("playground", "start").code == 0
    refused = faas("playground", "repair")
    assert refused.code == 3
    assert "The playground is running." in refused.err
    faas("playground", "stop")
    assert faas("playground", "repair").out == (
        "The database is not damaged. Nothing was changed.\n"
    )
    database = faas.data_dir / "playground/records.db"
    content = database.read_bytes()
    database.write_bytes(bytes(4096) + content[4096:])
    failed = faas("playground", "start")
    assert failed.code == 3
    assert f"{database} is not a database.\n" in failed.err
    assert "Run jupyter faas playground repair." in failed.err
    assert "Traceback" not in failed.err
    done = faas("playground", "repair")
    assert done.code == 0
    folder = done.out.splitlines()[0].removeprefix(
        "Repaired the database. The damaged files are in "
    )[:-1]
    assert (Path(folder) / "records.db").read_bytes()[4096:] == content[4096:]
    assert faas("playground", "start").code == 0


def test_repair_without_a_database(faas: Program) -> None:
    done = faas("playground", "repair")
    assert done.code == 3
    assert "There is no database in " in done.err
    assert not (faas.data_dir / "playground/records.db").exists()
