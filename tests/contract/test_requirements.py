"""Contract §5.3: packages that an action asks for in its requirements.txt."""

from __future__ import annotations

import os
import platform
import signal
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.playground import register_environment
from tests.contract.helpers.api import Api, annotated, python, zipped
from tests.contract.helpers.distributions import wheel, write_slow, write_wheel
from tests.contract.helpers.private import Private, private
from tests.playground.helpers.loop import wait_until

WORDS = """
import importlib, sys
def main(args):
    found = {name: importlib.import_module(name).word for name in args["names"]}
    return {"found": found, "prefix": sys.prefix}
"""
# Nothing listens on port 9.
CLOSED = "127.0.0.1:9"
IMPORTS = "import {0}\ndef main(args):\n    return {{'version': {0}.version}}\n"


def closed_index(login: str = "") -> str:
    """The URL of an index that does not respond."""
    return f"http://{login}{CLOSED}/simple"


def code(requirements: str, main: str = WORDS, **more: str | bytes) -> str:
    return zipped({"__main__.py": main, "requirements.txt": requirements, **more})


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the playground's installers find distributions, and the only place."""
    folder = tmp_path_factory.mktemp("shelf")
    for name in ("ping", "pong"):
        write_wheel(folder, name)
        write_wheel(folder, name, "2.0")
    return folder


def only(shelf: Path) -> dict[str, str]:
    where = str(shelf)
    return {
        "UV_OFFLINE": "1",
        "UV_NO_CONFIG": "1",
        "UV_FIND_LINKS": where,
        "UV_CACHE_DIR": f"{where}/.uv",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": where,
    }


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, shelf: Path) -> Iterator[Private]:
    with private(tmp_path_factory.mktemp("one"), **only(shelf)) as found:
        yield found


def run(api: Api, name: str, body: Mapping[str, Any], payload: object = None) -> dict[str, Any]:
    """The record of the first run of an action."""
    response = api.put(name, body, overwrite=True)
    assert response.status_code == 200, response.text
    given = payload if isinstance(payload, dict) else {}
    started = api.invoke(name, given, blocking=False).json()
    return api.record(started["activationId"])


def result(record: dict[str, Any]) -> Any:
    assert record["response"]["status"] == "success", record
    return record["response"]["result"]


def error(record: dict[str, Any]) -> str:
    assert record["response"]["status"] == "action developer error", record
    return str(record["response"]["result"]["error"])


def built(playground: Private) -> int:
    return playground.log.count("Installing the packages in requirements.txt")


def test_required_packages_are_installed(one: Private) -> None:
    record = run(one.api, "two", python(code("ping\npong==2.0 # this one\n")), {"names": ["ping"]})
    assert result(record)["found"] == {"ping": "ping"}
    assert result(record)["prefix"] != sys.prefix
    assert annotated(record)["initTime"] <= record["duration"]
    assert "Installed the packages in requirements.txt" in one.log


def test_version_that_is_asked_for_is_installed(one: Private) -> None:
    body = python(code("ping==1.0", IMPORTS.format("ping")))
    assert result(run(one.api, "older", body)) == {"version": "1.0"}


def test_packages_are_installed_once_for_all_who_ask(one: Private) -> None:
    names = [f"crowd{n}" for n in range(4)]
    for name in names:
        spelled = "Pong >= 1\n\nping\n" if name == "crowd1" else "# two\nping\npong>=1"
        assert one.api.put(name, python(code(spelled))).status_code == 200
    before = built(one)
    payload = {"names": ["ping", "pong"]}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda name: one.api.invoke(name, payload), names * 2))
    assert {each.status_code for each in answers} == {200}
    assert len({each.json()["response"]["result"]["prefix"] for each in answers}) == 1
    assert built(one) == before + 1


def test_packages_survive_a_restart(tmp_path: Path, shelf: Path) -> None:
    with private(tmp_path, **only(shelf)) as first:
        before = result(run(first.api, "a", python(code("ping")), {"names": ["ping"]}))
    with private(tmp_path, **only(shelf)) as second:
        answer = second.api.invoke("a", {"names": ["ping"]}, result=True)
        assert answer.json() == before
        assert built(second) == 1


def test_requirement_that_fails_is_named_and_logged(one: Private) -> None:
    record = run(one.api, "fails", python(code("ping\nno_such_thing==9\n")))
    assert error(record).startswith("The packages in requirements.txt could not be installed")
    assert "'no-such-thing==9'" in error(record)
    assert "'ping'" not in error(record)
    assert any("no-such-thing" in line for line in record["logs"])
    assert {line[31:38] for line in record["logs"]} == {"stderr:"}
    assert "initTime" in annotated(record)


def test_failed_installation_is_tried_again(one: Private, shelf: Path) -> None:
    body = python(code("late", IMPORTS.format("late")))
    assert "'late'" in error(run(one.api, "late", body))
    write_wheel(shelf, "late")
    assert one.api.invoke("late", result=True).json() == {"version": "1.0"}


def test_requirements_that_cannot_be_read(one: Private) -> None:
    assert "could not be installed" in error(run(one.api, "odd", python(code("ping ~~ what\n"))))


