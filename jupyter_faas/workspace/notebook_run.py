"""Execution of a notebook's cells in a fresh kernel, and the words for what can go wrong there.

It is not nbclient's, because importing that imports nbformat with a JSON Schema library, which
takes 0.9 s, and because the outputs of the cells, which nbclient collects, are not needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import NotebookFailed
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_client.blocking.client import BlockingKernelClient
    from jupyter_client.manager import KernelManager

_SHOWN_LINES = 12
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_LINE = re.compile(r"Cell In\s?\[\d+\], line (\d+)")
# In seconds: for a kernel to start, to shut down, and between two checks that it is alive.
_START_S = 60.0
_SHUTDOWN_S = 1.0
_ALIVE_S = 1.0
# Tags of cells that other tools that run notebooks heed too.
_MAY_FAIL = "raises-exception"
_SKIPPED = "skip-execution"

Bundle = Mapping[str, Any]
# Runs a cell, and returns what it displayed.
RunCell = Callable[["CodeCell"], list[Bundle]]


@dataclass(frozen=True)
class CodeCell:
    """A code cell. ``index`` is its index among all cells. ``id`` is empty in old formats."""

    index: int
    source: str
    id: str = ""
    tags: tuple[str, ...] = ()

    @property
    def runs(self) -> bool:
        return bool(self.source.strip()) and _SKIPPED not in self.tags


@dataclass(frozen=True)
class NotebookRun:
    """One execution of a notebook.

    ``name`` is the notebook's file name, and ``count`` the number of all its cells. ``folder`` is
    the kernel's working directory, and ``environment`` the kernel's variables.
    """

    name: str
    kernel: str
    cells: Sequence[CodeCell]
    count: int
    folder: Path
    environment: Mapping[str, str]
    progress: Progress

    @contextmanager
    def started(self) -> Iterator[RunCell]:
        """Start the kernel, and yield a function that runs a cell and returns what it displayed.

        That function raises NotebookFailed if the cell raises. If the kernel ends, the error's
        cause is an EOFError.
        """
        from jupyter_client.manager import KernelManager

        manager = KernelManager(kernel_name=self.kernel)
        # ipykernel sometimes misses the shutdown request. The full wait then elapses.
        manager.shutdown_wait_time = _SHUTDOWN_S
        self.progress(f"Starting the kernel {self.kernel} for {self.name}…")
        with TemporaryFile() as said:

            def kernel_ended(cell: CodeCell | None) -> NotebookFailed:
                said.seek(0)
                last_words = said.read().decode("utf-8", "replace")
                index, source = (cell.index, cell.source) if cell else (None, "")
                return kernel_died(self.name, index, source, last_words)

            # The kernel's own output must not mix with ours, which may be JSON (--json).
            manager.start_kernel(
                cwd=str(self.folder), env=dict(self.environment), stdout=said, stderr=said
            )
            client = manager.blocking_client()
            # After an interrupt, the kernel is still running a cell and would not answer.
            at_once = True
            try:
                client.start_channels()
                try:
                    client.wait_for_ready(timeout=_START_S)
                except RuntimeError as error:
                    raise kernel_ended(None) from error

                def run(cell: CodeCell) -> list[Bundle]:
                    try:
                        return list(self._run(cell, manager, client))
                    except EOFError as error:
                        raise kernel_ended(cell) from error

                yield run
                at_once = False
            finally:
                client.stop_channels()
                manager.shutdown_kernel(now=at_once)

    def _run(
        self, cell: CodeCell, manager: KernelManager, client: BlockingKernelClient
    ) -> Iterator[Bundle]:
        """Yield what a cell displays. Raises EOFError if the kernel ends."""
        self.progress(f"Running cell {cell.index + 1} of {self.count} of {self.name}…")
        # Like a front end, send the cell's id: a deployed function refers to its cell by this id.
        client.session.metadata = {"cellId": cell.id} if cell.id else {}
        request = client.execute(cell.source, stop_on_error=_MAY_FAIL not in cell.tags)
        for message in _messages(client.get_iopub_msg, manager):
            kind, content = message["msg_type"], message["content"]
            if kind in ("display_data", "update_display_data", "execute_result"):
                yield content["data"]
            elif (
                kind == "status"
                and content["execution_state"] == "idle"
                and message["parent_header"].get("msg_id") == request
            ):
                break
        # IPython's own errors (UsageError) are in the reply only.
        for message in _messages(client.get_shell_msg, manager):
            if message["parent_header"].get("msg_id") == request:
                break
        if message["content"]["status"] == "error" and _MAY_FAIL not in cell.tags:
            raise cell_failed(self.name, cell, message["content"])


def _messages(
    receive: Callable[..., dict[str, Any]], manager: KernelManager
) -> Iterator[dict[str, Any]]:
    """Yield the messages of a channel. Raises EOFError when the kernel has ended."""
    while True:
        try:
            yield receive(timeout=_ALIVE_S)
        except Empty:  # noqa: PERF203 - a kernel that ends says nothing
            if not manager.is_alive():
                raise EOFError from None


def cell_failed(name: str, cell: CodeCell, error: Mapping[str, Any]) -> NotebookFailed:
    """Return the error for a cell that raised. ``error`` is the content of the kernel's reply."""
    said = f"{error['ename']}: {_ANSI.sub('', error['evalue'])}".rstrip(": ")
    line = _LINE.search(_ANSI.sub("", "\n".join(error["traceback"])))
    shown = clip(cell.source, int(line[1]) if line else None)
    return NotebookFailed(
        f"Cell {cell.index + 1} of {name} failed, so nothing was deployed or "
        f"exported.\n\n{shown}\n\n{said}",
        hint=_failure_hint(error["ename"], error["evalue"]),
    )


