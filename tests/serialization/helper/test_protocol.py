from __future__ import annotations

import io

import pytest

from jupyter_faas.serialization.helper.protocol import read_message, write_message


def test_messages_come_out_in_order() -> None:
    pipe = io.BytesIO()
    for message in ("a", b"\x00" * 100_000, None):
        write_message(pipe, message)
    pipe.seek(0)
    assert [read_message(pipe) for _ in range(3)] == ["a", b"\x00" * 100_000, None]
    with pytest.raises(EOFError):
        read_message(pipe)


def test_end_amid_a_message_is_the_end() -> None:
    pipe = io.BytesIO()
    write_message(pipe, "message")
    with pytest.raises(EOFError):
        read_message(io.BytesIO(pipe.getvalue()[:-1]))
