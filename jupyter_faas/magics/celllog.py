"""Which cell of the notebook each execution was, and what became of that cell since."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jupyter_faas.magics.origin import cell_id, notebook_path


@dataclass(frozen=True)
class Execution:
    """``id`` is the cell's, where a front end said it; ``at_ms`` the beginning, ms since 1970."""

    number: int
    id: str | None
    text: str
    at_ms: int


@dataclass(frozen=True)
class _Saved:
    cells: Mapping[str, str]
    at_ms: float


class CellLog:
    """Follows the executions of one kernel.

    A cell's text on the screen is the front end's alone; what it saved, and what ran later under
    the same cell's id, tell of edits and deletions.
    """

    def __init__(
        self, shell: Any, environment: Mapping[str, str], clock_ms: Callable[[], int]
    ) -> None:
        self._shell = shell
        self._environment = environment
        self._clock_ms = clock_ms
        # By their place in ``In``, which is their number until ``%reset`` empties it.
        self._executions: dict[int, Execution] = {}
        self._running = 0

    def begin(self) -> None:
        """Listen, until ``close``."""
        self._shell.events.register("pre_run_cell", self._before_cell)

    def close(self) -> None:
        """Listen no longer; a second time does nothing."""
        if self._before_cell in self._shell.events.callbacks["pre_run_cell"]:
            self._shell.events.unregister("pre_run_cell", self._before_cell)

    def _before_cell(self, info: Any) -> None:
        if not info.store_history:
            return
        place = len(self._shell.user_ns.get("In", [""]))
        if place == 1:
            self._executions.clear()
        self._executions[place] = Execution(
            place, cell_id(self._shell), info.raw_cell, self._clock_ms()
        )
        self._running = place

    def end_cell(self, result: Any) -> None:
        """Note the number that a cell's end tells; versions of IPython count at other moments."""
        ran = self._executions.get(self._running)
        if ran is not None and getattr(result, "execution_count", None):
            self._executions[self._running] = replace(ran, number=result.execution_count)

    def origins(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """``{name: {"cell", "line", "note"}}``: the execution that defined it, and what is odd."""
        from jupyter_faas.capture import find_origins

        names = list(names)
        found = find_origins(names, self._shell.user_ns)
        saved = self._saved()
        origins: dict[str, dict[str, Any]] = {}
        for name in names:
            origin = found.get(name)
            if origin is None:
                continue
            note = self._note(name, origin.cell, saved)
            ran = self._executions.get(origin.cell)
            number = ran.number if ran else origin.cell
            origins[name] = {"cell": number, "line": origin.line}
            origins[name] |= {"note": note} if note else {}
        return origins

    def _note(self, name: str, place: int, saved: _Saved | None) -> str:
        from jupyter_faas.capture import binding_lines

        ran = self._executions.get(place)
        if ran is None or ran.id is None:
            return ""
        later = [one for at, one in self._executions.items() if at > place and one.id == ran.id]
        if saved is None or saved.at_ms < max([ran.at_ms, *(one.at_ms for one in later)]):
            # The newest that is known of the cell is what it last ran as.
            return (
                f"hidden state: its cell [{ran.number}] says something else by now" if later else ""
            )
        texts = saved.cells.values()
        if any(text.strip() == ran.text.strip() for text in texts):
            return ""
        if any(name in binding_lines(text) for text in texts):
            return "was edited after it last ran"
        gone = "says something else by now" if ran.id in saved.cells else "was deleted"
        return f"hidden state: its cell [{ran.number}] {gone}"

    def _saved(self) -> _Saved | None:
        path = notebook_path(self._shell, self._environment)
        if path is None:
            return None
        try:
            at_ms = path.stat().st_mtime * 1000
            cells = json.loads(path.read_bytes())["cells"]
            found = {
                str(cell.get("id")): "".join(cell["source"])
                for cell in cells
                if cell["cell_type"] == "code"
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return _Saved(found, at_ms)
