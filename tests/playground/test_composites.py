"""Sequences and compositions of playgrounds that are stopped and killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.playground import PlaygroundInfo, start, stop
from tests.contract.helpers.api import Api, Target, annotated, python
from tests.contract.helpers.sequences import ECHO, sequence
from tests.playground.helpers.loop import wait_until
from tests.playground.helpers.processes import lives, with_argument


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    stop(tmp_path)


def started(data_dir: Path) -> tuple[PlaygroundInfo, Api]:
    info = start(data_dir, port=0, wait_s=30)
    auth = info.wskprops.read_text().splitlines()[1].removeprefix("AUTH=")
    return info, Api(Target(info.apihost, auth, is_playground=True))


def kill(info: PlaygroundInfo) -> None:
    os.kill(info.pid, signal.SIGKILL)
    wait_until(lambda: not lives(info.pid))


def ask_to_stop(info: PlaygroundInfo) -> None:
    stop(info.wskprops.parent.parent)


@pytest.mark.parametrize(
    ("end", "error", "components"),
    [
        (kill, "The playground stopped before this activation ended.", []),
        (
            ask_to_stop,
            "The playground was stopped during this run, which may already have had effects.",
            ["inner", "inner", "inner", "slow", "slow", "slow"],
        ),
    ],
)
def test_what_was_accepted_has_a_record(
    data_dir: Path, end: Callable[[PlaygroundInfo], None], error: str, components: list[str]
) -> None:
    info, api = started(data_dir)
    ran = data_dir / "ran"
    slow = f"import time\ndef main(args):\n    open({str(ran)!r}, 'a').write('x')\n"
    api.put("slow", python(f"{slow}    time.sleep(600)\n"))
    api.put("quick", python(ECHO))
    api.put("inner", sequence("quick", "slow", "quick"))
    api.put("outer", sequence("inner", "quick"))
    code = "def main(args):\n    return {'action': 'inner'}\n"
    api.put("conductor", python(code, annotations=[{"key": "conductor", "value": True}]))
    accepted = api.invoke("outer", blocking=False).json()["activationId"]
    composed = api.invoke("conductor", blocking=False).json()["activationId"]
    waited = api.invoke("outer", timeout=300).json()["activationId"]
    wait_until(lambda: ran.exists() and len(ran.read_text()) == 3)
    end(info)
    api.session.close()
    launcher = f"{data_dir}/playground/shipped/launcher.py"
    wait_until(lambda: with_argument(launcher) == [])
    _, api = started(data_dir)
    for activation_id in (accepted, composed, waited):
        record: dict[str, Any] = api.activation(activation_id).json()
        assert record["response"]["status"] == "whisk internal error"
        assert record["response"]["result"] == {"error": error}
        assert annotated(record)["kind"] == "sequence"
        assert annotated(record)["topmost"] is True
    # What had come to its end, or was ended, has a record too; nothing was run a second time.
    names = sorted(each["name"] for each in api.activations().json())
    topmost = ["conductor", "conductor", "outer", "outer", "quick", "quick", "quick"]
    assert names == sorted([*topmost, *components])
    assert ran.read_text() == "xxx"
    api.session.close()


def test_sequences_are_there_after_a_start(data_dir: Path) -> None:
    info, api = started(data_dir)
    api.put("quick", python(ECHO))
    entity = api.put("chain", sequence("quick", "quick")).json()
    kill(info)
    api.session.close()
    _, api = started(data_dir)
    assert api.get("chain").json() == entity
    assert api.invoke("chain", {"n": 1}, result=True).json() == {"n": 1}
    api.session.close()


def test_one_worker_is_enough(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_FAAS_PLAYGROUND_MEMORY_MB", "256")
    _, api = started(data_dir)
    for each in "ab":
        api.put(each, python(ECHO))
    api.put("inner", sequence("b", "a"))
    api.put("outer", sequence("a", "inner", "b"))
    accepted = [api.invoke("outer", {"n": n}, blocking=False).json() for n in range(4)]
    for n, each in enumerate(accepted):
        assert api.record(each["activationId"])["response"]["result"] == {"n": n}
    api.session.close()
