"""The playground answers recorded requests as the real OpenWhisk did (``tools/replay``)."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tools.replay.__main__ import RECURSION_LIMIT
from tools.replay.compare import Difference
from tools.replay.host import playground
from tools.replay.recordings import (
    AREAS,
    DIFFERS,
    MAX_DIFFERENCES,
    expected_differences,
    recorded,
)
from tools.replay.run import Tally, replay
from tools.replay.send import Sender


def listed() -> dict[str, str]:
    return expected_differences(DIFFERS.read_text("utf-8"))


@pytest.fixture
def deep_recursion() -> Iterator[None]:
    """Some replies have hundreds of levels."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(RECURSION_LIMIT)
    yield
    sys.setrecursionlimit(before)


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    with playground(tmp_path_factory.mktemp("replay")) as sender:
        yield sender


@pytest.mark.heavy
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("area", AREAS)
def test_replies_are_those_of_openwhisk(sender: Sender, area: str, deep_recursion: None) -> None:
    tally = replay(sender, area)
    assert tally.sent
    faults = tally.faults(listed())
    assert not faults, "\n".join(["", str(tally), *faults])


def test_requests_that_are_listed_were_recorded() -> None:
    names = {each.name for area in AREAS for each in recorded(area)}
    assert sorted(set(listed()) - names) == []


def test_few_requests_are_listed() -> None:
    assert len(listed()) <= MAX_DIFFERENCES


def test_list_that_is_too_short_or_too_long_is_a_fault() -> None:
    tally = Tally("x", ["x/a", "x/b", "x/c", "x/d"], {"x/a": [Difference("status", 200, 404)]})
    assert tally.alike == 3
    expected = {"x/b": "configuration", "other/z": "configuration"}
    assert tally.faults(expected) == [
        "x/a differs:\n    status: 200  ->  404",
        "x/b does not differ, but is listed as: configuration",
    ]
    assert tally.faults({"x/a": "configuration"}) == []


def test_reasons_of_the_list() -> None:
    text = "# configuration\nx/a\n\n# on purpose: contract §9.2\nx/c\n"
    assert expected_differences(text) == {
        "x/a": "configuration",
        "x/c": "on purpose: contract §9.2",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x/a\n", "'' is not a known reason"),
        ("# because\nx/a\n", "'because' is not a known reason"),
        ("# not yet\nx/a\n", "'not yet' is not a known reason"),
        ("# on purpose: contract §9.2\nx/a\n# configuration\nx/a\n", "x/a occurs twice"),
    ],
)
def test_list_that_is_none(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        expected_differences(text)
