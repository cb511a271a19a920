"""A notebook that is refused, as text: several of them in one file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"
_CASE = re.compile(r"^# == (?P<name>\w+)$")
_KINDS = "with|without|host|file|edit|later|then|call|calls|answers|row|hint|follow|typed|meaning"
_PART = re.compile(rf"^# %%(?: (?P<what>{_KINDS})(?: (?P<name>\S+))?)?$")


@dataclass(frozen=True)
class Notebook:
    """The cells in the order in which they run, the last of which packages.

    ``later`` are cells that the notebook has and that have not run, and ``then`` those that run
    before the package is deployed. ``call`` is a cell that runs after the deploy, or deploys by
    itself. ``files`` are texts beside it, by name, and ``edits`` the texts that they get before the
    last cell runs. ``typed`` are the values of secrets that its user types, by name,
    ``meanings`` what its user writes for a placeholder of the hint, such as NAME, and
    ``before_restart`` cells after which the kernel starts anew.

    A cell that begins with ``$ `` is a command for a terminal.
    """

    cells: tuple[str, ...]
    later: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    call: str = ""
    files: dict[str, str] = field(default_factory=dict)
    edits: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    meanings: dict[str, str] = field(default_factory=dict)
    before_restart: tuple[str, ...] = ()

    @property
    def function(self) -> str:
        """The cell that packages."""
        return self.cells[-1]

    @property
    def ends_with_verb(self) -> bool:
        """Whether the last cell is a line of a verb or a call, which only has to succeed."""
        packages = any(one.startswith("%%") for one in self.cells)
        return not self.call and (not packages or self.function.startswith(("%faas ", "$ ")))

    def with_call_last(self) -> Notebook:
        """The notebook whose last cell is ``call``, in which the rest can be edited as well."""
        return replace(self, cells=(*self.cells, self.call), call="")

    def with_last_called(self) -> Notebook:
        """The reverse of ``with_call_last``."""
        return replace(self, cells=self.cells[:-1], call=self.cells[-1])

    def with_cells(self, *cells: str) -> Notebook:
        return replace(self, cells=tuple(one for one in cells if one.strip()))

    def with_files(self, changed: dict[str, str]) -> Notebook:
        return replace(self, files=self.files | changed)

    def with_function(self, cell: str, *before: str) -> Notebook:
        """The notebook with another last cell, and cells ``before`` it."""
        return self.with_cells(*self.cells[:-1], *before, cell)


@dataclass(frozen=True)
class HintCase:
    """A notebook with the hint that it gets, and the calls that are compared at the end.

    ``answers`` are those of a composition, which the notebook cannot call itself; else empty.
    ``way`` is the part of the hint to follow, where it names several ways. ``environment`` is that
    of the kernel (``environments.py``), or empty. ``host`` is one of ``hosts.py``, or empty for the
    playground. ``row`` is the check of the card whose warning has the hint, or empty.
    """

    name: str
    notebook: Notebook
    hint: str
    calls: list[dict[str, Any]]
    answers: list[Any]
    way: str
    environment: str
    host: str
    row: str

    def is_hint(self, text: str) -> bool:
        """Whether the text is the hint, in which … stands for what differs between machines."""
        parts = (re.escape(part) for part in self.hint.split("…"))
        return re.fullmatch(".*".join(parts), text, re.DOTALL) is not None


def read_cases(path: Path) -> Iterator[HintCase]:
    """Read the cases of a file.

    ``# == NAME`` begins a case, ``# %%`` a cell, ``# %% later`` a cell that does not run,
    ``# %% without NAME,…`` and ``# %% with NAME`` the kernel's environment, ``# %% then`` one that
    runs before the deploy, ``# %% call`` one that runs after it, ``# %% file PATH`` a file beside
    the notebook, ``# %% edit PATH`` what it says later, ``# %% host NAME`` the host whose address
    and key are in the file ``wskprops`` beside it, ``# %% row`` the check of the card that warns,
    ``# %% typed NAME`` the value that its user types for a secret, ``# %% meaning NAME`` what its
    user writes for that placeholder of the hint, ``# %% calls`` the JSON list of inputs,
    ``# %% answers`` that of a composition's answers, ``# %% hint`` what the refusal says and
    ``# %% follow`` the part of it to follow, where it names several ways.
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
    return cases_of("**")


def cases_of(folder: str) -> list[HintCase]:
    """The cases of a folder, whose files one worker runs with kernels that they share."""
    return [case for path in sorted(CASES.glob(f"{folder}/*.txt")) for case in read_cases(path)]


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

    def texts_of(kind: str, end: str = "\n") -> dict[str, str]:
        return {title: f"{text}{end}" for what, title, text in texts if what == kind}

    cells, later, then = (tuple(of(kind)) for kind in ("cell", "later", "then"))
    call = "".join(of("call"))
    notebook = Notebook(
        cells,
        later,
        then,
        call,
        texts_of("file"),
        texts_of("edit"),
        typed=texts_of("typed", ""),
        meanings=texts_of("meaning", ""),
    )
    calls, answers = ("".join(of(kind)) for kind in ("calls", "answers"))
    return HintCase(
        name,
        notebook,
        "".join(of("hint")),
        json.loads(calls or "[{}]"),
        json.loads(answers or "[]"),
        "".join(of("follow")),
        "".join(f"{what} {title}" for what, title, _ in texts if what.startswith("with")),
        "".join(title for what, title, _ in texts if what == "host"),
        "".join(of("row")),
    )
