from __future__ import annotations

import re

import pytest

from jupyter_faas.playground.workers.logs import (
    STDERR,
    STDOUT,
    LogCollector,
    with_missing_line,
)

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
    assert [line.split(" ", 1)[1] for line in logs.finish()] == ["stderr: other", "stdout: ab"]


def test_text_without_a_line_break_at_the_end_is_lost() -> None:
    logs = collector()
    logs.feed(STDOUT, b"a\nno newline")
    assert texts(logs.finish()) == ["a"]


@pytest.mark.parametrize("pieces", [1, 7])
def test_long_lines_are_split_as_docker_does(pieces: int) -> None:
    logs = collector(100_000)
    data = b"x" * 40_000 + b"\n"
    size = len(data) // pieces + 1
    for start in range(0, len(data), size):
        logs.feed(STDOUT, data[start : start + size])
    assert list(map(len, texts(logs.finish()))) == [16_384, 16_384, 40_000 - 2 * 16_384]


def test_limit_counts_the_json_around_each_line() -> None:
    """Contract §3.4: 8,674 lines of 51 bytes fill 1 MB of Docker's log."""
    logs = collector(1024 * 1024)
    for _ in range(10_000):
        logs.feed(STDOUT, b"0123456789" * 5 + b"\n")
    assert len(logs.finish()) - 1 == pytest.approx(8674, rel=0.002)


def test_line_at_the_end_of_a_developer_errors_logs() -> None:
    assert with_missing_line(("a",), 1, NOW) == (
        "a",
        "2026-11-24T22:36:23.189364123Z stderr: The action did not initialize or run as expected. "
        "Log data might be missing.",
    )


def test_limit_of_nothing_keeps_no_line_at_the_end() -> None:
    assert with_missing_line((), 0, NOW) == ()


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
    for _ in range(1000):
        logs.feed(STDOUT, b"x" * 100)
    assert sum(map(len, logs._partial.values())) < 16_384
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
