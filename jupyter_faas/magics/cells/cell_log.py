"""A log of executed cells with their source, ids and numbers, and the origins of names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jupyter_faas.notebook_file import notebook_name, notebook_path
from jupyter_faas.whisk.names import action_name

# nbformat's rule for cell ids. VS Code sends a URI instead, which contains the notebook's path and
# must not get into a package.
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def cell_text(shell: Any, magic_line: str, body: str) -> str:
    """Return the exact source of the executed cell, from the magic's line to the last character.

    ``magic_line`` (``%%function iris --sample X``) and ``body`` come from IPython, which may have
    added a newline at the end.
    """
    sent = _parent(shell).get("content", {}).get("code")
    if isinstance(sent, str) and sent.lstrip("\n").startswith(magic_line.split()[0]):
        return sent
    # Without a kernel, or if another magic such as ``%%time`` wraps the cell, IPython's parts are
    # joined.
    return f"{magic_line}\n{body}".removesuffix("\n")


def cell_id(shell: Any) -> str | None:
    """Return the cell's id that the front end sent with the execution, or None."""
    found = _parent(shell).get("metadata", {}).get("cellId")
    return found if isinstance(found, str) and _CELL_ID.fullmatch(found) else None


def notebook_file(shell: Any, environment: Mapping[str, str]) -> str | None:
    """Return the notebook's absolute path, or only its name, or None if both are unknown."""
    path = notebook_path(shell, environment)
    return notebook_name(shell, environment) if path is None else str(path)


def _parent(shell: Any) -> dict[str, Any]:
    # A terminal shell does not receive messages from a front end.
    get_parent = getattr(shell, "get_parent", None)
    return (get_parent() or {}) if get_parent is not None else {}


@dataclass(frozen=True)
class Execution:
    """One execution of a cell.

    ``id`` is the cell's id, or None if the front end did not send one. ``at_ms`` is the start time
    in ms since 1970.
    """

    number: int
    id: str | None
    text: str
    at_ms: int


@dataclass(frozen=True)
class _Saved:
    cells: Mapping[str, str]
    at_ms: float


class CellLog:
    """Records the executions of one kernel.

    The kernel cannot see the notebook on the screen. But the saved file and later executions of the
    same cell show that a cell was edited or deleted.
    """

    def __init__(
        self, shell: Any, environment: Mapping[str, str], clock_ms: Callable[[], int]
    ) -> None:
        self._shell = shell
        self._environment = environment
        self._clock_ms = clock_ms
        # The keys are indices into ``In``, which equal execution numbers until ``%reset`` empties
        # that list.
        self._executions: dict[int, Execution] = {}
        self._running = 0

    def begin(self) -> None:
        """Record executions until ``close``."""
        self._shell.events.register("pre_run_cell", self._before_cell)

    def close(self) -> None:
        """Stop recording. A second call has no effect."""
        if self._before_cell in self._shell.events.callbacks["pre_run_cell"]:
            self._shell.events.unregister("pre_run_cell", self._before_cell)

    def _before_cell(self, info: Any) -> None:
        if not info.store_history:
            return
        place = len(self._shell.user_ns.get("In", [""]))
        # An empty ``In`` means that ``%reset`` has started the numbers again.
        if place == 1:
            self._executions.clear()
        self._executions[place] = Execution(
            place, cell_id(self._shell), info.raw_cell, self._clock_ms()
        )
        self._running = place

    def end_cell(self, result: Any) -> None:
        """Record the execution number at the end of a cell.

        IPython versions increase the counter at different moments, so the number is not reliable
        before the end of the cell.
        """
        ran = self._executions.get(self._running)
        if ran is not None and getattr(result, "execution_count", None):
            self._executions[self._running] = replace(ran, number=result.execution_count)

    def origins(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return which execution defined each name: ``{name: {"cell", "line", "note"}}``."""
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

    def with_failed_line(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the record of a run with the number, id and line of the cell in which it failed.

        The record stays as it is if the run did not fail, or if no cell of this kernel has the line
        that the traceback shows.
        """
        failure = record.get("failure") or {}
        where = failure.get("where")
        if where is None or not where["code"]:
            return record
        own = record["name"].rpartition("/")[2]
        defines = re.compile(rf"^\s*(?:async\s+)?def\s+{re.escape(where['function'])}\b", re.M)
        for ran in reversed(self._executions.values()):
            if not (_names(ran.text, own) if where["in_cell"] else defines.search(ran.text)):
                continue
            lines = [line.strip() for line in ran.text.lstrip("\n").split("\n")]
            matches = [number for number, line in enumerate(lines, 1) if line == where["code"]]
            if where["in_cell"] and where["line"] in matches:
                matches = [where["line"]]
            if matches:
                found = {"cell": ran.number, "cell_line": matches[0], "cell_id": ran.id}
                return {**record, "failure": {**failure, "where": {**where, **found}}}
        return record

    def _note(self, name: str, place: int, saved: _Saved | None) -> str:
        from jupyter_faas.capture import binding_lines

        ran = self._executions.get(place)
        if ran is None or ran.id is None:
            return ""
        later = [one for at, one in self._executions.items() if at > place and one.id == ran.id]
        if saved is None or saved.at_ms < max([ran.at_ms, *(one.at_ms for one in later)]):
            # The file is older than the last execution, so that execution has the latest known
            # source.
            return f"hidden state: its cell [{ran.number}] has since been edited" if later else ""
        texts = saved.cells.values()
        if any(text.strip() == ran.text.strip() for text in texts):
            return ""
        if any(name in binding_lines(text) for text in texts):
            return "was edited after it last ran"
        gone = "has since been edited" if ran.id in saved.cells else "was deleted"
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
        # The note is optional, so a file that cannot be read as a notebook is ignored.
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return _Saved(found, at_ms)


def _names(text: str, name: str) -> bool:
    """Return whether the first line of a cell is a magic that names this action."""
    magic, *words = text.lstrip().partition("\n")[0].split() or [""]
    return magic.startswith("%%") and any(action_name(word) == name for word in words)
