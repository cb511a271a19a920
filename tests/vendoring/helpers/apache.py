"""An action run as Apache OpenWhisk's Python image runs it, as contract §5 describes that.

The proxy unzips the code and has it compiled: ``__main__.py`` becomes ``main__.py`` and the
launcher lies beside it as ``exec__.py``. The child's working directory is the action's, its
environment holds ``__OW_*`` alone (no PATH, no HOME), requests are lines on standard input,
answers lines on file descriptor 3.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_faas.bundle import Bundle
from jupyter_faas.installation import find_uv

LAUNCHER = """\
import json
import os
import sys
import traceback

if os.path.isdir("virtualenv"):
    sys.exit("a virtualenv is not what this test is about")
from main__ import main as main

answers = os.fdopen(3, "wb")


def answer(data):
    answers.write(json.dumps(data, ensure_ascii=False).encode() + b"\\n")
    sys.stdout.flush()
    sys.stderr.flush()
    answers.flush()


if os.environ.get("__OW_WAIT_FOR_ACK"):
    answer({"ok": True})
while line := sys.stdin.readline():
    request = json.loads(line)
    value = request.pop("value", {})
    os.environ.update({"__OW_" + key.upper(): text for key, text in request.items()})
    try:
        result = main(value)
    except Exception as error:
        traceback.print_exc()
        result = {"error": str(error)}
    answer(result)
"""

ENVIRONMENT = {
    "__OW_PROXY_VERSION": "1.23@1.25.0",
    "__OW_EXECUTION_ENV": "openwhisk/action-python-v3.11",
    "__OW_WAIT_FOR_ACK": "1",
    "__OW_API_HOST": "https://openwhisk.example",
}


class ActionFailed(Exception):
    """The container would have ended the activation with this in its logs."""


class Container:
    """One container: an action that was compiled and started. ``start_s``: until its ack."""

    def __init__(self, folder: Path) -> None:
        ours, theirs = os.pipe()
        begun = time.monotonic()
        self._logs = (folder.parent / "logs").open("w+b")
        # The proxy's child has 3 and no other descriptor beside the three of old.
        self._process = subprocess.Popen(
            [folder / "exec"],
            cwd=folder,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=self._logs,
            stderr=self._logs,
            preexec_fn=lambda: os.dup2(theirs, 3),
            pass_fds=(3,) if theirs != 3 else (),
        )
        os.close(theirs)
        self._answers = os.fdopen(ours, "rb")
        assert self._read() == {"ok": True}
        self.start_s = time.monotonic() - begun

    def run(self, value: Mapping[str, Any]) -> Any:
        """The action's answer to an activation."""
        request = {
            "value": value,
            "namespace": "guest",
            "action_name": "/guest/iris",
            "activation_id": "a" * 32,
            "deadline": str(int(time.time() * 1000) + 60_000),
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        return self._read()

    def logs(self) -> str:
        self._logs.seek(0)
        return self._logs.read().decode()

    def _read(self, limit_s: float = 50.0) -> Any:
        ready, _, _ = select.select([self._answers], [], [], limit_s)
        line = self._answers.readline() if ready else b""
        if not line:
            raise ActionFailed(self.logs())
        return json.loads(line)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._answers.close()
        self._logs.close()


def compile_action(bundle: Bundle, folder: Path, python: Path) -> Path:
    """Unzip and prepare, as the image's compile step does; nothing may be written there after."""
    bundle.unpack(folder)
    if (folder / "requirements.txt").exists():
        raise ActionFailed("the image would install requirements.txt within the init's time")
    (folder / "__main__.py").rename(folder / "main__.py")
    (folder / "exec__.py").write_text(LAUNCHER)
    (folder / "exec").write_text(f'#!/bin/sh\ncd "${{0%/*}}"\nexec {python} exec__.py\n')
    (folder / "exec").chmod(0o755)
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    return folder


@contextlib.contextmanager
def started(bundle: Bundle, folder: Path, python: Path) -> Iterator[Container]:
    """The action of ``bundle`` in a container of its own."""
    action = compile_action(bundle, folder / "bin", python)
    before = _files(action)
    container = Container(action)
    try:
        yield container
    finally:
        container.close()
        for path in (action, *action.rglob("*")):
            path.chmod(path.stat().st_mode | stat.S_IWUSR)
    assert _files(action) == before


def _files(folder: Path) -> set[Path]:
    """All but what Python itself would write where it may."""
    return {path for path in folder.rglob("*") if "__pycache__" not in path.parts}


def clean_python(version: str, folder: Path) -> Path | None:
    """An interpreter of that version with nothing installed, None when there is none to make it."""
    uv = find_uv()
    assert uv is not None
    base = subprocess.run(
        [uv, "python", "find", "--no-python-downloads", "--system", version],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    if not base:
        return None
    subprocess.run([base, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"
