from __future__ import annotations

import orjson
import pytest

from jupyter_faas.playground.strict_json import MAX_LEVELS, TooDeep, read_json, read_written


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
