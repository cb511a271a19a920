"""A notebook that is refused, as text: several of them in one file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"
_CASE = re.compile(r"^# == (?P<name>\w+)$")
_PART = re.compile(r"^# %%(?: (?P<what>file|edit|later|calls|answers|hint)(?: (?P<name>\S+))?)?$")


@dataclass(frozen=True)
class Notebook:
    """The cells in the order in which they run, the last of which packages.

    ``later`` are cells that the notebook has and that have not run. ``files`` are texts beside it,
    by name, and ``edits`` the texts that they get before the last cell runs.
    """

    cells: tuple[str, ...]
    later: tuple[str, ...]
    files: dict[str, str]
    edits: dict[str, str]

    @property
    def function(self) -> str:
        """The cell that packages."""
        return self.cells[-1]

    def with_cells(self, *cells: str) -> Notebook:
        return Notebook(
            tuple(one for one in cells if one.strip()), self.later, self.files, self.edits
        )

    def with_function(self, cell: str, *before: str) -> Notebook:
        """The notebook with another last cell, and cells ``before`` it."""
        return self.with_cells(*self.cells[:-1], *before, cell)


@dataclass(frozen=True)
class HintCase:
    """A notebook with the hint that it gets, and the calls that are compared at the end.

    ``answers`` are those of a composition, which the notebook cannot call itself; else empty.
    """

    name: str
    notebook: Notebook
    hint: str
    calls: list[dict[str, Any]]
    answers: list[Any]


def read_cases(path: Path) -> Iterator[HintCase]:
    """Read the cases of a file.

    ``# == NAME`` begins a case, ``# %%`` a cell, ``# %% later`` a cell that does not run,
    ``# %% file PATH`` a file beside the notebook, ``# %% edit PATH`` what it says later,
    ``# %% calls`` the JSON list of inputs,
    ``# %% answers`` that of a composition's answers and ``# %% hint`` what the refusal says.
    """
    name, lines = "", []
    for line in [*path.read_text("utf-8").splitlines(), "# == end"]:
        mark = _CASE.match(line)
        if mark is None:
            lines.append(line)
            continue
        if name:
            yield _read(name, lines)
        name, lines = mark["name"], []


def all_cases() -> list[HintCase]:
    return [case for path in sorted(CASES.glob("*.txt")) for case in read_cases(path)]


def _read(name: str, lines: list[str]) -> HintCase:
    parts: list[tuple[str, str, list[str]]] = []
    for line in lines:
        mark = _PART.match(line)
        if mark is not None:
            parts.append((mark["what"] or "cell", mark["name"] or "", []))
        elif parts:
            parts[-1][2].append(line)
    texts = [(what, title, "\n".join(some).strip("\n")) for what, title, some in parts]

    def of(kind: str) -> list[str]:
        return [text for what, _, text in texts if what == kind]

    def texts_of(kind: str) -> dict[str, str]:
        return {title: f"{text}\n" for what, title, text in texts if what == kind}

    cells, later = tuple(of("cell")), tuple(of("later"))
    notebook = Notebook(cells, later, texts_of("file"), texts_of("edit"))
    calls, answers = ("".join(of(kind)) for kind in ("calls", "answers"))
    return HintCase(
        name,
        notebook,
        "".join(of("hint")),
        json.loads(calls or "[{}]"),
        json.loads(answers or "[]"),
    )
