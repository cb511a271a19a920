"""Progress for what takes long."""

from __future__ import annotations

import io
import threading

from jupyter_faas.cli.progress import SlowProgress


class Stream(io.StringIO):
    """A stream that tells when it was written to."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def flush(self) -> None:
        self.written.set()


def test_quick_work_shows_nothing() -> None:
    stream = Stream()
    with SlowProgress(stream, quiet_s=600) as progress:
        progress("Deploying iris…")
    assert stream.getvalue() == ""


def test_slow_work_shows_the_latest_message_and_then_each() -> None:
    stream = Stream()
    with SlowProgress(stream, quiet_s=0.05) as progress:
        progress("Starting…")
        progress("Deploying iris…")
        assert stream.written.wait(30)
        progress("Waiting…")
    assert stream.getvalue() == "Deploying iris…\nWaiting…\n"


def test_nothing_shows_after_the_end() -> None:
    stream = Stream()
    with SlowProgress(stream, quiet_s=0.05) as progress:
        progress("Starting…")
        assert stream.written.wait(30)
    progress("Too late…")
    assert stream.getvalue() == "Starting…\n"


def test_slow_work_without_a_message_shows_nothing() -> None:
    stream = Stream()
    with SlowProgress(stream, quiet_s=0.05) as progress:
        assert not stream.written.wait(0.3)
        progress("Deploying iris…")
    assert stream.getvalue() == "Deploying iris…\n"
