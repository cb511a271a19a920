from __future__ import annotations

import subprocess
import sys

from jupyter_faas.workspace.settings import this_environment, this_kind


def test_the_environment_is_this_interpreter() -> None:
    found = this_environment()
    assert found["executable"] == sys.executable
    assert found["prefix"] == sys.prefix
    assert found["version"].startswith(this_kind().removeprefix("python:"))


def test_the_same_interpreter_has_the_same_id_each_time() -> None:
    code = "from jupyter_faas.workspace.settings import *; print(this_environment()['id'])"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == this_environment()["id"]
