from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from jupyter_faas.errors import PackageNotFound
from jupyter_faas.magics.comm import FrontEnds


class Comm:
    """The kernel's end of a comm; ``ask`` is what the front end does."""

    def __init__(self) -> None:
        self.sent: list[tuple[Mapping[str, object], list[bytes] | None]] = []
        self.closed = False
        self.listener: Callable[[dict[str, Any]], None] = lambda message: None
        self.on_closed: Callable[[dict[str, Any]], None] = lambda message: None

    def send(
        self,
        data: Mapping[str, object] | None = None,
        metadata: object = None,
        buffers: list[bytes] | None = None,
    ) -> None:
        assert data is not None
        self.sent.append((data, buffers))

    def on_msg(self, callback: Callable[[dict[str, Any]], None]) -> None:
        self.listener = callback

    def on_close(self, callback: Callable[[dict[str, Any]], None]) -> None:
        self.on_closed = callback

    def close(self) -> None:
        self.closed = True

    def ask(self, **data: object) -> None:
        self.listener({"content": {"data": data}})


def refuse(asked: Mapping[str, Any]) -> None:
    raise PackageNotFound(f"No package {asked['package']}.", hint="Run its cell.")


@pytest.fixture
def comm() -> Comm:
    return Comm()


@pytest.fixture
def front_ends(comm: Comm) -> FrontEnds:
    found = FrontEnds(
        {
            "hello": lambda asked: ({"event": "hello"}, []),
            "bundle": lambda asked: ({"event": "bundle", "package": asked["package"]}, [b"zip"]),
            "later": lambda asked: None,
            "refuse": refuse,
            "fail": lambda asked: 1 / 0,  # type: ignore[dict-item, return-value]
        }
    )
    found.open(comm, {})
    return found


def test_an_operation_is_answered_with_its_bytes(comm: Comm, front_ends: FrontEnds) -> None:
    comm.ask(op="bundle", package="5a4b")
    assert comm.sent == [({"event": "bundle", "package": "5a4b"}, [b"zip"])]


def test_an_operation_may_be_answered_later(comm: Comm, front_ends: FrontEnds) -> None:
    comm.ask(op="later")
    assert comm.sent == []


def test_a_refusal_carries_the_errors_words(comm: Comm, front_ends: FrontEnds) -> None:
    comm.ask(op="refuse", package="5a4b")
    error = {"code": "package_not_found", "message": "No package 5a4b.", "hint": "Run its cell."}
    assert comm.sent == [({"event": "error", "op": "refuse", "error": error}, None)]


def test_an_unknown_operation_is_refused(comm: Comm, front_ends: FrontEnds) -> None:
    comm.ask(op="dance")
    assert comm.sent[0][0]["error"] == {
        "code": "bad_input",
        "message": "This kernel does not support the operation 'dance'.",
        "hint": "",
    }


def test_an_unexpected_error_is_answered_and_logged(comm: Comm, front_ends: FrontEnds) -> None:
    with pytest.raises(ZeroDivisionError):
        comm.ask(op="fail")
    assert comm.sent[0][0]["error"] == {
        "code": "internal_error",
        "message": "jupyter_faas failed in the kernel (ZeroDivisionError).",
        "hint": "The log of the kernel shows the cause.",
    }


def test_every_front_end_is_told_until_it_leaves(comm: Comm, front_ends: FrontEnds) -> None:
    other = Comm()
    front_ends.open(other, {})
    front_ends.send({"event": "functions"})
    comm.on_closed({})
    front_ends.send({"event": "activation"})
    assert [event["event"] for event, _ in comm.sent] == ["functions"]
    assert [event["event"] for event, _ in other.sent] == ["functions", "activation"]


def test_closing_lets_go_of_all(comm: Comm, front_ends: FrontEnds) -> None:
    assert front_ends.listening
    front_ends.close()
    assert comm.closed
    assert not front_ends.listening
