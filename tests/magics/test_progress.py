from __future__ import annotations

import io
from collections.abc import Iterable
from threading import Event

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from jupyter_faas.magics.progress import (
    CellDisplay,
    ProgressDisplay,
    TerminalDisplay,
    show_progress,
)


class Watched(ProgressDisplay):
    """A place that tells when something was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.shown = Event()

    def show(self, words: str) -> None:
        self.lines.append(words)
        self.shown.set()

    def clear(self) -> None:
        self.lines.append("")

    def take_over(self) -> bool:
        return False

    def finish(self, lines: Iterable[str]) -> None:
        self.lines += lines


def test_nothing_is_shown_when_it_is_quick() -> None:
    display = Watched()
    with show_progress(display, delay_s=60) as say:
        say("Packaging iris…")
    assert display.lines == []


def test_the_latest_words_are_shown_when_it_takes_long() -> None:
    display = Watched()
    with show_progress(display, delay_s=0.01) as say:
        say("Packaging iris…")
        assert display.shown.wait(10)
        display.shown.clear()
        say("Converting model…")
        assert display.shown.wait(10)
    assert display.lines[0] == "Packaging iris… 0 s"
    assert any(line.startswith("Converting model…") for line in display.lines)


@pytest.mark.parametrize(
    "words", ["4 of 9 calls · 2 s left", "the target does not accept calls; waiting 6 s"]
)
def test_a_time_is_not_followed_by_the_elapsed_time(words: str) -> None:
    display = Watched()
    with show_progress(display, delay_s=0.01) as say:
        say(words)
        assert display.shown.wait(10)
    assert display.lines[0] == words


def test_cell_place_keeps_to_one_output(shell: InteractiveShell) -> None:
    display = CellDisplay("place-1")
    with capture_output() as captured:
        display.show("<b>1</b>")
        display.show("2")
        display.clear()
    outputs = captured._outputs
    assert [one["transient"]["display_id"] for one in outputs] == ["place-1"] * 3
    assert [one["update"] for one in outputs] == [False, True, True]
    assert "&lt;b&gt;1&lt;/b&gt;" in outputs[0]["data"]["text/html"]
    assert outputs[2]["data"] == {"text/html": "", "text/plain": ""}


def test_what_is_shown_goes_when_the_work_fails() -> None:
    display = Watched()
    with pytest.raises(ZeroDivisionError), show_progress(display, delay_s=0.01) as say:
        say("Packaging iris…")
        assert display.shown.wait(10)
        raise ZeroDivisionError
    assert display.lines[-1] == ""


def test_cell_place_gives_its_output_away_once(shell: InteractiveShell) -> None:
    display = CellDisplay("place-1")
    assert not display.take_over()
    with capture_output():
        display.show("Packaging iris…")
    assert display.take_over()
    with capture_output() as captured:
        display.clear()
    assert captured._outputs == []


def test_cell_place_finishes_where_the_progress_stood(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    CellDisplay("place-1").finish(["Deployed iris.", "At once."])
    assert capsys.readouterr().out == "Deployed iris.\nAt once.\n"
    display = CellDisplay("place-2")
    with capture_output() as captured:
        display.show("Deploying…")
        display.finish(["Deployed <iris>."])
    assert captured._outputs[1]["data"] == {
        "text/html": '<pre style="margin:0">Deployed &lt;iris&gt;.</pre>',
        "text/plain": "Deployed <iris>.",
    }
    assert captured.stdout == ""


def test_cell_place_stays_empty_when_nothing_was_shown(shell: InteractiveShell) -> None:
    with capture_output() as captured:
        CellDisplay("place-1").clear()
    assert captured._outputs == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_line_place_leaves_a_blank_line() -> None:
    stream = Terminal()
    display = TerminalDisplay(stream=stream)
    display.show("Packaging…")
    display.show("Done…")
    display.clear()
    assert stream.getvalue() == "\rPackaging…\rDone…     \r     \r"


def test_line_place_writes_nothing_into_a_file() -> None:
    stream = io.StringIO()
    display = TerminalDisplay(stream=stream)
    display.show("Packaging…")
    display.clear()
    assert stream.getvalue() == ""
