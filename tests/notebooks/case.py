"""A notebook for a test, written as text: cells, files beside it, and what is to come of it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CASES = Path(__file__).parent / "cases"
_MARK = re.compile(r"^# %%(?: (?P<what>cell|file|edit|delete|expect)(?: (?P<name>\S+))?)?$")

What = Literal["cell", "file", "edit", "delete"]


@dataclass(frozen=True)
class Step:
    """One thing that happens: a cell runs, a file is written, a cell is edited or deleted."""

    what: What
    name: str
    text: str


@dataclass(frozen=True)
class Case:
    """``expect`` is the TOML at the end of the file; empty while a case is being written."""

    path: Path
    steps: tuple[Step, ...]
    expect: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The parameters of each call; one call without any when none are written."""
        return list(self.expect.get("calls", [{}]))


def read_case(path: Path) -> Case:
    """Read a case file.

    A line ``# %%`` begins a cell, ``# %% cell NAME`` one with an id, ``# %% file PATH`` a file
    beside the notebook, ``# %% edit NAME`` what that cell says in the saved notebook without
    having run, ``# %% delete NAME`` takes it out of the saved notebook, ``# %% expect`` begins
    the TOML. What stands before the first of them says what the case shows.
    """
    steps: list[Step] = []
    parts: list[tuple[str, str, list[str]]] = []
    for line in path.read_text("utf-8").splitlines():
        mark = _MARK.match(line)
        if mark is not None:
            parts.append((mark["what"] or "cell", mark["name"] or "", []))
        elif parts:
            parts[-1][2].append(line)
    expect = ""
    for number, (what, name, lines) in enumerate(parts):
        text = "\n".join(lines).strip("\n")
        if what == "expect":
            expect = text
        else:
            end = "\n" if what == "file" else ""
            steps.append(Step(what, name or f"cell-{number}", text + end))  # type: ignore[arg-type]  # by _MARK
    return Case(path, tuple(steps), tomllib.loads(expect))


def case_paths() -> list[Path]:
    """Every case, by name."""
    return sorted(CASES.glob("*.txt"))


def as_toml(outcome: Mapping[str, Any]) -> str:
    """An outcome as it can be pasted below ``# %% expect``."""
    return "".join(f"{key} = {_toml(value, broken=True)}\n" for key, value in outcome.items())


def _toml(value: Any, *, broken: bool = False) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(key)} = {_toml(one)}" for key, one in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        if not broken or not value:
            return f"[{', '.join(map(_toml, value))}]"
        return "".join(["[", *(f"\n  {_toml(one)}," for one in value), "\n]"])
    if isinstance(value, str) and '"' in value and "\n" not in value:
        quotes = "'''" if "'" in value else "'"
        return f"{quotes}{value}{quotes}"
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[\w-]+", key, re.ASCII) else json.dumps(key)
