"""Runs a case: the refused notebook, the same after its hint, and what that deploys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_faas.client import Client, read_wskprops
from jupyter_faas.workspace import Workspace
from tests.hosts.helpers.provider import Provider
from tests.magics.helpers.kernels import Cell, NotebookKernel, notebook_kernel
from tests.notebooks.hints.case import HintCase, Notebook
from tests.notebooks.hints.edits import follow
from tests.notebooks.hints.environments import interpreter
from tests.notebooks.hints.hosts import AUTHORITY, PROPERTIES, serving, write_properties
from tests.notebooks.hints.terminal import TERMINAL, run_in_terminal
from tests.notebooks.study import RESET

# A model that takes long to convert, or a library that is installed, needs minutes.
_PATIENCE_S = 250.0
_CALLS = """\
import asyncio as _asyncio, inspect as _inspect, json as _json
for _call in _json.loads({calls!r}):
    _answer = {name}(**_call)
    if _inspect.isawaitable(_answer):
        _answer = await _answer
    print('answer', _json.dumps(_answer))
"""


_ADDED = re.compile(r"^%faas target add (\S+)", re.MULTILINE)
_CHOSEN = re.compile(r"^%faas target use (\S+)", re.MULTILINE)
_DEPLOYED = re.compile(r"^%faas deploy (\S+)", re.MULTILINE)
_SECRET = re.compile(r"faas secret set (\S+)$")

# What a case sets in the environment of the kernel.
_RESET_STORES = """\
import os
for name in [one for one in os.environ if one.startswith("JUPYTER_FAAS_MODEL_")]:
    del os.environ[name]