def kernel_died(name: str, index: int | None, source: str, last_words: str = "") -> NotebookFailed:
    """Return the error for a kernel that ended unexpectedly.

    ``index`` is the index of the running cell, or None before the first cell. ``last_words`` is the
    output of the kernel process. Its last twelve lines are shown.
    """
    # ipykernel's own log lines are omitted because they do not say why the kernel ended.
    lines = [line for line in last_words.splitlines() if line and "[IPKernelApp]" not in line]
    said = "\n".join(lines[-_SHOWN_LINES:])
    if index is None:
        parts = [f"The kernel of {name} did not start, so nothing was deployed or exported.", said]
    else:
        head = (
            f"The kernel died in cell {index + 1} of {name}, so nothing was deployed or exported."
        )
        parts = [head, clip(source), said]
    return NotebookFailed(
        "\n\n".join(filter(None, parts)),
        hint="To see more, run the notebook in JupyterLab. Kernels often die because they run "
        "out of memory.",
    )


def clip(source: str, line: int | None = None) -> str:
    """Return a cell's source with line numbers, cut to twelve lines around ``line``.

    Lines are counted from 1. If ``line`` is None, the first twelve lines are returned.
    """
    lines = source.splitlines()
    first = 0
    if line is not None and line > _SHOWN_LINES - 2:
        first = min(line - _SHOWN_LINES // 2, max(len(lines) - _SHOWN_LINES, 0))
    shown = [
        f"{'>' if number == line else ' '} {number:>3} | {text}"
        for number, text in enumerate(lines, start=1)
        if first < number <= first + _SHOWN_LINES
    ]
    above = ["      …"] if first else []
    below = ["      …"] if first + _SHOWN_LINES < len(lines) else []
    return "\n".join(above + shown + below)


def _failure_hint(ename: str, evalue: str) -> str:
    if ename == "UsageError" and ("`%%function` not found" in evalue or "`%faas`" in evalue):
        return "Add a cell with %load_ext jupyter_faas before this cell."
    if ename == "ModuleNotFoundError" and "'jupyter_faas'" in evalue:
        return "Install jupyter_faas into the environment of the notebook's kernel."
    return ""
