from __future__ import annotations

import re

from jupyter_faas.playground.workers.logs import STDERR, STDOUT, LogCollector

# 2026-11-24T22:36:23.189364123Z
NOW = 1795559783_189364123


def collector(limit: int = 10_000, earlier: tuple[str, ...] = ()) -> LogCollector:
    return LogCollector(limit, earlier, lambda: NOW)


def texts(lines: tuple[str, ...]) -> list[str]:
    return [line.split(": ", 1)[1] for line in lines]


def test_line() -> None:
    logs = collector()
    logs.feed(STDOUT, b"hi\n")
    assert logs.finish() == ("2026-11-24T22:36:23.189364123Z stdout: hi",)


def test_time_column_is_thirty_wide() -> None:
    logs = LogCollector(1000)
    logs.feed(STDERR, b"x\n")
    (line,) = logs.finish()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stderr: x", line)
    assert line.index(" ") == 30


def test_lines_come_in_pieces() -> None:
    logs = collector()
    logs.feed(STDOUT, b"a")
    logs.feed(STDERR, b"other\n")
    logs.feed(STDOUT, b"b\nc")
    assert [line.split(" ", 1)[1] for line in logs.finish()] == [
        "stderr: other",
        "stdout: ab",
        "stdout: c",
    ]


def test_empty_lines_are_lines() -> None:
    logs = collector()
    logs.feed(STDOUT, b"\n\n")
    assert texts(logs.finish()) == ["", ""]


def test_bytes_that_are_no_text() -> None:
    logs = collector()
    logs.feed(STDOUT, b"\xff\xfe\n")
    assert texts(logs.finish()) == ["��"]


def test_characters_that_are_cut_in_two() -> None:
    logs = collector()
    data = "ä\n".encode()
    logs.feed(STDOUT, data[:1])
    logs.feed(STDOUT, data[1:])
    assert texts(logs.finish()) == ["ä"]


def test_limit_is_said_in_the_last_line() -> None:
    logs = collector(200)
    for number in range(100):
        logs.feed(STDOUT, b"line %d\n" % number)
    lines = logs.finish()
    assert texts(lines)[:2] == ["line 0", "line 1"]
    assert lines[-1].endswith(
        " stderr: Logs were truncated because the total bytes size exceeds the limit of 200 bytes."
    )
    assert sum(map(len, lines[:-1])) <= 200
    assert len(lines) < 10


def test_line_without_an_end_is_bounded() -> None:
    logs = collector(1000)
    for _ in range(100):
        logs.feed(STDOUT, b"x" * 100)
    assert sum(map(len, logs._partial.values())) <= 1000
    assert texts(logs.finish())[-1].startswith("Logs were truncated")


def test_limit_of_nothing_keeps_nothing() -> None:
    logs = collector(0)
    logs.feed(STDOUT, b"hi\n")
    logs.say("hi")
    assert logs.finish() == ()


def test_earlier_lines_count() -> None:
    first = collector(200)
    first.feed(STDOUT, b"a" * 100 + b"\n")
    second = collector(200, first.finish())
    second.feed(STDOUT, b"b" * 100 + b"\n")
    lines = second.finish()
    assert texts(lines)[0] == "a" * 100
    assert texts(lines)[1].startswith("Logs were truncated")


def test_earlier_lines_that_were_cut_already() -> None:
    first = collector(50)
    first.feed(STDOUT, b"a" * 100 + b"\n")
    second = collector(50, first.finish())
    second.feed(STDOUT, b"b\n")
    assert len(second.finish()) == 1
