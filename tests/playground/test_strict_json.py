from __future__ import annotations

import orjson
import pytest

from jupyter_faas.playground.json_parser import MAX_LEVELS, ParseError, TooDeep
from jupyter_faas.playground.strict_json import _has_negative_zero, read_json, read_written


@pytest.mark.parametrize("read", [read_json, read_written])
@pytest.mark.parametrize(
    "text",
    [
        b"18446744073709551615",
        b"18446744073709551616",
        b"-9223372036854775808",
        b"-9223372036854775809",
        b'{"id":123456789012345678901234567890,"ids":[1180591620717411303424,[-99999999999999999999]]}',
        b'{"text":"[18446744073709551616]","more":18446744073709551616}',
        b"[0.0001234567890123456,12345678901234567890.5]",
    ],
)
def test_numbers_are_written_as_they_were_read(read: object, text: bytes) -> None:
    assert callable(read)
    value = read(text)
    floats = orjson.dumps(orjson.loads(text)) if b"." in text else text
    assert orjson.dumps(value) == floats


@pytest.mark.parametrize("number", [2**64 - 1, -(2**63), 10**19])
def test_what_fits_64_bits_is_a_number(number: int) -> None:
    assert read_json(str(number)) == number


def test_white_space_hides_no_number() -> None:
    assert (
        orjson.dumps(read_json(b'{"a" :\n\t18446744073709551616 }'))
        == b'{"a":18446744073709551616}'
    )


def test_long_numbers_lie_no_deeper_than_others() -> None:
    text = "[" * (MAX_LEVELS + 1) + "18446744073709551616" + "]" * (MAX_LEVELS + 1)
    with pytest.raises(TooDeep):
        read_json(text)


@pytest.mark.parametrize("levels", [199, 201, 400, 999])
@pytest.mark.parametrize("read", [read_json, read_written])
def test_deep_documents_are_written_as_they_were_read(read: object, levels: int) -> None:
    assert callable(read)
    text = b'{"a":' + b"[" * levels + b"]" * levels + b"}"
    assert orjson.dumps({"result": read(text)}) == b'{"result":' + text + b"}"


def test_negative_zero_is_zero() -> None:
    assert orjson.dumps(read_json(b'[-0.0,-0,-0.5,"-0","2020-01-01"]')) == (
        b'[0.0,0,-0.5,"-0","2020-01-01"]'
    )


@pytest.mark.parametrize("text", [b'["x-0abc"]', b'["3-0", 1e-0]', b'{"a-0": "-0"}'])
def test_text_with_a_minus_and_a_zero_is_no_number(text: bytes) -> None:
    assert not _has_negative_zero(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [(b'["\\ud800"]', b'["?"]'), (b"[1e400]", b"[1e400]"), (b'["\\udc00x"]', b'["?x"]')],
)
def test_what_orjson_refuses_and_openwhisk_does_not(text: bytes, written: bytes) -> None:
    assert orjson.dumps(read_json(text)) == written


def test_what_openwhisk_refuses() -> None:
    with pytest.raises(ParseError, match="expected JSON Value"):
        read_json(b"[NaN]")
