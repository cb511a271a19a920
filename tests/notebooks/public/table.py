"""How every case ends: the committed table, and the shares."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cli.conftest import program, stop_playground
from tests.notebooks.public.case import PublicCase
from tests.notebooks.public.hints import follow
from tests.notebooks.public.study import CommandLine, Deployed, Deployer

TABLE = Path(__file__).with_name("outcomes.txt")
HEAD = """\
# How every public notebook ends: `name | as written | the models' forms | the answers`, where
# `same` is the same JSON and `within` the furthest float; `name | after: what the hint said | …`;
# `name | refused: why`. Made by `./dev bench notebooks --write`; the tests of this folder compare.
"""
_ROUNDED = ("same", "within 1e-15", "within 1e-12")
AS_WRITTEN, AFTER, REFUSED, WRONG = "as written", "after", "refused", "WRONG"


@dataclass(frozen=True)
class Outcome:
    """How a case ended. ``step`` is what the hint said, where following it once deployed it."""

    name: str
    first: Deployed
    step: str = ""
    second: Deployed | None = None

    @property
    def line(self) -> str:
        """The outcome as the table has it."""
        if not self.first.refusal:
            return f"{AS_WRITTEN} | {self.first.words}"
        if self.second is not None and not self.second.refusal:
            return f"{AFTER}: {self.step} | {self.second.words}"
        return self.first.words


def judge(case: PublicCase, faas: Deployer, folder: Path) -> Outcome:
    """Deploy the notebook as written, and where that is refused once more after its hint."""
    first = faas.deploy(case, folder)
    changed = follow(case, first.refusal) if first.refusal else None
    if changed is None:
        return Outcome(case.name, first)
    step, notebook = changed
    return Outcome(case.name, first, step, faas.deploy(notebook, folder / "changed"))


@contextmanager
def command_line(root: Path, python: str = sys.executable) -> Iterator[CommandLine]:
    """The program with a data folder below ``root``, whose playground ends with the context."""
    faas = program(root, python)
    try:
        yield CommandLine(faas)
    finally:
        stop_playground(faas.data_dir)


def expected() -> dict[str, str]:
    """Name of a case → its line without the name."""
    lines = TABLE.read_text("utf-8").splitlines() if TABLE.exists() else []
    pairs = (line.partition(" | ") for line in lines if line and not line.startswith("#"))
    return {name: line for name, _, line in pairs}


def write(lines: Mapping[str, str]) -> None:
    """Replace the lines of these cases in the committed table."""
    known = expected()
    rows = (f"{name} | {line}\n" for name, line in sorted((known | dict(lines)).items()))
    TABLE.write_text(HEAD + "".join(rows), "utf-8")


def kind(line: str) -> str:
    """``as written``, ``after``, ``refused`` or ``WRONG``."""
    if line.endswith(WRONG):
        return WRONG
    return next(each for each in (AS_WRITTEN, AFTER, REFUSED) if line.startswith(each))


def without_rounding(line: str) -> str:
    """The line, in which the answers are ``right``, ``WRONG``, or too far for the same code.

    How far an answer of an ONNX form is from the notebook's depends on the processor. So do the
    last digits of the same code, whose sums depend on where the arrays are in memory.
    """
    start, _, answers = line.rpartition(" | ")
    if kind(line) == WRONG or not ("onnx" in start or answers in _ROUNDED):
        return line
    return f"{start} | right"


def shares(lines: Mapping[str, str]) -> str:
    """The summary: how many, and the share as written."""
    kinds = [kind(line) for line in lines.values()]
    counts = {each: kinds.count(each) for each in (AS_WRITTEN, AFTER, REFUSED, WRONG)}
    words = ", ".join(f"{count} {each}" for each, count in counts.items())
    same = sum(line.endswith("| same") for line in lines.values())
    share = counts[AS_WRITTEN] / len(kinds)
    return f"{len(kinds)} notebooks: {words}; {share:.0%} as written; {same} give the same JSON"
