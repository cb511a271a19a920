"""Progress of work that takes more than a second: in the cell's output, or in the terminal."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from html import escape
from threading import Event, Lock, Thread
from time import monotonic
from typing import TextIO

Progress = Callable[[str], None]

_DELAY_S = 1.0
_STYLE = "color:var(--jp-ui-font-color2,#777);font-size:12px"


class ProgressDisplay(ABC):
    """An output that shows progress and, at the end, the result."""

    def __init__(self, display_id: str = "") -> None:
        self.display_id = display_id
        self.used = False

    @abstractmethod
    def show(self, words: str) -> None:
        """Replace what is shown."""

    @abstractmethod
    def clear(self) -> None:
        """Remove what is shown."""

    @abstractmethod
    def take_over(self) -> bool:
        """Return whether an output exists, which the caller then replaces by its display id."""

    @abstractmethod
    def finish(self, lines: Iterable[str]) -> None:
        """Print the lines, or show them in place of the progress."""


class CellDisplay(ProgressDisplay):
    """Progress in the output of the running cell."""

    def show(self, words: str) -> None:
        html = f'<span style="{_STYLE}">{escape(words)}</span>'
        self._publish({"text/html": html, "text/plain": words})

    def clear(self) -> None:
        # Jupyter cannot delete an output, but an empty one takes no space.
        if self.used:
            self._publish({"text/html": "", "text/plain": ""})

    def take_over(self) -> bool:
        used, self.used = self.used, False
        return used

    def finish(self, lines: Iterable[str]) -> None:
        text = "\n".join(lines)
        if self.used:
            html = f'<pre style="margin:0">{escape(text)}</pre>'
            self._publish({"text/html": html, "text/plain": text})
        elif text:
            print(text)  # noqa: T201 a notebook's own output

    def _publish(self, bundle: dict[str, str]) -> None:
        from IPython.display import display

        display(bundle, raw=True, display_id=self.display_id, update=self.used)
        self.used = True


class TerminalDisplay(ProgressDisplay):
    """Progress in the last line of a terminal; shows nothing when the output is a file."""

    def __init__(self, display_id: str = "", stream: TextIO | None = None) -> None:
        super().__init__(display_id)
        self._stream = stream or sys.stderr
        self._width = 0

    def show(self, words: str) -> None:
        if self._stream.isatty():
            self._stream.write(f"\r{words:<{self._width}}")
            self._stream.flush()
            self._width = len(words)

    def clear(self) -> None:
        if self._width:
            self.show("")
            self._stream.write("\r")
            self._width = 0

    def take_over(self) -> bool:
        self.clear()
        return False

    def finish(self, lines: Iterable[str]) -> None:
        self.clear()
        print("\n".join(lines))  # noqa: T201 likewise


@contextmanager
def show_progress(display: ProgressDisplay, delay_s: float = _DELAY_S) -> Iterator[Progress]:
    """Yield a function that reports progress; after ``delay_s`` its text is shown, with the
    seconds.

    The progress is cleared when the work fails. Otherwise the caller ends the display after this
    block, with ``finish``, ``take_over`` or ``clear``: the ticker's thread has ended by then.
    """
    ticker = _Ticker(display, delay_s)
    # ipykernel routes output by a context variable: the copy keeps it in the cell that began.
    thread = Thread(target=copy_context().run, args=(ticker.run,), name="progress", daemon=True)
    thread.start()
    try:
        yield ticker.report
    except BaseException:
        ticker.end(thread)
        display.clear()
        raise
    ticker.end(thread)


class _Ticker:
    def __init__(self, display: ProgressDisplay, delay_s: float) -> None:
        self._display = display
        self._delay_s = delay_s
        self._words = ""
        self._lock = Lock()
        self._stopped = Event()

    def report(self, words: str) -> None:
        with self._lock:
            self._words = words

    def end(self, thread: Thread) -> None:
        self._stopped.set()
        thread.join()

    def run(self) -> None:
        started = monotonic()
        shown = ""
        wait_s = self._delay_s
        while not self._stopped.wait(wait_s):
            wait_s = 0.25
            with self._lock:
                words = self._words
            line = f"{words} {monotonic() - started:.0f} s" if words else ""
            if line != shown:
                self._display.show(line)
                shown = line
