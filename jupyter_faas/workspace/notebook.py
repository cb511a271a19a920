"""Execution of a notebook in a fresh kernel without a browser, to collect its functions.

``JUPYTER_FAAS_INERT=1`` in the kernel's environment turns the notebook's own deploys and
invocations into no-ops. The kernel uses the caller's data directory, so packages are stored there.
The notebook file is not changed.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import re
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

from jupyter_faas.errors import InputError, NotebookFailed
from jupyter_faas.workspace.compositions.dependencies import in_order
from jupyter_faas.workspace.exact_json import from_exact
from jupyter_faas.workspace.naming import matching_functions
from jupyter_faas.workspace.results import Progress, silent

if TYPE_CHECKING:
    from nbclient.exceptions import CellExecutionError
    from nbformat import NotebookNode


_SHOWN_LINES = 12
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_LINE = re.compile(r"Cell In\s?\[\d+\], line (\d+)")


def cell_failed(name: str, index: int, source: str, error: CellExecutionError) -> NotebookFailed:
    """Return the error for a cell that raised.

    ``name`` is the notebook's file name. ``index`` is the index of the cell, starting at 0.
    """
    said = f"{error.ename}: {_ANSI.sub('', error.evalue)}".rstrip(": ")
    line = _LINE.search(_ANSI.sub("", error.traceback))
    shown = clip(source, int(line[1]) if line else None)
    return NotebookFailed(
        f"Cell {index + 1} of {name} failed; nothing was deployed or exported."
        f"\n\n{shown}\n\n{said}",
        hint=_failure_hint(error.ename, error.evalue),
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
        parts = [f"The kernel of {name} did not start; nothing was deployed or exported.", said]
    else:
        head = f"The kernel died in cell {index + 1} of {name}; nothing was deployed or exported."
        parts = [head, clip(source), said]
    return NotebookFailed(
        "\n\n".join(filter(None, parts)),
        hint="Run it in JupyterLab to see more; kernels often die of too little memory.",
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
        return "Add a cell with %load_ext jupyter_faas before it."
    if ename == "ModuleNotFoundError" and "'jupyter_faas'" in evalue:
        return "Install jupyter_faas into the environment of the notebook's kernel."
    return ""


DISPLAY_TYPE = "application/vnd.jupyter-faas+json"
# Some tools write notebooks that do not name a kernel. They run in ipykernel's default kernel.
_FALLBACK_KERNEL = "python3"
# How long to wait for a kernel to shut down, in seconds. nbclient's default is five.
_SHUTDOWN_S = 1.0


@dataclass(frozen=True)
class NotebookFunction:
    """A function that a notebook packaged.

    ``package``: the id of the package record.
    ``bundle``: the SHA-256 of the bundle.
    ``card``: the data of the card.
    ``selected``: False if the function is included only because a selected composition calls it.
    """

    name: str
    package: str
    bundle: str
    card: Mapping[str, Any]
    selected: bool = True


def run_notebook(
    path: Path,
    *,
    data_dir: Path,
    functions: Sequence[str] = (),
    progress: Progress = silent,
) -> tuple[NotebookFunction, ...]:
    """Run a notebook file in its own directory and return the functions that it packages.

    Functions are returned in the order of their cells, except that a composition comes after the
    functions that it calls. ``functions`` selects functions by name, with or without the package.
    Functions that selected compositions call are included as well. By default all functions are
    selected.

    Raises InputError if the file is not a notebook, if its kernel is not installed, if the notebook
    packages no function, or if a selected name does not match exactly one function. Raises
    NotebookFailed if a cell fails or the kernel ends.
    """
    return run_cells(
        read_notebook(path),
        name=path.name,
        folder=path.resolve().parent,
        data_dir=data_dir,
        functions=functions,
        progress=progress,
    )


def run_cells(
    notebook: NotebookNode,
    *,
    name: str,
    folder: Path,
    data_dir: Path,
    functions: Sequence[str] = (),
    progress: Progress = silent,
) -> tuple[NotebookFunction, ...]:
    """Run a notebook that is in memory, as ``run_notebook`` does.

    The outputs in ``notebook`` are replaced. ``folder`` is the kernel's working directory.
    """
    kernel = _kernel_of(notebook, name)
    environment = {
        **os.environ,
        "JUPYTER_FAAS_INERT": "1",
        "JUPYTER_FAAS_DATA_DIR": str(data_dir.resolve()),
        # Jupyter servers set this variable for their kernels. Packaging reads the notebook's name
        # from this variable.
        "JPY_SESSION_NAME": str(folder / name),
    }
    progress(f"Starting the kernel {kernel} for {name}…")
    _Run(notebook, name, kernel, folder, progress).execute(environment)
    found = _functions_of(notebook)
    if not found:
        raise InputError(
            f"{name} packages no function.",
            hint="Begin a cell with %%function NAME or %%composition NAME, below a cell with "
            "%load_ext jupyter_faas.",
        )
    matches = {each: matching_functions(each, found) for each in functions}
    missing = [each for each, names in matches.items() if len(names) != 1]
    if missing:
        raise InputError(
            f"{name} has no function {', '.join(missing)}.",
            hint=f"Its functions: {', '.join(found)}.",
        )
    kept = {name for names in matches.values() for name in names}
    selected = [name for name in found if not functions or name in kept]
    cards = {one.name: one.card for one in found.values()}
    return tuple(replace(found[one], selected=one in selected) for one in in_order(selected, cards))


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook file in any format. Raises InputError if it is not a notebook."""
    import nbformat

    try:
        content = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise InputError(
            f"Cannot read {path}: {reason}.", hint="Give the path of an .ipynb file."
        ) from error
    try:
        with warnings.catch_warnings():
            # Notebooks in older formats have cells without ids. They can be run without ids.
            warnings.simplefilter("ignore", nbformat.warnings.MissingIDFieldWarning)
            notebook: NotebookNode = nbformat.reads(content, as_version=4)
    except RecursionError as error:
        raise InputError(
            f"{path.name} is nested too deeply.",
            hint="Its metadata or an output has hundreds of levels. Clear the outputs.",
        ) from error
    except (ValueError, KeyError, AttributeError, nbformat.ValidationError) as error:
        raise InputError(
            f"{path.name} is not a notebook.", hint="Give the path of an .ipynb file."
        ) from error
    return notebook


