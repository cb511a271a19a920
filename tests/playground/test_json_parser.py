"""Contract §1: what the JSON parser of OpenWhisk accepts, and how it tells what it refuses."""

from __future__ import annotations

import json

import orjson
import pytest

from jupyter_faas.playground.json_parser import MAX_LEVELS, ParseError, TooDeep, parse


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            b"{",
            "Unexpected end-of-input at input index 1 (line 1, position 2), "
            "expected '\"':\n{\n ^\n",
        ),
        (
            b'{"a":1} x',
            "Unexpected character 'x' at input index 8 (line 1, position 9), "
            'expected end-of-input:\n{"a":1} x\n        ^\n',
        ),
        (
            b'{"a":NaN}',
            "Unexpected character 'N' at input index 5 (line 1, position 6), "
            'expected JSON Value:\n{"a":NaN}\n     ^\n',
        ),
        (
            b"\xef\xbb\xbf{}",
            "Unexpected character 'ï' at input index 0 (line 1, position 1), "
            "expected JSON Value:\n\ufeff{}\n^\n",
        ),
        (
            b'{"a":"\t\n"}',
            "Unexpected character '\\u0009' at input index 6 (line 1, position 7), "
            'expected \'"\':\n{"a":"?\n      ^\n',
        ),
        (
            b'{"a":"\xe4"}',
            "Unexpected end-of-input at input index 9 (line 1, position 10), "
            'expected \'"\':\n{"a":"\ufffd\n         ^\n',
        ),
        (
            b'{"a":01}',
            "Unexpected character '1' at input index 6 (line 1, position 7), "
            "expected '}':\n{\"a\":01}\n      ^\n",
        ),
        (
            b"[1,\n 2,\n x]",
            "Unexpected character 'x' at input index 9 (line 3, position 2), "
            "expected JSON Value:\n x]\n ^\n",
        ),
        (
            b"[-]",
            "Unexpected character ']' at input index 2 (line 1, position 3), "
            "expected DIGIT:\n[-]\n  ^\n",
        ),
        (
            b"[trux]",
            "Unexpected character 'x' at input index 1 (line 1, position 2), "
            "expected JSON Value:\n[trux]\n ^\n",
        ),
        (
            b'["\\x"]',
            "Unexpected character 'x' at input index 3 (line 1, position 4), "
            'expected JSON escape sequence:\n["\\x"]\n   ^\n',
        ),
        (
            b'["\\u12"]',
            "Unexpected character '\"' at input index 6 (line 1, position 7), "
            'expected hex digit:\n["\\u12"]\n      ^\n',
        ),
    ],
)
def test_refusal_names_its_place(text: bytes, message: str) -> None:
    with pytest.raises(ParseError) as error:
        parse(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "text",
    [
        *("null", " true ", "[]", "{ }", '""', "0", "-1.5e-7", "1E5", '{"a":1,"a":2}'),
        *('["\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\ud83d\\ude00","ä日😀"]', '[[1,[2]],{"a":{"b":[]}}]'),
    ],
)
def test_values(text: str) -> None:
    assert parse(text.encode()) == json.loads(text)


@pytest.mark.parametrize("text", ["-0.0", "-0", "-0.00e5"])
def test_zero_has_no_sign(text: str) -> None:
    assert str(parse(text.encode())) in ("0.0", "0")


@pytest.mark.parametrize("number", ["1e400", "-1E+400", "1" * 30, "9" * 5000])
def test_numbers_of_any_length_are_written_as_they_were_read(number: str) -> None:
    assert orjson.dumps(parse(f"[{number}]".encode())) == f"[{number}]".encode()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'"\\ud800"', "?"),
        (b'"a\\udc00\\ud83d\\ude00"', "a?😀"),
        (b'"\xff-\xe4a-"', "\ufffd-\ufffd"),
        (b'"\xf0\x9f\x98\x80"', "😀"),
    ],
)
def test_text_that_is_not_unicode(text: bytes, value: str) -> None:
    assert parse(text) == value


def test_deep_document_is_written_as_it_was_read() -> None:
    text = b'{"a":' + b"[" * (MAX_LEVELS - 1) + b"]" * (MAX_LEVELS - 1) + b"}"
    assert orjson.dumps([[parse(text)]]) == b"[[" + text + b"]]"


def test_document_that_is_too_deep() -> None:
    with pytest.raises(TooDeep, match=r"configured limit of maxNesting = 1000$"):
        parse(b"[" * (MAX_LEVELS + 1) + b"]" * (MAX_LEVELS + 1))


def test_scalar_in_the_deepest_container_is_too_deep() -> None:
    with pytest.raises(TooDeep):
        parse(b"[" * MAX_LEVELS + b"1" + b"]" * MAX_LEVELS)
