"""Runs a case's notebook in a real kernel, and its package as OpenWhisk's runtime runs it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_faas.bundle import Bundle, BundleStore
from tests.magics.helpers.kernels import Cell, NotebookKernel
from tests.notebooks.case import Case, Step
from tests.shipped.helpers.packages import launch

# Removes what a notebook leaves in the kernel: its names, its history, the texts of its cells, and
# the modules from its folder.
# IPython's reset() collects garbage several times, which looks through every library that is
# loaded; gc.freeze() takes them out of that.
RESET = """\
import gc, importlib, linecache, os, sys
gc.freeze()
for name, entry in list(linecache.cache.items()):
    if len(entry) == 4 and entry[1] is None:
        del linecache.cache[name]
for name, module in list(sys.modules.items()):
    if str(getattr(module, "__file__", None) or "").startswith({root!r}):
        del sys.modules[name]
importlib.invalidate_caches()
os.chdir({folder!r})
get_ipython().reset(new_session=True)
get_ipython().compile.reset_compiler_flags()
"""
_ALWAYS = {
    *("__main__.py", "function.py", "captured.py", "manifest.json"),
    *("faas_parameters.py", "faas_results.py", "faas_library_values.py"),
}
_STUDY = "study.ipynb"


@dataclass(frozen=True)
class Study:
    """One kernel for many notebooks. ``root`` holds its data folder, and a folder per case."""

    kernel: NotebookKernel
    root: Path

    def outcome(self, case: Case) -> dict[str, Any]:
        """Run a case and return its outcome, in the form of its ``expect``.

        Raises AssertionError if the answers of the package and of the notebook differ.
        """
        folder = self.root / "cases" / case.name
        folder.mkdir(parents=True)
        self.kernel.run(RESET.format(root=str(self.root / "cases"), folder=str(folder)))
        saved: dict[str, str] = {}
        cell = None
        for step in case.steps:
            if step.what == "file":
                _write(folder, step)
                continue
            if step.what == "cell":
                saved[step.name] = step.text
                fails = None if step is case.steps[-1] else False
                cell = self.kernel.run(step.text, cell_id=step.name, fails=fails)
                continue
            if step.what == "edit":
                saved[step.name] = step.text
            else:
                del saved[step.name]
            self._save(saved)
        assert cell is not None
        calls = {"calls": case.calls} if "calls" in case.expect else {}
        return calls | (self._packaged(case, cell) if cell.error is None else _refusal(cell))

    def _save(self, cells: Mapping[str, str]) -> None:
        """Write the notebook's file, as a front end does."""
        listed = [
            {"cell_type": "code", "id": name, "source": text, "metadata": {}, "outputs": []}
            for name, text in cells.items()
        ]
        notebook = {"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (self.root / _STUDY).write_text(json.dumps(notebook))

    def _packaged(self, case: Case, cell: Cell) -> dict[str, Any]:
        (card,) = cell.cards
        bundle = BundleStore(self.root / "faas").get(card["bundle"])
        outcome: dict[str, Any] = {}
        outcome["travels"] = [f"{one['name']}: {one['kind']}" for one in card["captured"]]
        notes = [f"{one['name']}: {one['note']}" for one in card["captured"] if one.get("note")]
        if notes:
            outcome["notes"] = notes
        members = [path for path, _, _ in bundle.members() if path not in _ALWAYS]
        if members:
            outcome["files"] = members
        requires = [one["name"] for one in card["requirements"]]
        if requires:
            outcome["requires"] = requires
        here = self._answers_here(card["name"], case)
        there = self._answers_there(bundle, case)
        assert here == there, "the answers of the package and of the notebook differ"
        # As JSON: TOML has no null.
        outcome["answers"] = [json.dumps(answer, ensure_ascii=False) for answer in here]
        return outcome

    def _answers_here(self, name: str, case: Case) -> list[Any]:
        calls = json.dumps(case.calls)
        cell = self.kernel.run(
            f"import json as _json\nfor _call in _json.loads({calls!r}):\n"
            f"    print('answer', _json.dumps({name}(**_call)))"
        )
        return [
            json.loads(line.removeprefix("answer "))
            for line in cell.stream.splitlines()
            if line.startswith("answer ")
        ]

    def _answers_there(self, bundle: Bundle, case: Case) -> list[Any]:
        folder = self.root / "packages" / case.name
        bundle.unpack(folder)
        answers, logs = launch(folder, case.calls)
        assert answers, logs
        return answers


def _write(folder: Path, step: Step) -> None:
    path = folder / step.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(step.text, "utf-8")
    if sys.platform == "win32" or path.suffix != ".py":
        return
    # Two versions of a file with the same modification time would share their compiled form.
    count = len(list(folder.rglob("*.py")))
    os.utime(path, (1_700_000_000 + count, 1_700_000_000 + count))


def _refusal(cell: Cell) -> dict[str, Any]:
    refused, _, hint = cell.traceback.partition("\n\n")
    return {"refused": refused, "hint": hint}
