from __future__ import annotations

import pytest

from jupyter_faas.playground.runtimes.builds import BuildLog


def test_lines_of_two_streams_are_told_apart() -> None:
    says = BuildLog("x")
    says.feed("stdout", b"one ")
    says.feed("stderr", b"two\n")
    says.feed("stdout", b"three\nfour")
    says.say("five")
    assert says.output() == b"two\none three\nfive\nfour\n"


def test_credentials_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    says = BuildLog("x")
    says.feed("stdout", b"see http://me:sec")
    says.feed("stdout", b"r@et@host/x and https://token@host/y\n")
    assert says.output() == b"see http://***@host/x and https://***@host/y\n"
    assert caplog.messages == ["x: see http://***@host/x and https://***@host/y"]


def test_both_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    says = BuildLog("x")
    for n in range(5000):
        says.feed("stdout", b"line of some length number %d\n" % n)
    says.feed("stdout", b"x" * 200_000)
    output = says.output()
    assert len(output) <= 65536 + 1
    assert output.endswith(b"xxx\n")
    assert len(caplog.messages) == 200


def test_control_characters_stay_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    BuildLog("x").feed("stdout", b"a\x1b[31mb\x00\r\n\n")
    assert caplog.messages == ["x: a?[31mb?"]
