"""A notebook for a test, as text: its cells, the files in its folder, and the expected outcome."""

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
    """A step of a case: run a cell, write a file, or edit or delete a cell."""

    what: What
    name: str
    text: str


@dataclass(frozen=True)
class Case:
    """A case file. ``expect`` is the TOML at its end, which a new case does not have yet."""

    path: Path
    steps: tuple[Step, ...]
    expect: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The parameters of each call. By default, there is one call without parameters."""
        return list(self.expect.get("calls", [{}]))


def read_case(path: Path) -> Case:
    """Read a case file.

    The text before the first of these lines says what the case shows:

    - ``# %%`` begins a cell, and ``# %% cell NAME`` a cell with an id.
    - ``# %% file PATH`` begins a file in the notebook's folder.
    - ``# %% edit NAME`` begins the new text of a cell, which is saved but not run.
    - ``# %% delete NAME`` deletes a cell from the saved notebook.
    - ``# %% expect`` begins the TOML.
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
    """Return the paths of all cases, sorted by name."""
    return sorted(CASES.glob("*.txt"))


def as_toml(outcome: Mapping[str, Any]) -> str:
    """Return an outcome in the form that follows ``# %% expect``."""
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
