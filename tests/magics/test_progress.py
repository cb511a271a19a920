from __future__ import annotations

import io
from collections.abc import Iterable
from threading import Event

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from jupyter_faas.magics.progress import CellPlace, LinePlace, Place, progress_in


class Watched(Place):
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
    place = Watched()
    with progress_in(place, patience_s=60) as say:
        say("Packaging iris…")
    assert place.lines == []


def test_the_latest_words_are_shown_when_it_takes_long() -> None:
    place = Watched()
    with progress_in(place, patience_s=0.01) as say:
        say("Packaging iris…")
        assert place.shown.wait(10)
        place.shown.clear()
        say("Converting model…")
        assert place.shown.wait(10)
    assert place.lines[0] == "Packaging iris… 0 s"
    assert any(line.startswith("Converting model…") for line in place.lines)


def test_cell_place_keeps_to_one_output(shell: InteractiveShell) -> None:
    place = CellPlace("place-1")
    with capture_output() as captured:
        place.show("<b>1</b>")
        place.show("2")
        place.clear()
    outputs = captured._outputs
    assert [one["transient"]["display_id"] for one in outputs] == ["place-1"] * 3
    assert [one["update"] for one in outputs] == [False, True, True]
    assert "&lt;b&gt;1&lt;/b&gt;" in outputs[0]["data"]["text/html"]
    assert outputs[2]["data"] == {"text/html": "", "text/plain": ""}


def test_what_is_shown_goes_when_the_work_fails() -> None:
    place = Watched()
    with pytest.raises(ZeroDivisionError), progress_in(place, patience_s=0.01) as say:
        say("Packaging iris…")
        assert place.shown.wait(10)
        raise ZeroDivisionError
    assert place.lines[-1] == ""


def test_cell_place_gives_its_output_away_once(shell: InteractiveShell) -> None:
    place = CellPlace("place-1")
    assert not place.take_over()
    with capture_output():
        place.show("Packaging iris…")
    assert place.take_over()
    with capture_output() as captured:
        place.clear()
    assert captured._outputs == []


def test_cell_place_finishes_where_the_progress_stood(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    CellPlace("place-1").finish(["Deployed iris.", "At once."])
    assert capsys.readouterr().out == "Deployed iris.\nAt once.\n"
    place = CellPlace("place-2")
    with capture_output() as captured:
        place.show("Deploying…")
        place.finish(["Deployed <iris>."])
    assert captured._outputs[1]["data"] == {
        "text/html": '<pre style="margin:0">Deployed &lt;iris&gt;.</pre>',
        "text/plain": "Deployed <iris>.",
    }
    assert captured.stdout == ""


def test_cell_place_stays_empty_when_nothing_was_shown(shell: InteractiveShell) -> None:
    with capture_output() as captured:
        CellPlace("place-1").clear()
    assert captured._outputs == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_line_place_leaves_a_blank_line() -> None:
    stream = Terminal()
    place = LinePlace(stream=stream)
    place.show("Packaging…")
    place.show("Done…")
    place.clear()
    assert stream.getvalue() == "\rPackaging…\rDone…     \r     \r"


def test_line_place_writes_nothing_into_a_file() -> None:
    stream = io.StringIO()
    place = LinePlace(stream=stream)
    place.show("Packaging…")
    place.clear()
    assert stream.getvalue() == ""
