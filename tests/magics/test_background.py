from __future__ import annotations

from contextvars import ContextVar
from threading import Event

from jupyter_faas.magics.background import Background

WHERE: ContextVar[str] = ContextVar("where", default="nowhere")


def test_work_is_done_in_turn_and_in_the_context_of_its_cell() -> None:
    errors: list[BaseException] = []
    background = Background(errors.append)
    done, found = Event(), []
    for cell in ("first", "second"):
        WHERE.set(cell)
        background.add(lambda: found.append(WHERE.get()))
    background.add(done.set)
    assert done.wait(10)
    background.close()
    assert found == ["first", "second"]
    assert errors == []


def test_an_error_is_told_and_ends_nothing() -> None:
    errors: list[BaseException] = []
    background = Background(errors.append)
    done = Event()
    background.add(lambda: 1 / 0)
    background.add(done.set)
    assert done.wait(10)
    background.close()
    assert [type(error) for error in errors] == [ZeroDivisionError]


def test_closing_drops_what_has_not_begun() -> None:
    background = Background(lambda error: None)
    begun, go, found = Event(), Event(), []

    def slow() -> None:
        begun.set()
        go.wait(10)
        found.append("slow")

    background.add(slow)
    background.add(lambda: found.append("dropped"))
    assert begun.wait(10)
    background.close(wait_s=0)
    background.add(lambda: found.append("late"))
    thread = background._thread
    assert thread is None
    go.set()
    background.close()
    assert "dropped" not in found
    assert "late" not in found
