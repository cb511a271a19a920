"""The words of cost and prices, and their text."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.commands.cost import cost_lines
from jupyter_faas.commands.table import Call, Outcome, parse
from jupyter_faas.commands.values import parse_moment
from jupyter_faas.errors import InputError
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.costs.choices import read_rate
from tests.workspace.helpers.samples import sample

NOW = 1_795_000_000_000
DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("words", "ago_ms"),
    [("7d", 7 * DAY_MS), ("12h", DAY_MS // 2), ("45 m", 45 * 60_000), ("2w", 14 * DAY_MS)],
)
def test_so_long_ago(words: str, ago_ms: int) -> None:
    assert parse_moment(words, NOW, "--since") == NOW - ago_ms


def test_a_day_begins_here() -> None:
    expected = int(datetime(2026, 11, 24).timestamp() * 1000)
    assert parse_moment("2026-11-24", NOW, "--since") == expected


@pytest.mark.parametrize("words", ["", "yesterday", "7", "7y", "-7d"])
def test_a_time_that_is_not_understood(words: str) -> None:
    with pytest.raises(InputError, match=r"--until: '.*' is not a valid time"):
        parse_moment(words, NOW, "--until")


@pytest.mark.parametrize(
    ("words", "share"), [("5%", "0.05"), ("0.05", "0.05"), ("0", "0"), ("100%", "1")]
)
def test_a_rate(words: str, share: str) -> None:
    assert read_rate(words) == Decimal(share)


@pytest.mark.parametrize("words", ["", "x", "101%", "-1", "1.5", "NaN", "NaN%"])
def test_no_rate(words: str) -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        read_rate(words)


def run(folder: Path, line: str) -> Outcome:
    call = parse("magic", line.split())
    assert isinstance(call, Call)
    return call.run(Workspace.open(folder, target="playground"))


def test_prices_are_listed_and_chosen(tmp_path: Path) -> None:
    lines = run(tmp_path, "prices").lines
    assert next(line for line in lines if line.startswith("*")).split()[1] == "digitalocean"
    assert any("$0.0000166667 per GB-s" in line for line in lines)
    used = run(tmp_path, "prices use aws-lambda-x86")
    chosen = [line for line in used.lines if line.startswith("*")]
    assert [line.split()[1] for line in chosen] == ["aws-lambda-x86"]
    assert isinstance(used.json, dict)
    listed = used.json["prices"]
    assert [each["name"] for each in listed if each["chosen"]] == ["aws-lambda-x86"]
    assert listed[0]["facts"]["usd_per_gb_second"]["sure"] == "A"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("prices use", "prices use needs the name of a price list"),
        ("prices list openwhisk", "prices list does not take a name"),
    ],
)
def test_prices_with_the_wrong_words(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(tmp_path, line)


def test_costs_as_text() -> None:
    lines = cost_lines(sample("cost"))
    assert any("Those that a composition waits for are in" in line for line in lines)
    assert lines[1] == "IBM Cloud Functions (2018, closed): $0.000017 per GB-s, 100 ms steps"
    head, crop, talk, pair, total = (line.split() for line in lines[3:8])
    assert head[0] == "FUNCTION"
    assert crop == [
        *("smart_body_crop", "3,891", "MB", "2,911", "MB", "12,480", "1.603", "s", "1.603", "s"),
        *("0.5%", "91,423", "$1.55", "$124.53"),
    ]
    assert talk[-1] == "$1,647.22"
    assert pair[-1] == pair[-2] == "—"
    assert total == ["Total", "12,491", "91,520", "$1.56"]
    text = "\n".join(lines)
    assert (
        "smart_body_crop: peak use was 2,911 MB of 3,891 MB over 12,480 calls. "
        "Set --memory 3072 in the cell: would have saved $0.33 in this period." in text
    )
    assert "EC2 t3.medium, 4 GB at $30.37 a month is cheaper" in text
    assert "keeping it warm with a call every 5 minutes costs" in text
    assert "Prices as of 2026-11-24" in text
    assert "Durations were measured" not in text


def changed(**more: Any) -> str:
    return "\n".join(cost_lines({**sample("cost"), **more}))


def test_text_of_nothing() -> None:
    assert "No runs in this period." in changed(functions=[])


def test_text_of_all_time_and_of_one_call() -> None:
    crop = {**sample("cost")["functions"][0], "measured": 1}
    text = changed(since=0, functions=[crop])
    assert text.startswith("All time – 20")
    assert "over 1 call. Set" in text


def test_text_tells_what_it_did_not_see() -> None:
    text = changed(seen={"runs": 2000, "complete": False, "added_up": False})
    assert "Based only on the latest 2,000 runs of this period" in text


def test_text_tells_that_cpu_differs_there() -> None:
    text = changed(prices={**sample("cost")["prices"], "speed": "memory"})
    assert "Durations were measured on playground" in text
