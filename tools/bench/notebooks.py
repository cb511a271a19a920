"""``./dev bench notebooks``: how the public notebooks of the tests end.

``--write`` commits the lines to the table that the tests compare with; names select some.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.notebooks.public.case import CASES, public_case_paths, read_public_case
from tests.notebooks.public.study import CommandLine
from tests.notebooks.public.table import (
    Outcome,
    command_line,
    expected,
    judge,
    shares,
    write,
)
from tests.serialization.helpers.frameworks import TORCH, environment_with
from tools.bench.figures import sized


def rows(arguments: Sequence[str] = ()) -> Iterator[str]:
    """Yield a line for each notebook: seconds, how it ended, and what was said."""
    parser = argparse.ArgumentParser(prog="./dev bench notebooks")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    given = parser.parse_args(arguments)
    paths = [CASES / f"{name}.txt" for name in given.names] or public_case_paths()[: sized(None, 1)]
    found: dict[str, str] = {}
    known = expected()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        root = Path(folder)
        programs: dict[str, CommandLine] = {}
        for case in map(read_public_case, paths):
            if case.frameworks not in programs:
                python = environment_with("torch", *TORCH) if case.frameworks else sys.executable
                place = command_line(root / f"faas-{case.frameworks}", str(python))
                programs[case.frameworks] = opened.enter_context(place)
            started = time.monotonic()
            outcome = judge(case, programs[case.frameworks], root / case.name)
            found[case.name] = outcome.line
            flag = "" if outcome.line == known.get(case.name) else "  (another outcome before)"
            times = f"{outcome.first.seconds:5.1f} s of {time.monotonic() - started:5.1f} s"
            yield f"{case.name:30} {times}  {outcome.line}{flag}"
            yield from _details(outcome)
            if given.write:
                write(found)
    yield shares(found)


def _details(outcome: Outcome) -> Iterator[str]:
    for tried in (outcome.first, outcome.second):
        if tried is None:
            continue
        for line in tried.answers.wrong[:5] if tried.answers else ():
            yield f"    {line}"
        for line in tried.refusal.splitlines():
            yield f"    {line}"
        if tried is outcome.first and outcome.step:
            yield f"    → {outcome.step}"


if __name__ == "__main__":
    for line in rows(sys.argv[1:]):
        print(line, flush=True)
