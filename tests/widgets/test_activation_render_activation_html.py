from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.widgets.activation_render import activation_html, json_html
from tests.widgets.helpers.html_reader import Reader, check_stands_alone


def test_html_stands_alone_and_shows_the_short_id(activation: dict[str, Any]) -> None:
    reader = Reader(activation_html(activation))
    check_stands_alone(reader)
    assert (
        reader.text
        == '{"species": "setosa", "confidence": 0.98}3 mswarmwait 4 ms$0.43 / millionc41e09abhi'
    )


def test_html_escapes_result_and_logs(activation: dict[str, Any]) -> None:
    evil = "</pre><script>alert('x')</script>"
    activation |= {"result": {evil: evil}, "logs": [f"2026-11-24T22:36:23.189Z stderr: {evil}"]}
    reader = Reader(activation_html(activation))
    check_stands_alone(reader)
    assert reader.text.count(evil) == 3


def test_html_escapes_an_error(activation: dict[str, Any]) -> None:
    evil = "<img src=x onerror=alert(1)>"
    activation |= {"ok": False, "result": {"error": f"ValueError: {evil}"}}
    reader = Reader(activation_html(activation))
    check_stands_alone(reader)
    assert f"ValueError: {evil}" in reader.text


@pytest.mark.parametrize(
    ("text", "colours"),
    [
        ('{"a": "b"}', ["property", "string"]),
        ('[1, -2.5e-7, true, null, "x: y"]', ["number", "number", "atom", "atom", "string"]),
        ('{"a\\"b": 1}', ["property", "number"]),
    ],
    ids=["pair", "list", "escaped-quote"],
)
def test_json_is_coloured_by_what_each_part_is(text: str, colours: list[str]) -> None:
    reader = Reader(json_html(text))
    assert reader.text == text
    styles = [value or "" for name, value in reader.attributes if name == "style"]
    assert [style.split("editor-")[1].split("-")[0] for style in styles] == colours


def test_html_of_a_session_says_where_its_parts_are(session_activation: dict[str, Any]) -> None:
    reader = Reader(activation_html(session_activation))
    check_stands_alone(reader)
    command = f"%faas session {session_activation['id']}"
    assert reader.text.endswith(f"Session of 5 calls {command}")
