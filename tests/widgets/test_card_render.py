from __future__ import annotations

from typing import Any

from jupyter_faas.widgets.card_render import card_html
from tests.widgets.helpers.html_reader import Reader, check_stands_alone


def test_html_stands_alone_and_says_what_the_card_says(
    card: dict[str, Any], forecast: dict[str, Any], deployment: dict[str, Any]
) -> None:
    reader = Reader(card_html({**card, "forecast": forecast, "deployed": deployment}))
    check_stands_alone(reader)
    for words in (
        "iris",
        "v2",
        "Deployed",
        "labels agree 1,204/1,204",
        "about 0.3 s",
        "$1.70 if cold",
    ):
        assert words in reader.text


def test_html_escapes_whatever_the_user_wrote(card: dict[str, Any]) -> None:
    evil = '<script>alert("x")</script>'
    card |= {"name": evil, "signature": evil, "target": {"name": "t", "label": evil}}
    card["captured"][0] |= {"name": evil, "why": evil}
    card["files"][0]["path"] = evil
    card["requirements"][0]["name"] = evil
    card["models"][0]["class"] = evil
    card["models"][0]["parity"]["warnings"] = [evil]
    card["preflight"][0] |= {"check": evil, "value": evil, "note": evil}
    reader = Reader(card_html(card))
    check_stands_alone(reader)
    assert reader.text.count(evil) == 14


def test_html_draws_a_bar_as_long_as_the_file_is_large(card: dict[str, Any]) -> None:
    card["files"] = [{"path": "large", "size": 1000}, {"path": "small", "size": 250}]
    html = card_html(card)
    assert "width:100%" in html
    assert "width:25%" in html


def test_html_of_a_bare_card_has_no_empty_rows(card: dict[str, Any]) -> None:
    card |= {"models": [], "captured": [], "requirements": []}
    reader = Reader(card_html(card))
    check_stands_alone(reader)
    assert "Model" not in reader.text
    assert "Requirements" not in reader.text