def test_editable_requirement_is_refused_with_the_reason(one: Private) -> None:
    assert error(run(one.api, "editable", python(code("-e .\n")))) == (
        "'-e .' in requirements.txt cannot be installed: write the path or the URL without -e."
    )


def test_init_timeout_ends_the_run_but_not_the_installation(
    one: Private, shelf: Path, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    write_slow(shelf, "sloth", gate)
    body = python(code("sloth"), limits={"timeout": 500})
    record = run(one.api, "slow", body, {"names": ["sloth"]})
    assert error(record) == (
        "The action exceeded its time limits of 500 milliseconds during initialization. The "
        "packages in requirements.txt are still being installed. The installation continues. "
        "Invoke the action again later."
    )
    assert annotated(record)["timeout"] is True
    assert annotated(record)["initTime"] >= 500
    gate.touch()
    wait_until(
        lambda: one.api.invoke("slow", {"names": ["sloth"]}).status_code == 200, patience_s=30
    )


def test_package_in_the_archive(one: Private) -> None:
    files = {"wheels/own-1.0-py3-none-any.whl": wheel("own")}
    body = python(code("--find-links ./wheels\nown\n", IMPORTS.format("own"), **files))
    assert result(run(one.api, "carries", body)) == {"version": "1.0"}
    files = {"wheels/own-1.5-py3-none-any.whl": wheel("own", "1.5")}
    body = python(code("--find-links ./wheels\nown\n", IMPORTS.format("own"), **files))
    assert result(run(one.api, "carries", body)) == {"version": "1.5"}


@pytest.mark.parametrize("requirements", ["", "# nothing\n\n", f"pytest=={version('pytest')}\n"])
def test_nothing_is_installed_that_is_there(one: Private, requirements: str) -> None:
    before = built(one)
    record = run(one.api, "there", python(code(requirements)), {"names": []})
    assert result(record)["prefix"] == sys.prefix
    assert built(one) == before


def test_action_packaged_from_an_environment_runs_in_it_without_an_installation(
    one: Private,
) -> None:
    environment = {
        "id": "ours",
        "executable": sys.executable,
        "prefix": sys.prefix,
        "version": platform.python_version(),
    }
    register_environment(one.folder.parent, environment)
    names = ("numpy", "onnxruntime", "scikit-learn")
    pinned = "".join(f"{name}=={version(name).partition('+')[0]}\n" for name in names)
    annotations = [{"key": "faas-environment", "value": "ours"}]
    before = built(one)
    record = run(one.api, "bundled", python(code(pinned), annotations=annotations), {"names": []})
    assert result(record)["prefix"] == sys.prefix
    assert built(one) == before


def test_environment_that_lacks_a_requirement_is_not_used(one: Private) -> None:
    register_environment(
        one.folder.parent,
        {
            "id": "lacks",
            "executable": sys.executable,
            "prefix": sys.prefix,
            "version": platform.python_version(),
        },
    )
    annotations = [{"key": "faas-environment", "value": "lacks"}]
    body = python(code("ping==2.0", IMPORTS.format("ping")), annotations=annotations)
    assert result(run(one.api, "lacking", body)) == {"version": "2.0"}


def test_registry_that_is_not_reached_is_the_reason(tmp_path: Path) -> None:
    nowhere = {
        "UV_DEFAULT_INDEX": closed_index(),
        "UV_HTTP_RETRIES": "0",
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_NO_CONFIG": "1",
    }
    with private(tmp_path / "data", **nowhere) as playground:
        record = run(playground.api, "a", python(code("some_package")))
        assert error(record) == (
            "The packages in requirements.txt could not be installed ('some-package'): the "
            "package index is not reachable. See logs for details."
        )


def test_password_of_a_registry_is_nowhere(tmp_path: Path) -> None:
    secret = {
        "UV_DEFAULT_INDEX": closed_index("someone:hunter2@"),
        "UV_HTTP_RETRIES": "0",
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_NO_CONFIG": "1",
    }
    with private(tmp_path / "data", **secret) as playground:
        record = run(playground.api, "a", python(code("some_package")))
        assert "could not be installed" in error(record)
        assert "hunter2" not in str(record)
        assert "hunter2" not in playground.log


@pytest.mark.heavy
def test_package_of_the_real_registry(api: Api, name: str) -> None:
    main = "import toml\ndef main(args):\n    return {'version': toml.__version__}\n"
    assert result(run(api, name, python(code("toml==0.10.2", main)))) == {"version": "0.10.2"}


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_installation_ends_with_the_playground(
    shelf: Path, tmp_path: Path, number: signal.Signals
) -> None:
    write_slow(shelf, "never", tmp_path / "gate")
    with private(tmp_path / "data", **only(shelf)) as playground:
        playground.api.put("a", python(code("never")))
        playground.api.invoke("a", blocking=False)
        builds = str(playground.folder / "builds")
        wait_until(lambda: bool(_working_in(builds)))
        os.kill(playground.info.pid, number)
        wait_until(lambda: not _working_in(builds))


def _working_in(folder: str) -> list[str]:
    """The processes that name ``folder`` in their command line."""
    found = []
    for each in os.listdir("/proc"):
        if each.isdigit():
            try:
                words = Path(f"/proc/{each}/cmdline").read_text(errors="replace")
            except OSError:
                continue
            if folder in words:
                found.append(each)
    return found