def _kernel_of(notebook: NotebookNode, name: str) -> str:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    kernel: str = notebook.metadata.get("kernelspec", {}).get("name") or _FALLBACK_KERNEL
    manager = KernelSpecManager()
    try:
        manager.get_kernel_spec(kernel)
    except NoSuchKernel as error:
        raise InputError(
            f"{name} asks for the kernel {kernel!r}, which is not installed here.",
            hint=f"Installed: {', '.join(sorted(manager.find_kernel_specs()))}. Choose one of them"
            " in the notebook, or install the one it asks for.",
        ) from error
    return kernel


class _Run:
    """One execution of a notebook, in a thread with its own event loop.

    There are two reasons for the thread. The caller's thread may already have a running event loop.
    Outside the main thread, nbclient also cannot install its signal handlers. With these handlers,
    the kernel would keep running after Ctrl-C.
    """

    def __init__(
        self, notebook: NotebookNode, name: str, kernel: str, folder: Path, progress: Progress
    ) -> None:
        from nbclient import NotebookClient

        self._notebook = notebook
        self._name = name
        self._progress = progress
        self._cell: int | None = None
        self._task: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = Future()
        self._done: Future[None] = Future()
        self._client = NotebookClient(
            notebook,
            timeout=None,
            kernel_name=kernel,
            resources={"metadata": {"path": str(folder)}},
            on_cell_execute=self._begin_cell,
        )
        # ipykernel sometimes misses the shutdown request. The full wait then elapses.
        self._client.create_kernel_manager().shutdown_wait_time = _SHUTDOWN_S

    def execute(self, environment: Mapping[str, str]) -> None:
        """Run all cells. Raises NotebookFailed if a cell raises or the kernel ends."""
        from nbclient.exceptions import CellExecutionError, DeadKernelError

        with TemporaryFile() as said:
            thread = Thread(target=self._work, args=(dict(environment), said), name="notebook run")
            thread.start()
            try:
                self._done.result()
            except CellExecutionError as error:
                raise cell_failed(self._name, self._cell or 0, self._source(), error) from error
            except RuntimeError as error:
                # nbclient raises a plain RuntimeError when the kernel ends before the first cell.
                if self._cell is not None and not isinstance(error, DeadKernelError):
                    raise
                said.seek(0)
                last_words = said.read().decode("utf-8", "replace")
                raise kernel_died(self._name, self._cell, self._source(), last_words) from error
            except KeyboardInterrupt:
                loop, task = self._task.result()
                # Ctrl-C must end the kernel at once. By default, nbclient waits for the kernel.
                self._client.shutdown_kernel = "immediate"
                loop.call_soon_threadsafe(task.cancel)
                raise
            finally:
                thread.join()
                # nbclient does not remove this exit handler when a kernel fails to start. The
                # handler would then print an error when Python exits.
                atexit.unregister(self._client._cleanup_kernel)

    def _work(self, environment: dict[str, str], said: IO[bytes]) -> None:
        async def execute() -> None:
            # The kernel's own output must not mix with ours, which may be JSON (--json).
            start = self._client.async_execute(env=environment, stdout=said, stderr=said)
            task = asyncio.ensure_future(start)
            self._task.set_result((asyncio.get_running_loop(), task))
            await task

        try:
            asyncio.run(execute())
        except BaseException as error:  # ``self._done.result()`` raises the error in execute().
            self._done.set_exception(error)
        else:
            self._done.set_result(None)

    def _begin_cell(self, cell: NotebookNode, cell_index: int) -> None:
        self._cell = cell_index
        # Like a front end, send the cell's id: a deployed function refers to its cell by this id.
        if self._client.kc is not None:
            self._client.kc.session.metadata = {"cellId": cell["id"]} if "id" in cell else {}
        self._progress(
            f"Running cell {cell_index + 1} of {len(self._notebook.cells)} of {self._name}…"
        )

    def _source(self) -> str:
        return "" if self._cell is None else str(self._notebook.cells[self._cell].source)


def _functions_of(notebook: NotebookNode) -> dict[str, NotebookFunction]:
    found: dict[str, NotebookFunction] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            card = output.get("data", {}).get(DISPLAY_TYPE)
            if isinstance(card, str):
                card = json.loads(card)
            if isinstance(card, Mapping) and card.get("type") == "function":
                card = from_exact(card)
                # A function that is packaged again moves to the later position, as in the kernel.
                found.pop(card["name"], None)
                found[card["name"]] = NotebookFunction(
                    card["name"], card["package"], card["bundle"], card
                )
    return found