"""

# The images that the playground runs as the kernel's Python, and those of another language
# (docs/runtimes.md).
_IMAGES, _OTHERS = "docker.io/me/*", {"docker.io/nodejs/*": "nodejs:20"}


@dataclass(frozen=True)
class Refusal:
    """What the notebook says: the message, and the hint below it.

    ``of_call`` is true if the cell says it that runs after the deploy.
    """

    message: str
    hint: str
    of_call: bool = False


@dataclass(frozen=True)
class HintStudy:
    """One kernel with a playground for many notebooks, each in a folder of its own.

    ``hosts`` are the hosts that cases have needed until now, which serve until ``stack`` ends.
    """

    kernel: NotebookKernel
    root: Path
    stack: ExitStack
    hosts: dict[str, Provider] = field(default_factory=dict)

    def refusal(self, case: HintCase) -> Refusal:
        """Run the notebook as written, of which a cell or the deploy is refused."""
        ran = self._run(case, case.notebook, "refused")
        if case.row:
            return _warning(ran, case.row)
        if ran.error is None and ran.cards:
            # What the package lacks is found when it is tried, before it is deployed.
            ran = self._deploy(ran.cards[-1]["name"], fails=None)
        of_call = ran.error is None and bool(case.notebook.call)
        if of_call:
            ran = self._call(case, case.notebook, "refused", fails=None)
        assert ran.error is not None, "the notebook is not refused"
        message, _, hint = ran.traceback.partition("\n\n")
        return Refusal(message.partition(": ")[2], hint, of_call)

    def compare(self, case: HintCase, refusal: Refusal) -> None:
        """Do what the hint says, deploy, and compare the answers with those of the notebook."""
        assert case.way in refusal.hint, "the hint does not name this way"
        notebook = case.notebook.with_call_last() if refusal.of_call else case.notebook
        # The notebook that follows the hint is in another folder.
        before, after = (str(self.root / word / case.name) for word in ("refused", "followed"))
        hint = (case.way or refusal.hint).replace(before, after)
        changed = follow(notebook, refusal.message, hint)
        assert changed is not None, f"nothing to do in: {refusal.hint}"
        changed = changed.with_last_called() if refusal.of_call else changed
        cell = self._run(case, changed, "followed")
        shown = "\n# %%\n".join([*changed.cells, changed.call])
        assert cell.error is None, f"{cell.traceback}\n\n{shown}"
        if case.notebook.ends_with_verb:
            return
        assert not case.row or not _rows(cell, case.row), f"{_rows(cell, case.row)}\n\n{shown}"
        name = (
            cell.cards[-1]["name"] if cell.cards else changed.call.split("--deploy ")[1].split()[0]
        )
        if cell.cards:
            self._deploy(name)
        if changed.call:
            self._call(case, changed, "followed")
        # The hint may deploy another function than that of the last card.
        name = (_DEPLOYED.findall(changed.call) or [name])[-1]
        here = case.answers or self._here(name.rpartition("/")[2].replace("-", "_"), case)
        there = self._there(name, case, changed)
        assert [_rounded(one) for one in there] == [_rounded(_boxed(one)) for one in here], shown

    def _run(self, case: HintCase, notebook: Notebook, word: str) -> Cell:
        """Run every cell in a namespace that nothing else has used.

        ``word`` is ``refused`` or ``followed``. Returns the cell that packages, or that failed.
        """
        folder = self.root / word / case.name
        folder.mkdir(parents=True)
        _write(folder, notebook.files if word == "refused" else notebook.files | notebook.edits)
        if notebook.before_restart:
            for text in notebook.before_restart:
                self.kernel.run(text, within_s=_PATIENCE_S)
            self.kernel.restart()
            self.kernel.run("%load_ext jupyter_faas")
        reset = RESET.format(root=str(self.root), folder=str(folder))
        ran = self.kernel.run(f"{_RESET_STORES}{reset}")
        if self.hosts:
            self.kernel.run("%faas target use playground")
        if case.host:
            write_properties(self._host(case.host), folder)
        for name in _ADDED.findall("\n".join(notebook.cells)):
            self.kernel.run(f"%faas target remove {name}", fails=None)
        for text in notebook.cells[:-1]:
            cell = self._execute(text, notebook, folder)
            ran = cell if cell.cards else ran
        _write(folder, notebook.edits)
        for text in notebook.cells[-1:]:
            cell = self._execute(text, notebook, folder, fails=None)
            ran = cell if cell.cards or cell.error else ran
        for text in notebook.then:
            self.kernel.run(text)
        return ran

    def _execute(
        self, text: str, notebook: Notebook, folder: Path, *, fails: bool | None = False
    ) -> Cell:
        secret = _SECRET.search(text)
        typed = notebook.typed.get(secret[1]) if secret else None
        if folder.parent.name == "refused" and text in notebook.cells[-1:]:
            typed = None  # Nobody types, which is what is refused.
        if not text.startswith(TERMINAL):
            return self.kernel.run(text, fails=fails, within_s=_PATIENCE_S, typed=typed)
        command = text.removeprefix(TERMINAL)
        cell = run_in_terminal(command, folder, self.root / "faas", typed=typed)
        assert fails in (None, cell.error is not None), cell.stream
        return cell

    def _host(self, name: str) -> Provider:
        if name not in self.hosts:
            self.kernel.run("%faas playground start")
            playground = Workspace.open(self.root / "faas", target="playground")
            self.hosts[name] = self.stack.enter_context(serving(name, playground))
        return self.hosts[name]

    def _call(
        self, case: HintCase, notebook: Notebook, word: str, *, fails: bool | None = False
    ) -> Cell:
        return self._execute(notebook.call, notebook, self.root / word / case.name, fails=fails)

    def _deploy(self, name: str, *, fails: bool | None = False) -> Cell:
        # Another case may have a composition of this name.
        return self.kernel.run(f"%faas deploy {name} --force", fails=fails)

    def _here(self, variable: str, case: HintCase) -> list[Any]:
        calls = json.dumps(case.calls)
        cell = self.kernel.run(_CALLS.format(calls=calls, name=variable))
        return [
            json.loads(line.removeprefix("answer "))
            for line in cell.stream.splitlines()
            if line.startswith("answer ")
        ]

    def _there(self, name: str, case: HintCase, notebook: Notebook) -> list[Any]:
        properties = self.root / "faas" / "playground" / "wskprops"
        chosen = _CHOSEN.findall("\n".join((*notebook.cells, *notebook.then)))
        if case.host and chosen[-1:] != ["playground"]:
            properties = self.root / "followed" / case.name / PROPERTIES
        target, ca = read_wskprops(properties), properties.with_name(AUTHORITY)
        client = Client(replace(target, ca=ca) if ca.is_file() else target)
        answers = []
        for call in case.calls:
            activation = client.invoke(name, call)
            assert not isinstance(activation, str), "an activation without its record"
            assert activation.response.success, activation.response.result
            answers.append(activation.response.result)
        return answers


@dataclass(frozen=True)
class HintStudies:
    """A study for each environment, whose kernel starts when its first case needs it."""

    root: Path
    stack: ExitStack
    started: dict[str, HintStudy] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def open(cls, root: Path) -> Iterator[HintStudies]:
        with ExitStack() as stack:
            yield cls(root, stack)

    def follow(self, case: HintCase) -> None:
        """Check that the case is refused with its hint, and that what follows the hint is right."""
        study = self.of(case)
        refusal = study.refusal(case)
        assert case.is_hint(refusal.hint), f"{refusal.message}\n\n{refusal.hint}"
        study.compare(case, refusal)

    def of(self, case: HintCase) -> HintStudy:
        found = self.started.get(case.environment)
        if found is None:
            folder = self.root / str(len(self.started))
            folder.mkdir()
            python = interpreter(case.environment)
            kernel = self.stack.enter_context(
                notebook_kernel(folder, python, KERAS_BACKEND="torch")
            )
            kernel.run("%load_ext jupyter_faas")
            kinds = folder / "faas" / "playground" / "kinds.json"
            kinds.parent.mkdir(parents=True, exist_ok=True)
            kinds.write_text(json.dumps({_IMAGES: python, **_OTHERS}), "utf-8")
            found = self.started[case.environment] = HintStudy(kernel, folder, self.stack)
        return found


def _rows(cell: Cell, check: str) -> list[dict[str, Any]]:
    """The rows of the last card that say what to do about that check."""
    rows = cell.cards[-1]["preflight"]
    return [row for row in rows if row["check"] == check and (row.get("hint") or row.get("fix"))]


def _warning(cell: Cell, check: str) -> Refusal:
    assert cell.error is None, cell.traceback
    row = _rows(cell, check)[0]
    # As the card shows it in a client that has no buttons.
    fix = f"Set {row['fix']} in the cell." if "fix" in row else ""
    return Refusal(row["says"], " ".join(filter(None, (fix, row.get("hint", "")))))


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _boxed(answer: Any) -> Mapping[str, Any]:
    return answer if isinstance(answer, dict) else {"value": answer}


def _rounded(answer: Any) -> Any:
    """The answer with floats to five digits, which is what a float32 model keeps."""
    if isinstance(answer, float):
        return float(f"{answer:.5g}")
    if isinstance(answer, dict):
        return {key: _rounded(value) for key, value in answer.items()}
    return [_rounded(one) for one in answer] if isinstance(answer, list) else answer
