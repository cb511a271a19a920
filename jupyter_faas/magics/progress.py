"""The progress of slow work, shown in the cell's output or in the terminal."""

from __future__ import annotations

import re
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

# Work that takes less time shows no progress, because the text would only flicker.
_DELAY_S = 1.0
_TIME_AT_END = re.compile(r"\d (?:s|min|h)(?: left)?$")
_STYLE = "color:var(--jp-ui-font-color2,#777);font-size:12px"


class ProgressDisplay(ABC):
    """An output that shows progress and, at the end, the result."""

    def __init__(self, display_id: str = "") -> None:
        self.display_id = display_id
        self.used = False

    @abstractmethod
    def show(self, words: str) -> None:
        """Replace the displayed text."""

    @abstractmethod
    def clear(self) -> None:
        """Remove the displayed text."""

    @abstractmethod
    def take_over(self) -> bool:
        """Return whether an output exists. If so, the caller replaces it through its display id."""

    @abstractmethod
    def finish(self, lines: Iterable[str]) -> None:
        """Print the lines, or show them in place of the progress."""


class CellDisplay(ProgressDisplay):
    """A progress display in the output of the running cell."""

    def show(self, words: str) -> None:
        html = f'<span style="{_STYLE}">{escape(words)}</span>'
        self._publish({"text/html": html, "text/plain": words})

    def clear(self) -> None:
        # Jupyter cannot delete an output, but an empty output takes no space.
        if self.used:
            self._publish({"text/html": "", "text/plain": ""})

    def take_over(self) -> bool:
        # Later progress must create a new output, because the caller now uses the existing one.
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
    """A progress display in the last line of a terminal.

    If the stream is not a terminal, such as a file, no progress is written.
    """

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
        print("\n".join(lines))  # noqa: T201 a notebook's own output


@contextmanager
def show_progress(display: ProgressDisplay, delay_s: float = _DELAY_S) -> Iterator[Progress]:
    """Yield a function that reports progress, which is shown after ``delay_s`` seconds.

    The elapsed seconds follow the text, unless it ends with a time. If the work fails, the progress
    is cleared. Otherwise the caller ends the display after this block, with ``finish``,
    ``take_over``, ``clear`` or a last ``show``. The ticker's thread ends with the block, so it
    cannot overwrite the result.
    """
    ticker = _Ticker(display, delay_s)
    # ipykernel uses a context variable to decide which cell an output belongs to. The copied
    # context keeps the progress below the cell that started the work.
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
            # This interval is short enough to display every whole second.
            wait_s = 0.25
            with self._lock:
                words = self._words
            # Two times without a word between them would be misread.
            needs_time = words and not _TIME_AT_END.search(words)
            line = f"{words} {monotonic() - started:.0f} s" if needs_time else words
            if line != shown:
                self._display.show(line)
                shown = line
