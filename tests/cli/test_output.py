"""Outputs that are closed, full or cannot show a character, and text that controls a terminal."""

from __future__ import annotations

import json
import subprocess

import pytest

from jupyter_faas.cli.output import without_control
from jupyter_faas.errors import MachineError
from tests.cli.conftest import Done, Program


def in_shell(faas: Program, script: str, **environ: str) -> Done:
    """Run a shell script, in which ``faas`` is the program."""
    faas_is = " ".join(faas.command)
    done = subprocess.run(
        ["/bin/sh", "-c", f'faas() {{ {faas_is} "$@"; }}; {script}'],
        capture_output=True,
        text=True,
        env={**faas.environ, **environ},
        timeout=50,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def test_full_output(faas: Program) -> None:
    done = in_shell(faas, "faas --version > /dev/full")
    assert done.code == 74
    assert done.err == "Error: The output cannot be written: No space left on device.\n"


def test_closed_output(faas: Program) -> None:
    done = in_shell(faas, "faas --version >&-")
    assert done.code == 74
    assert done.err == "Error: The output cannot be written: stdout is closed.\n"


@pytest.mark.parametrize("redirect", ["2>&-", "2>/dev/full"])
def test_closed_error_output(faas: Program, redirect: str) -> None:
    done = in_shell(faas, f"faas logs {redirect}")
    assert (done.code, done.out, done.err) == (2, "", "")


def test_reader_that_stops_reading(faas: Program) -> None:
    done = in_shell(faas, "{ faas --help; echo code $? >&2; } | head -1")
    assert done.out.startswith("usage: ")
    assert done.err in ("code 0\n",)


def test_encoding_without_a_character(faas: Program) -> None:
    done = in_shell(faas, "faas 'ä…'", PYTHONIOENCODING="ascii")
    assert done.code == 2
    assert "\\xe4\\u2026" in done.err
    assert "Traceback" not in done.err


def test_control_characters() -> None:
    text = "a\tb\n\x1b]0;title\x07 \x1b[2J\r\x7f\x9b1m é…"
    assert without_control(text) == (
        "a\tb\n\\u001b]0;title\\u0007 \\u001b[2J\\u000d\\u007f\\u009b1m é…"
    )
    assert json.loads(without_control(json.dumps("\x9b\x1b", ensure_ascii=False))) == "\x9b\x1b"


def test_os_error_that_may_be_a_bug_is_none() -> None:
    assert MachineError.from_os_error(OSError(9, "Bad file descriptor")) is None
    assert MachineError.from_os_error(ConnectionRefusedError()) is None
