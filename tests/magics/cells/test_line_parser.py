from __future__ import annotations

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.magics.cells.line_parser import split_words, unquote


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  iris   --memory 512 ", ["iris", "--memory", "512"]),
        ('iris --sample df[["age", "class"]]', ["iris", "--sample", 'df[["age", "class"]]']),
        ("iris --sample X[:, :2] --deploy", ["iris", "--sample", "X[:, :2]", "--deploy"]),
        ("note='two words' a=1", ["note='two words'", "a=1"]),
        ('tags=["a b", "c]"] n=1', ['tags=["a b", "c]"]', "n=1"]),
        ("note=don't worry", ["note=don't", "worry"]),
        (r'text="say \"hi there\"" n=1', [r'text="say \"hi there\""', "n=1"]),
    ],
    ids=["nothing", "blanks", "quotes", "slice", "single", "list", "apostrophe", "escaped"],
)
def test_line_is_cut_at_blanks_outside_quotes_and_brackets(line: str, words: list[str]) -> None:
    assert split_words(line) == words


@pytest.mark.parametrize(
    ("line", "missing"),
    [('note="two', '"'), ("--sample df[['a']", r"\]")],
    ids=["quote", "bracket"],
)
def test_line_with_an_open_end_is_refused(line: str, missing: str) -> None:
    with pytest.raises(InputError, match=f"Missing {missing} in: "):
        split_words(line)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("plain", "plain"),
        ('"X + 1"', "X + 1"),
        ("note='two words'", "note=two words"),
        ('text=""', "text="),
        ('["a", "b"]', '["a", "b"]'),
        ('"a" + "b"', '"a" + "b"'),
        ('df["a"] == "b"', 'df["a"] == "b"'),
    ],
    ids=["plain", "whole", "value", "empty", "list", "expression", "comparison"],
)
def test_quotes_go_when_they_lie_around_the_whole(word: str, text: str) -> None:
    assert unquote(word) == text
