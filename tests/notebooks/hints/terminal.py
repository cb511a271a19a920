"""Commands of a case that run in a terminal instead of the notebook."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pexpect  # type: ignore[import-untyped]

from tests.magics.helpers.kernels import Cell

# What a cell begins with that is a command for a terminal.
TERMINAL = "$ "
_PATIENCE_S = 250


def run_in_terminal(
    command: str, folder: Path, data_dir: Path, *, typed: str | None = None
) -> Cell:
    """Run a command in ``folder``. What it prints is the cell's, and its error the cell's error.

    ``typed`` answers the question for a value that the command asks.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "JUPYTER_FAAS_DATA_DIR": str(data_dir)}
    if typed is not None:
        return _answered(command, typed, cwd=str(folder), env=environment)
    ran = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    return _cell(ran.stdout, ran.stderr, ran.returncode)


def _answered(command: str, typed: str, **options: object) -> Cell:
    child = pexpect.spawn("/bin/sh", ["-c", command], encoding="utf-8", timeout=60, **options)
    child.expect(": ")
    child.sendline(typed)
    child.expect(pexpect.EOF)
    child.close()
    return _cell(child.before or "", child.before or "", child.exitstatus or 0)


def _cell(output: str, errors: str, status: int) -> Cell:
    cell = Cell("terminal", stream=output + errors)
    if status:
        said = errors[errors.find("Error: ") :] if "Error: " in errors else errors
        message, _, hint = said.strip().partition("\n")
        cell.error = {"traceback": [f"{message}\n\n{hint}"]}
    return cell
